"""What the first page counts: only what is open, each by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from hub.domain.payout_state import BEFORE_RELEASE, ListState
from hub.store.schema.payouts import payout_items, payout_lists
from hub.store.schema.people import people_changes
from hub.store.schema.reconciliation import discrepancies, letters
from hub.store.schema.refunds import refunds
from hub.store.schema.spine import inbox
from hub.store.schema.transfer_funds import transfer_receipts
from hub.store.schema.transfers import transfers
from hub.store.schema.vouchers import voucher_drafts

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from hub.store.unit_of_work import UnitOfWork

_COUNTED: Final = {
    "letters": letters,
    "drafts": voucher_drafts,
    "refunds": refunds,
    "credits": transfer_receipts,
    "cases": transfers,
    "changes": people_changes,
    "differences": discrepancies,
}


COUNTED_MAX: Final = 10_000  # further than this nobody counts: "10,000+"


def count(uow: UnitOfWork, what: str, state: str) -> int:
    """Return how many of some things are in one of their open states.

    `COUNTED_MAX + 1` stands for any greater number, so that a flood of them costs nothing.
    """
    table = _COUNTED[what]
    some = select(table.c.id).where(table.c.state == state).limit(COUNTED_MAX + 1)
    return int(
        uow.connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()
    )


def lists(uow: UnitOfWork) -> list[tuple[str, str, int, int]]:
    """Return fund, state, number and sum (fen) of payout lists that were not released."""
    c = payout_lists.c
    before = [state.value for state in BEFORE_RELEASE]
    query = (
        select(c.fund, c.state, func.count(), func.sum(c.total_fen))
        .where(c.state.in_(before))
        .group_by(c.fund, c.state)
    )
    return [
        (fund, state, int(n), int(fen)) for fund, state, n, fen in uow.connection.execute(query)
    ]


def money(uow: UnitOfWork) -> list[tuple[str, str, int, int]]:
    """Return fund, state, number and sum (fen) of the payments of lists that are under way.

    One index has list, state and amount, so no payment is read; a list of a million still takes
    0.13 s, and who asks often keeps the answer for a while.
    """
    c, of = payout_items.c, payout_lists.c
    under_way = select(of.id, of.fund).where(of.state == ListState.RELEASED.value).order_by(of.id)
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for list_id, fund in uow.connection.execute(under_way).all():
        query = select(c.state, func.count(), func.sum(c.amount_fen)).where(c.list_id == list_id)
        for state, n, fen in uow.connection.execute(query.group_by(c.state)):
            known = sums.get((fund, state), (0, 0))
            sums[fund, state] = (known[0] + int(n), known[1] + int(fen))
    return [(fund, state, n, fen) for (fund, state), (n, fen) in sorted(sums.items())]


def last_received(uow: UnitOfWork, channels: Collection[str]) -> dict[str, datetime]:
    """Return when the last file of each channel came."""
    c = inbox.c
    found = {}
    for channel in channels:
        query = select(c.received_at).where(c.channel == channel).order_by(c.id.desc()).limit(1)
        at = uow.connection.execute(query).scalar_one_or_none()
        if at is not None:
            found[channel] = at
    return found
