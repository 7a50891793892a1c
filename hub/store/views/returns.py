"""Who is not paid, or could not be debited: work lists, ages and months, as the console shows them.

What came back is found by an index over what did not simply arrive; what is with banks is counted
from the index over states, list by list. Nothing reads the payments that arrived.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, exists, false, func, literal_column, or_, select

from hub.domain.payout import BACK, BatchState, ItemState
from hub.domain.way import Way
from hub.store.payout_outcomes import Unpaid
from hub.store.schema.changes import TROUBLED
from hub.store.schema.debits import debit_stops
from hub.store.schema.payouts import benefit_stops
from hub.store.views.paging import page
from hub.store.views.payouts import TABLES, item_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Row

    from hub.store.engine import UnitOfWork

_STOPS: Final = {Way.PAYOUT: benefit_stops, Way.DEBIT: debit_stops}
_GONE: Final = sorted(state.value for state in (ItemState.CANCELLED, ItemState.REFUSED))
_WITH_BANK: Final = (BatchState.READY.value, BatchState.SENT.value, BatchState.ANSWERED.value)
WORK: Final = frozenset({*BACK, ItemState.UNKNOWN})
"""The states that people must do something about."""

WAITING: Final = WORK | {ItemState.LISTED, ItemState.IN_FLIGHT}
"""Those, and what is being paid again."""


Aged = tuple[date | None, str, str | None, str, int, int]
"""Day since when, state, reason code, kind of list, number, sum in fen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which open items are asked for.

    `codes` are reason codes by kind of list, as a desk has them; with `unknown` also what the
    bank's answer leaves open, and what waits for its next attempt.
    """

    states: Collection[ItemState] = WORK
    bank: str | None = None
    code: str | None = None
    item_ids: Collection[int] | None = None
    codes: Mapping[str, Collection[str | None]] | None = None
    unknown: bool = True


def open_items(
    uow: UnitOfWork, wanted: Wanted, *, after: str | None, limit: int
) -> tuple[list[Unpaid], str | None]:
    """Return entitlements that are not paid, by their latest attempt, the oldest attempt first.

    Whose benefit is stopped is not waiting for it.
    """
    tables = TABLES[uow.way]
    c, lists = tables.items.c, tables.lists.c
    query = select(
        *tables.items.c, lists.kind, lists.fund, lists.state.label("list_state"),
        _since(uow).label("since_on"),
    ).join_from(tables.items, tables.lists, c.list_id == lists.id)  # fmt: skip
    query = query.where(*_open(uow, wanted.states), *_asked(wanted, c, lists))
    rows, ended = page(uow.connection, query, [c.id], after=after, limit=limit, newest_first=False)
    return [
        Unpaid(item=item_of(row, tables), kind=row.kind, fund=row.fund, list_state=row.list_state,
               since_on=row.since_on)
        for row in rows
    ], ended  # fmt: skip


def ages(uow: UnitOfWork) -> list[Aged]:
    """Return day since when, state, reason code, kind of list, number and sum (fen) of open items.

    What is with a bank for the first time is counted by list, from the first business day of its
    batches that are not closed.
    """
    tables = TABLES[uow.way]
    c, lists = tables.items.c, tables.lists.c
    since = _since(uow).label("since_on")
    found = (
        select(since, c.state, c.outcome_code, lists.kind, c.amount_fen)
        .join_from(tables.items, tables.lists, c.list_id == lists.id)
        .where(*_open(uow, WAITING))
        .subquery()
    )
    f = found.c
    parts = (f.since_on, f.state, f.outcome_code, f.kind)
    query = select(*parts, func.count(), func.sum(f.amount_fen)).group_by(*parts)
    again: list[Aged] = [
        (row[0], row[1], row[2], row[3], int(row[4]), int(row[5]))
        for row in uow.connection.execute(query)
    ]
    return again + _with_banks(uow)


def _with_banks(uow: UnitOfWork) -> list[Aged]:
    """Return what is with banks for the first time, by list."""
    tables = TABLES[uow.way]
    c, b, lists = tables.items.c, tables.batches.c, tables.lists.c
    rows = uow.connection.execute(
        select(b.list_id, func.min(b.business_on))
        .where(b.state.in_(_WITH_BANK))
        .group_by(b.list_id)
    )
    first = {int(list_id): since for list_id, since in rows}
    found: list[Aged] = []
    for list_id, since in sorted(first.items()):
        state = ItemState.IN_FLIGHT.value
        mine = (c.list_id == list_id, c.state == state)
        count, fen = uow.connection.execute(
            select(func.count(), func.coalesce(func.sum(c.amount_fen), 0)).where(*mine)
        ).one()
        again = select(func.count(), func.coalesce(func.sum(c.amount_fen), 0)).where(
            *mine, c.attempt > 1, _troubled(uow)
        )
        if count:
            repeated, repeated_fen = uow.connection.execute(again).one()
            kind = uow.connection.execute(
                select(lists.kind).where(lists.id == list_id)
            ).scalar_one()
            count, fen = count - repeated, fen - repeated_fen
            found += [(since, state, None, kind, int(count), int(fen))] if count else []
    return found


def months(uow: UnitOfWork, first: int, last: int) -> list[Row[Any]]:
    """Return, by list of some months, what went to banks, came back, and is open (5-4).

    Only what did not arrive is counted; what arrived is the rest.
    """
    tables = TABLES[uow.way]
    b, c, lists = tables.batches.c, tables.items.c, tables.lists.c
    sent = (
        select(b.list_id, func.sum(b.item_count).label("sent_count"),
               func.sum(b.total_fen).label("sent_fen"))
        .join_from(tables.batches, tables.lists, lists.id == b.list_id)
        .where(lists.month.between(first, last), b.state != BatchState.WITHDRAWN.value)
        .group_by(b.list_id)
        .subquery()
    )  # fmt: skip

    def of(what: Any, *states: ItemState) -> Any:  # noqa: ANN401 -- SQLAlchemy's expressions
        mine = (c.list_id == lists.id, c.state.in_([state.value for state in states]))
        return select(func.coalesce(what, 0)).where(*mine).scalar_subquery()

    open_states = (ItemState.IN_FLIGHT, ItemState.UNKNOWN)
    query = (
        select(
            lists.id, lists.title, lists.kind, lists.fund, lists.month, sent.c.sent_count,
            sent.c.sent_fen, of(func.count(), *BACK).label("back_count"),
            of(func.sum(c.amount_fen), *BACK).label("back_fen"),
            of(func.count(), *open_states).label("open_count"),
            of(func.sum(c.amount_fen), *open_states).label("open_fen"),
        )
        .join_from(tables.lists, sent, sent.c.list_id == lists.id)
        .order_by(lists.month.desc(), lists.id.desc())
    )  # fmt: skip
    return list(uow.connection.execute(query))


def _troubled(uow: UnitOfWork) -> ColumnElement[bool]:
    """Select in the words of the index, so that the databases see that it serves."""
    items = TABLES[uow.way].items.name
    words = re.sub(r"\b(state|attempt)\b", rf"{items}.\1", TROUBLED[uow.way])
    return literal_column(f"({words})")


def _open(uow: UnitOfWork, states: Collection[ItemState]) -> tuple[ColumnElement[bool], ...]:
    tables = TABLES[uow.way]
    c, later, s = tables.items.c, tables.items.alias(), _STOPS[uow.way].c
    newer = exists().where(
        later.c.person_id == c.person_id, later.c.benefit == c.benefit,
        later.c.period == c.period, later.c.attempt > c.attempt, later.c.state.not_in(_GONE),
    )  # fmt: skip
    stopped = exists().where(
        s.person_id == c.person_id, s.lifted_at.is_(None),
        or_(s.benefit.is_(None), s.benefit == c.benefit),
    )  # fmt: skip
    wanted = c.state.in_(sorted(state.value for state in states))
    return (_troubled(uow), wanted, ~newer, ~stopped)


def _since(uow: UnitOfWork) -> Any:  # noqa: ANN401 -- SQLAlchemy's scalar subquery
    """Return the business day of the first attempt at an entitlement."""
    tables = TABLES[uow.way]
    c, first, b = tables.items.c, tables.items.alias(), tables.batches.alias()
    return (
        select(func.min(b.c.business_on))
        .where(
            first.c.person_id == c.person_id, first.c.benefit == c.benefit,
            first.c.period == c.period, first.c.batch_id == b.c.id,
        )
        .scalar_subquery()
    )  # fmt: skip


def _asked(wanted: Wanted, c: Any, lists: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401
    conditions: list[ColumnElement[bool]] = []
    if wanted.bank is not None:
        conditions.append(c.bank == wanted.bank)
    if wanted.code is not None:
        conditions.append(c.outcome_code == wanted.code)
    if wanted.item_ids is not None:
        conditions.append(c.id.in_(sorted(wanted.item_ids)))
    if wanted.codes is not None:
        back = c.state.in_(sorted(state.value for state in BACK))
        mine = [
            and_(back, lists.kind == kind, _coded(c, codes))
            for kind, codes in sorted(wanted.codes.items())
        ]
        conditions.append(or_(*mine, ~back if wanted.unknown else false()))
    return conditions


def _coded(c: Any, codes: Collection[str | None]) -> ColumnElement[bool]:  # noqa: ANN401
    known = c.outcome_code.in_(sorted(code for code in codes if code is not None))
    return or_(known, c.outcome_code.is_(None)) if None in codes else known
