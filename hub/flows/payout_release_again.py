"""What a withdrawn batch left waiting is released again (再次拨付), for the next banking day.

The list and its signatures are the same; two people have signed, with the withdrawal, for what
waits now. It gets new batches with numbers and names of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.domain.payout import ListState
from hub.errors import Rejected
from hub.flows.conservation import require_lane
from hub.flows.payout_books import guard_release
from hub.flows.payout_file import try_to_write
from hub.flows.payout_release import QUEUE, Released, allocated, note_released, slot_at
from hub.flows.payout_withdraw import require_waiting_as_withdrawn
from hub.flows.refund_follow import require_refunds_due
from hub.flows.restored import before_leaving

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def release_again(
    list_id: int, *, person: str, services: Services, next_day: bool = False
) -> Released:
    """Release the payments of a list that its withdrawn batches left waiting.

    `Rejected("payout_nothing_waits")` without any, `batch_waiting_differs` when they are not what
    was withdrawn, `payout_cutoff_passed` as for any release.
    """
    who, at = named(person), services.now()
    before_leaving(services)
    with services.store.read() as uow:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.RELEASED)
        banks = _waiting_banks(payout, uow)
    slots = {bank: slot_at(bank, services, at=at, next_day=next_day) for bank in banks}
    for bank in banks:
        guard_release(payout, slots[bank].business_on, services)
        require_lane(payout.fund, bank, services)
        try_to_write(payout, bank, slots[bank].business_on, services)

    def unit(uow: UnitOfWork) -> Released:
        payout = uow.payouts.get(list_id)
        payout.require_state(ListState.RELEASED)
        require_waiting_as_withdrawn(payout, services, uow)
        require_refunds_due(payout, uow)
        batches = [
            batch
            for bank in _waiting_banks(payout, uow)
            for batch in allocated(payout, bank, slots[bank], services, uow, at=at)
        ]
        saved = uow.payouts.save(payout)  # of two people who release, one is told so
        note_released(saved, batches, slots, uow, person=who, at=at)
        for batch in batches:
            uow.tasks.add(queue=QUEUE, step=uow.way.step("build"), subject_id=str(batch.id), at=at)
        return Released(payout=saved, batches=tuple(batches))

    return services.store.transact(unit)


def _waiting_banks(payout: PayoutList, uow: UnitOfWork) -> list[str]:
    banks = [
        bank
        for bank in uow.payout_items.banks(payout.id)
        if next(uow.payout_items.sizes(payout.id, bank), None) is not None
    ]
    if not banks:
        raise Rejected("payout_nothing_waits", id=payout.id)
    return banks
