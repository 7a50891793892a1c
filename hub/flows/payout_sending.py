"""What sending a batch's file means to the batch: not too late, and noted when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.domain.banking_day import is_late
from hub.domain.lanes import delivery_lane
from hub.domain.payout_answer import Effect
from hub.domain.way import Way
from hub.flows.payout_banks import terms
from hub.flows.publish import announce
from hub.flows.transfer_follow import follow_batch
from hub.store.outbox import OutboxState
from hub.store.tasks import TaskState

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.payout import PayoutBatch
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing

OUTCOME_UNKNOWN: Final = "delivery_outcome_unknown"  # why a file is held that may be at the bank
EARLY_LOOKED_AT: Final = 100  # early answers that are looked at for an id of ours


def batch_facts(outgoing: Outgoing, services: Services) -> dict[str, Any]:
    """Return what the sending book says of a file that is a batch; nothing of another."""
    with services.store.read() as uow:
        for way in Way:
            mine = uow.on(way)
            batch = mine.payout_batches.of_outgoing(outgoing.id)
            if batch is not None:
                first, last = mine.payout_outcomes.span(batch.id)
                return {
                    "list_sha256": mine.payouts.get(batch.list_id).source_sha256,
                    "first": first, "last": last,
                    "way": way.value, "bank": batch.bank, "kind": batch.kind.value,
                    "fund": batch.fund, "business_on": batch.business_on.isoformat(),
                    "sequence": batch.sequence, "message_id": batch.message_id,
                    "items": batch.item_count, "total_fen": batch.total_fen,
                    "created_at": batch.created_at.isoformat(),
                }  # fmt: skip
    return {}


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


def was_answered(outgoing: Outgoing, services: Services) -> bool:
    """Tell whether the bank has spoken of a batch by ids that only its file could tell it.

    Where a bank takes files away, nothing else proves that it got one whose delivery broke off. An
    account and an amount prove nothing: last month's payment may have had the same.
    """
    with services.store.read() as uow:
        for way in Way:
            mine = uow.on(way)
            batch = mine.payout_batches.of_outgoing(outgoing.id)
            if batch is not None:
                early = mine.payout_answers.list(
                    Effect.PARKED, batch_id=batch.id, limit=EARLY_LOOKED_AT
                )
                return any(one.answer.end_to_end_id is not None for one in early)
    return False


def look_again(batch: PayoutBatch, uow: UnitOfWork, *, at: datetime) -> None:
    """Let a delivery whose outcome nobody knows look again: the bank has spoken of its payments."""
    if batch.outgoing_id is None:
        return
    outgoing = uow.outbox.get(batch.outgoing_id)
    if outgoing.state is not OutboxState.BLOCKED or outgoing.note != OUTCOME_UNKNOWN:
        return
    queue = delivery_lane(outgoing.channel)
    for task in uow.tasks.list(state=TaskState.PARKED, queue=queue):
        if task.subject_id == str(outgoing.id):
            uow.tasks.retry(task.id, at=at)


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
            actor=delivery_lane(outgoing.channel), bank=batch.bank, file_name=batch.file_name,
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
