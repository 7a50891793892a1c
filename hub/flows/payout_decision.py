"""Two people decide what became of a payment that no answer has settled, or that two contradict.

The first proposes, the second confirms; both are in the history of one discrepancy, which is the
evidence of the item's end. Until then the entitlement stays locked.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Action, Difference, Level, State, worded
from hub.domain.payout import BACK, ItemState
from hub.domain.voucher import Document
from hub.domain.way import Way
from hub.errors import Rejected
from hub.flows.debit_books import book_moved
from hub.flows.payout_consequences import UNKNOWN, book_returned, refresh
from hub.flows.payout_progress import note_progress
from hub.flows.repair_rules import decision_key

if TYPE_CHECKING:
    from hub.domain.discrepancy import Discrepancy
    from hub.domain.payout import PayoutItem
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

_ACTIONS: Final = {
    Way.PAYOUT: {ItemState.PAID: Action.ACCEPT, ItemState.RETURNED: Action.CORRECT},
    Way.DEBIT: {ItemState.PAID: Action.ACCEPT, ItemState.FAILED: Action.CORRECT},
}


def decide(
    item_id: int,
    outcome: ItemState,
    *,
    person: str,
    reason: str,
    services: Services,
    uow: UnitOfWork | None = None,
) -> Discrepancy:
    """Propose what became of an item, or as another person confirm the same proposal.

    `Rejected("payout_decision_differs")` when the open proposal says another outcome, and
    `payout_not_decidable` for an item whose end is known. With `uow` it is part of that unit.
    """
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Discrepancy:
        item = uow.payout_items.get(item_id)
        actions, way = _ACTIONS[uow.way], uow.way
        settles = item.state is ItemState.UNKNOWN and outcome in actions
        if not settles and not (item.state is outcome and outcome in actions.keys() & BACK):
            raise Rejected("payout_not_decidable", id=item_id, found=item.state.value)
        known = uow.discrepancies.open(
            _difference(item, way), owner=FINANCE, on=services.today(), at=at
        )
        if known.state is State.OPEN:
            changed = known.propose(
                actions[outcome], reason=reason, person=who, at=at, two_people_from_fen=0
            )
        else:
            changed = _confirmed(known, item, uow, outcome=outcome, person=who, services=services)
        saved = uow.discrepancies.save(changed)
        event = "confirmed" if saved.state is State.CLOSED else "proposed"
        text = f"{outcome.value}: {reason}"
        uow.discrepancies.note(saved.id, event, at=at, person=who, text=text)
        uow.journal.note(
            way.event(f"decision_{event}"), way.item(item_id), at=at, actor="person",
            person=who, outcome=outcome.value, reason=reason, discrepancy=saved.id,
        )  # fmt: skip
        return saved

    return services.store.transact(unit) if uow is None else unit(uow)


def lift(item_id: int, *, person: str, reason: str, services: Services) -> int:
    """Lift the stops of the payee of an item, as when a bank was wrong about a death.

    Returns how many there were; the item itself stays returned.
    """
    who, why, at = named(person), worded(reason), services.now()

    def unit(uow: UnitOfWork) -> int:
        item = uow.payout_items.get(item_id)
        lifted = uow.payout_checks.lift(item.person_id, person=who, at=at)
        uow.journal.note(
            "benefit.resumed" if uow.way is Way.PAYOUT else uow.way.event("resumed"),
            uow.way.item(item_id), at=at, actor="person", person=who,
            reason=why, stops=lifted,
        )  # fmt: skip
        return lifted

    return services.store.transact(unit)


def _confirmed(
    known: Discrepancy,
    item: PayoutItem,
    uow: UnitOfWork,
    *,
    outcome: ItemState,
    person: str,
    services: Services,
) -> Discrepancy:
    at, on = services.now(), services.today()
    if known.proposal is None or known.proposal.action is not _ACTIONS[uow.way][outcome]:
        raise Rejected("payout_decision_differs", id=item.id)
    changed = known.confirm(person=person, at=at)
    if item.state is outcome:
        return changed
    evidence = f"decision:{known.id}"
    uow.payout_items.settle(item, outcome, evidence=evidence, on=on)
    debits = uow.way is Way.DEBIT
    if outcome is (ItemState.PAID if debits else ItemState.RETURNED):  # money that moved
        said = {"item": item.id, "reason": known.proposal.reason, "by": known.proposal.by.person,
                "confirmed_by": person, "at": at.isoformat()}  # fmt: skip
        text = json.dumps(said, ensure_ascii=False).encode()
        proof = Document(name="查明说明", sha256=services.archive.put_bytes(text).sha256)
        if debits:
            moved = [(item.id, item.state, outcome)]
            book_moved(moved, evidence, proof, services, uow, at=at, on=on)
        else:
            book_returned([item.id], evidence, proof, services, uow, at=at, on=on)
    if item.batch_id is not None:
        note_progress(item.batch_id, uow, at=at)
        refresh(item.batch_id, services, uow, at=at, on=on)
    return changed


def _difference(item: PayoutItem, way: Way) -> Difference:
    return Difference(
        key=decision_key(item.id, way),
        level=Level.EVENT,
        cause=UNKNOWN[way],
        amount_fen=item.amount_fen,
        partner=item.bank,
        note=way.item(item.id),
    )
