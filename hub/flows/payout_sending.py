"""What sending a batch's file means to the batch: not too late, and noted when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.banking_day import is_late
from hub.domain.way import Way
from hub.flows.payout_banks import terms
from hub.flows.publish import announce
from hub.flows.transfer_follow import follow_batch

if TYPE_CHECKING:
    from datetime import datetime

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing


def is_too_late(outgoing: Outgoing, services: Services) -> bool:
    """Tell whether a file is a batch whose business day is over at its bank.

    It is not sent by itself then: the bank could refuse it, or pay it on a day that nobody
    expects. A person who has settled it with the bank retries the delivery.
    """
    with services.store.read() as uow:
        batches = [uow.on(way).payout_batches.of_outgoing(outgoing.id) for way in Way]
    batch = next((one for one in batches if one is not None), None)
    if batch is None:
        return False
    deadline = terms(services.catalog.partner(batch.bank)).deadline
    local = services.now().astimezone(services.settings.time_zone)
    return is_late(local, business_on=batch.business_on, deadline=deadline)


def note_delivered(
    outgoing: Outgoing, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Note that a batch is sent, in the unit that says that its file was delivered."""
    for way in Way:
        batch = uow.on(way).payout_batches.sent(outgoing.id, at=at)
        if batch is None:
            continue
        uow.journal.note(
            way.event("sent"), way.batch(batch.id), at=at,
            actor=f"deliver:{outgoing.channel}", bank=batch.bank, file_name=batch.file_name,
            sha256=outgoing.content_sha256,
        )  # fmt: skip
        announce(
            uow,
            "batch.sent",
            {"batch": batch.id, "bank": batch.bank, "file_name": batch.file_name,
             "sha256": outgoing.content_sha256, "channel": outgoing.channel},
            at,
        )  # fmt: skip
        follow_batch(batch, services, uow, at=at)
        # an answer may have been quicker than the proof that the file is there
        uow.tasks.add(queue="payout", step=way.step("answer"), subject_id=str(batch.id), at=at)
