"""What withdrawing a batch and sending it again share: proposals, and a look at the other side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hub.domain.batch_order import BatchOrder, OrderKind
from hub.domain.discrepancy import worded
from hub.domain.payout_form import letter
from hub.errors import Rejected
from hub.flows.payout_banks import Banks, channel_of, terms
from hub.flows.protect import signature_sent
from hub.mappings.file_names import fill

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.domain.payout import PayoutBatch
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing

EVENTS = {OrderKind.WITHDRAW: "withdrawal", OrderKind.RESEND: "resend"}


def propose(
    batch: PayoutBatch,
    kind: OrderKind,
    uow: UnitOfWork,
    *,
    person: str,
    reason: str | None,
    at: datetime,
) -> BatchOrder:
    """Keep the first person's proposal; another one confirms it with the same command."""
    if reason is None:
        raise Rejected("batch_order_without_reason", kind=kind.zh, batch=batch.id)
    order = uow.batch_orders.add(
        BatchOrder(id=0, kind=kind, batch_id=batch.id, reason=worded(reason),
                   proposed_by=person, proposed_at=at)
    )  # fmt: skip
    uow.journal.note(
        f"payout.{EVENTS[kind]}_proposed", f"payout_batch:{batch.id}", at=at, actor="person",
        person=person, reason=order.reason, file_name=batch.file_name,
    )  # fmt: skip
    return order


def files_of(batch: PayoutBatch, services: Services, uow: UnitOfWork) -> list[Outgoing]:
    """Return a batch's file, the message that goes with it, and their signatures in the outbox."""
    if batch.outgoing_id is None:
        raise Rejected("batch_without_file", batch=batch.id)
    partner = Banks(services.catalog).partner(batch.bank)
    files = [uow.outbox.get(batch.outgoing_id)]
    request = terms(partner).request
    if request is not None:
        name = fill(
            partner.layout(request).file_name, day=batch.business_on, sequence=batch.sequence,
            any=letter(batch.kind),
        )  # fmt: skip
        found = uow.outbox.of_name(channel_of(partner, services), name)
        files += [found] if found is not None else []
    signed = (signature_sent(batch.bank, one, services, uow) for one in list(files))
    return [*files, *(one for one in signed if one is not None)]


def look(outgoing: Outgoing, services: Services) -> str | None:
    """Return what is at the other side under a file's name: its SHA-256, or `None`."""
    return services.channels[outgoing.channel].fingerprint(outgoing.file_name)


def proof(facts: Mapping[str, object], services: Services) -> str:
    """Archive what was seen and decided, and return its SHA-256."""
    text = json.dumps(facts, ensure_ascii=False, indent=1, default=str) + "\n"
    return services.archive.put_bytes(text.encode()).sha256
