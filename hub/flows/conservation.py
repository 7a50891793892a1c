"""Watches conservation (资金守恒): a breach becomes a discrepancy and stops its lane.

A lane is a bank and a fund. It is open again when the money is accounted for, or when two people
have settled the discrepancy; what is sent meanwhile would only make the hole harder to find.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.desk import desk_for
from hub.domain.discrepancy import Difference, Ending, Event, Level, State, key_of
from hub.domain.money import yuan_display
from hub.domain.payout_state import ListState
from hub.errors import Rejected
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from hub.domain.conservation import Conservation
    from hub.domain.discrepancy import Discrepancy
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def require_lane(fund: str, bank: str, services: Services) -> None:
    """Refuse to send anything of a fund to a bank while money of that lane is unaccounted for.

    Call it before the unit that releases or builds: what it finds is written down in a unit of
    its own. `Rejected("lane_stopped")`.
    """
    at, on = services.now(), services.today()
    services.store.transact(lambda uow: watch(uow, on=on, at=at, fund=fund, bank=bank))
    with services.store.read() as uow:
        stopping = [d for d in _alive(uow) if _stops(d.difference, fund, bank)]
    if stopping:
        first = stopping[0]
        raise Rejected(
            "lane_stopped", fund=fund, bank=bank, id=first.id, count=len(stopping),
            amount=yuan_display(first.difference.amount_fen),
        )  # fmt: skip


def watch(
    uow: UnitOfWork,
    *,
    on: date,
    at: datetime,
    fund: str | None = None,
    bank: str | None = None,
) -> list[Conservation]:
    """Open a discrepancy for each breach and end those that hold again; returns the breaches.

    Of a `fund` and `bank` only the lists that are still open count, unless the lane is stopped:
    what is closed is looked at when an answer touches it (`watch_closed`) and every night.
    """
    stopped = any(_stops(d.difference, str(fund), str(bank)) for d in _alive(uow))
    open_only = fund is not None and not stopped
    found = [
        *uow.conservations.of_lists(fund, open_only=open_only),
        *uow.conservations.of_batches(fund=fund, bank=bank, open_only=open_only),
    ]
    return _note(found, uow, on=on, at=at)


def watch_closed(batch_ids: Iterable[int], uow: UnitOfWork, *, on: date, at: datetime) -> None:
    """Look at closed lists whose batches an answer touched; open ones are looked at anyway."""
    touched = {uow.payout_batches.get(batch_id).list_id for batch_id in batch_ids}
    for list_id in sorted(touched):
        if uow.payouts.get(list_id).state is ListState.CLOSED:
            accounts = uow.conservations
            found = [*accounts.of_lists(list_id=list_id), *accounts.of_batches(list_id=list_id)]
            _note(found, uow, on=on, at=at)


def _note(
    found: list[Conservation], uow: UnitOfWork, *, on: date, at: datetime
) -> list[Conservation]:
    breaches = [one for one in found if one.breach is not None]
    holding = {_key(one) for one in found if one.breach is None}
    for breach in breaches:
        _open(breach, uow, on=on, at=at)
    for known in _alive(uow):
        if known.difference.key in holding:
            uow.discrepancies.end(known.difference.key, Ending.CLEARED, at=at)
    return breaches


def _open(breach: Conservation, uow: UnitOfWork, *, on: date, at: datetime) -> None:
    """Open a breach's discrepancy; one that people settled on the same facts stays settled."""
    before = uow.discrepancies.of_key(_key(breach))
    difference = _difference(breach)
    after = uow.discrepancies.open(difference, owner=desk_for(difference), on=on, at=at)
    was_alive = before is not None and before.state is not State.CLOSED
    if after.state is not State.CLOSED and not was_alive:
        uow.journal.note(
            "conservation.broken", breach.name, at=at, actor="hub", fund=breach.fund,
            bank=breach.bank, breach=breach.breach, missing_fen=breach.missing_fen,
        )  # fmt: skip


def _alive(uow: UnitOfWork) -> list[Discrepancy]:
    alive = frozenset({State.OPEN, State.PROPOSED})
    return uow.discrepancies.list(Wanted(states=alive, cause=Event.CONSERVATION))


def _stops(difference: Difference, fund: str, bank: str) -> bool:
    return difference.insurance_kind == fund and difference.partner in (bank, None)


def _key(account: Conservation) -> str:
    return key_of(Level.EVENT, Event.CONSERVATION, account.scope.value, account.id)


def _difference(account: Conservation) -> Difference:
    breach = account.breach
    assert breach is not None  # noqa: S101 -- asked before
    return Difference(
        key=_key(account),
        level=Level.EVENT,
        cause=Event.CONSERVATION,
        amount_fen=abs(account.missing_fen),
        partner=account.bank,
        insurance_kind=account.fund,
        note=f"{account.name} {breach.zh} ({breach.value})",
    )
