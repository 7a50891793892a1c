"""A delivered batch is sent once more (重发) because its bank asks for it: the same bytes.

Two people want it, the bank has said nothing about any of its payments, and the file goes under
its own name if it is gone from the bank's folder, or under the name that the partner file gives
to files sent again. There is never a second batch, so there is nothing that could be paid twice
by us: message id and end-to-end ids are those that the bank may know.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.batch_order import OrderKind
from hub.domain.lanes import delivery_lane
from hub.domain.payout import BatchState, ItemState
from hub.domain.payout_form import letter
from hub.errors import Place, Rejected
from hub.flows.batch_orders import propose
from hub.flows.payout_banks import Banks, channel_of, terms
from hub.flows.protect import signature_sent
from hub.flows.restored import before_leaving, note_leaving
from hub.mappings.file_names import fill

if TYPE_CHECKING:
    from hub.domain.batch_order import BatchOrder
    from hub.domain.payout import PayoutBatch
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing
    from hub.store.tasks import Task

STEP: Final = "resend"


def resend(
    batch_id: int, *, person: str, services: Services, reason: str | None = None
) -> BatchOrder:
    """Propose to send a batch again, or as another person confirm it: then it is sent.

    `Rejected("batch_not_resendable")` unless it is sent and the bank has not answered,
    `batch_still_there` while the bank's folder has it and no name for files sent again is set.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        batch = uow.payout_batches.get(batch_id)
        _require_unanswered(batch, uow)
        waiting = uow.batch_orders.open(batch_id, OrderKind.RESEND)
    name = _name(batch, services)
    if waiting is None:
        return services.store.transact(
            lambda uow: propose(batch, OrderKind.RESEND, uow, person=who, reason=reason, at=at)
        )
    order = replace(waiting.confirm(who, at=at), file_name=name)

    def unit(uow: UnitOfWork) -> BatchOrder:
        _require_unanswered(uow.payout_batches.get(batch_id), uow)
        uow.batch_orders.confirm(order)
        uow.journal.note(
            "payout.resend_confirmed", f"payout_batch:{batch_id}", at=at, actor="person",
            person=who, proposed_by=order.proposed_by, reason=order.reason, file_name=name,
            sha256=batch.content_sha256,
        )  # fmt: skip
        channel = channel_of(Banks(services.catalog).partner(batch.bank), services)
        uow.tasks.add(queue=delivery_lane(channel), step=STEP, subject_id=str(order.id), at=at)
        return order

    return services.store.transact(unit)


def send_again(task: Task, services: Services) -> None:
    """Send the file of the order that the task names; a second run finds it sent.

    An outcome that is unknown is looked at and never sent blindly: `delivery_outcome_unknown`
    where the bank takes files away at once, `delivery_name_conflict` for other bytes.
    """
    before_leaving(services)
    with services.store.read() as uow:
        order = uow.batch_orders.get(int(task.subject_id))
        batch = uow.payout_batches.get(order.batch_id)
        sent = uow.outbox.get(int(batch.outgoing_id or 0))
        signed = signature_sent(batch.bank, sent, services, uow)
    if order.done_at is not None:
        return
    name, sha256, channel = str(order.file_name), sent.content_sha256, sent.channel
    found = services.channels[channel].fingerprint(name)
    taken = services.settings.channels[channel].partner_removes
    if found not in (None, sha256):
        raise Rejected("delivery_name_conflict", place=Place(file=name))
    if found is None and order.begun_at is not None and taken:
        raise Rejected("delivery_outcome_unknown", place=Place(file=name))
    if found is None:
        at = services.now()
        services.store.transact(lambda uow: uow.batch_orders.begun(order, at=at))
        note_leaving(replace(sent, file_name=name), services, {})
        with services.archive.open(sha256) as content:
            services.channels[channel].put(name, content, sha256=sha256)
    if signed is not None:
        _sign_again(name, batch, signed, services)
    _note_sent(order, batch, services)


def _sign_again(name: str, batch: PayoutBatch, signed: Outgoing, services: Services) -> None:
    """Put the file's signature beside it; what is there already stays."""
    signature_name = services.protections[batch.bank].signature_of(name)
    channel = services.channels[signed.channel]
    if signature_name is None or channel.fingerprint(signature_name) == signed.content_sha256:
        return
    with services.archive.open(signed.content_sha256) as content:
        channel.put(signature_name, content, sha256=signed.content_sha256)


def _note_sent(order: BatchOrder, batch: PayoutBatch, services: Services) -> None:
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        uow.batch_orders.done(order, at=at)
        uow.journal.note(
            "payout.resent", f"payout_batch:{batch.id}", at=at, actor="payout", order=order.id,
            file_name=order.file_name, sha256=batch.content_sha256,
        )  # fmt: skip

    services.store.transact(unit)


def _require_unanswered(batch: PayoutBatch, uow: UnitOfWork) -> None:
    """Refuse a batch of which the bank has said anything: it has the file, or had it."""
    states = uow.payout_items.totals(batch_id=batch.id).keys()
    if batch.state is not BatchState.SENT or states != {ItemState.IN_FLIGHT}:
        raise Rejected("batch_not_resendable", batch=batch.id, state=batch.state.zh)


def _name(batch: PayoutBatch, services: Services) -> str:
    """Return the name under which the bank takes a file again."""
    partner = Banks(services.catalog).partner(batch.bank)
    template = terms(partner).resend_name
    if template is not None:
        return fill(template, day=batch.business_on, sequence=batch.sequence,
                    any=letter(batch.kind))  # fmt: skip
    channel = channel_of(partner, services)
    found = services.channels[channel].fingerprint(batch.file_name)
    if found is not None:
        raise Rejected("batch_still_there", batch=batch.id, name=batch.file_name)
    return batch.file_name
