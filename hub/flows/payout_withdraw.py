"""A batch that missed its bank's deadline is taken back (撤回) by two people, and released again.

That it never left is proved, not believed: the outbox has not delivered it, nothing is under its
name at the bank, and from the unit that says "withdrawn" on no sender may take it. Its payments
wait under new end-to-end ids; the entitlement and the attempt stay the same, so nothing is paid
twice. The old ids are never sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.batch_order import OrderKind
from hub.domain.payout import BatchState
from hub.domain.payout_form import end_to_end_id
from hub.domain.voucher import Cause, Document
from hub.errors import Rejected
from hub.flows.batch_orders import files_of, look, proof, propose
from hub.flows.bookkeeping import reverse
from hub.flows.outgoing import queue
from hub.flows.payout_books import booked_of
from hub.flows.payout_check import digest_of
from hub.store.outbox import OutboxState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hub.domain.batch_order import BatchOrder
    from hub.domain.payout import PayoutBatch, PayoutItem, PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing

HELD: Final = "payout_deadline_passed"
PROOF: Final = "撤回说明"
NOTE: Final = "withdrawn"


def withdraw(
    batch_id: int, *, person: str, services: Services, reason: str | None = None
) -> BatchOrder:
    """Propose to take a held batch back, or as another person confirm it: then it is WITHDRAWN.

    `Rejected("batch_not_held")` unless it is held after its deadline, `batch_may_be_there` unless
    it is proved that nothing of it reached the bank.
    """
    who, at = named(person), services.now()
    with services.store.read() as uow:
        batch = uow.payout_batches.get(batch_id)
        files = files_of(batch, services, uow)
        waiting = uow.batch_orders.open(batch_id, OrderKind.WITHDRAW)
    _require_held(batch, files[0])
    seen = [_absent(one, services) for one in files]
    if waiting is None:
        return services.store.transact(
            lambda uow: propose(batch, OrderKind.WITHDRAW, uow, person=who, reason=reason, at=at)
        )
    confirmed = waiting.confirm(who, at=at)
    facts = {
        "withdrawn": batch.message_id, "bank": batch.bank, "reason": waiting.reason, "files": seen,
        "proposed": {"by": waiting.proposed_by, "at": waiting.proposed_at},
        "confirmed": {"by": who, "at": at},
    }  # fmt: skip
    order = replace(confirmed, proof_sha256=proof(facts, services))
    return services.store.transact(lambda uow: _take_back(order, batch, files, services, uow))


def require_waiting_as_withdrawn(payout: PayoutList, services: Services, uow: UnitOfWork) -> None:
    """Refuse to release again what is not what the withdrawal left waiting."""
    last = uow.batch_orders.last_withdrawal(payout.id)
    if last is None or digest_of(payout, services, uow)[0] != last.digest:
        raise Rejected("batch_waiting_differs", id=payout.id)


def _require_held(batch: PayoutBatch, outgoing: Outgoing) -> None:
    held = outgoing.state is OutboxState.BLOCKED and outgoing.note == HELD
    if batch.state is not BatchState.READY or not held:
        raise Rejected("batch_not_held", batch=batch.id, state=batch.state.zh,
                       file=outgoing.state.value)  # fmt: skip


def _absent(outgoing: Outgoing, services: Services) -> dict[str, object]:
    """Return the proof that a file is not at the other side; `batch_may_be_there` without one."""
    taken = services.settings.channels[outgoing.channel].partner_removes and outgoing.attempts > 0
    found = look(outgoing, services)
    if found is not None or taken or outgoing.state is OutboxState.DELIVERED:
        raise Rejected("batch_may_be_there", name=outgoing.file_name)
    return {
        "name": outgoing.file_name, "channel": outgoing.channel, "probe": "nothing there",
        "probed_at": services.now(), "sha256": outgoing.content_sha256,
        "outbox": {"id": outgoing.id, "state": outgoing.state.value, "note": outgoing.note,
                   "attempts": outgoing.attempts, "changed_at": outgoing.changed_at},
    }  # fmt: skip


def _take_back(
    order: BatchOrder,
    batch: PayoutBatch,
    files: Sequence[Outgoing],
    services: Services,
    uow: UnitOfWork,
) -> BatchOrder:
    at = _instant(order)
    for one in files:
        uow.outbox.withdraw(one, at=at, note=NOTE)
        # the parked delivery ends by itself, and what stands behind it goes on
        queue(one, uow, at=at)
    _reverse_vouchers(order, batch, services, uow)
    payout = uow.payouts.get(batch.list_id)
    items = uow.payout_items.put_back(batch.id, lambda item: _new_id(item, payout, batch))
    if items != batch.item_count:
        raise ValueError(f"batch {batch.id} has {items} items instead of {batch.item_count}")
    uow.payout_batches.withdrawn(batch.id)
    saved = replace(order, digest=digest_of(payout, services, uow)[0])
    uow.batch_orders.confirm(saved)
    uow.journal.note(
        "payout.withdrawn", f"payout_batch:{batch.id}", at=at, actor="person",
        person=order.confirmed_by, proposed_by=order.proposed_by, reason=order.reason,
        message_id=batch.message_id, file_name=batch.file_name, items=items,
        total_fen=batch.total_fen, proof_sha256=order.proof_sha256, digest=saved.digest,
    )  # fmt: skip
    return saved


def _reverse_vouchers(
    order: BatchOrder, batch: PayoutBatch, services: Services, uow: UnitOfWork
) -> None:
    document = Document(name=PROOF, sha256=str(order.proof_sha256))
    cause = Cause(at=_instant(order), actor="person", prepared_by=order.proposed_by,
                  reviewed_by=order.confirmed_by)  # fmt: skip
    for voucher in booked_of(batch, uow):
        on = max(services.today(), voucher.booked_on)
        reverse(voucher.no, uow, on=on, reason=f"批次撤回，{order.reason}", documents=[document],
                cause=cause)  # fmt: skip


def _new_id(item: PayoutItem, payout: PayoutList, batch: PayoutBatch) -> str:
    """Return the id of a payment in its next batch: again the same whenever it is asked for."""
    return end_to_end_id(f"{payout.source_sha256}/{batch.message_id}", item.item_no, item.attempt)


def _instant(order: BatchOrder) -> datetime:
    if order.confirmed_at is None:
        raise ValueError("an order that nobody confirmed is carried out")
    return order.confirmed_at
