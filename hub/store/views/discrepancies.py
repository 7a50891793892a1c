"""The work list of discrepancies (差异), oldest first, and how old they are.

Whatever the list is filtered by, a page costs the same: one index gives the order, and at most
`LOOKED_MAX` of its entries are looked at. A page that found little among so many is short and
says where to go on. `hub.store.views.paging` has the form of a position.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, literal_column, or_, select

from hub.domain.discrepancy import Cause, Discrepancy, State
from hub.store.discrepancy_rows import discrepancy_of
from hub.store.schema.reconciliation import discrepancies, letter_items, letters
from hub.store.views.paging import position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement

    from hub.store.unit_of_work import UnitOfWork

LOOKED_AT_ONCE: Final = 5_000
LOOKED_MAX: Final = 25_000  # entries of an index that one page looks at
ABOUT_MAX: Final = 200  # discrepancies of one receipt or payer that a page shows

_C: Final = discrepancies.c
_KEYS: Final = (_C.opened_on, _C.id)
_SINCE: Final = func.coalesce(_C.collected_on, _C.opened_on, type_=_C.opened_on.type)
_ALIVE: Final[ColumnElement[bool]] = literal_column(
    "state <> 'closed'"
)  # in the very words of the partial indexes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody filters by; `None` is anything. Days include both ends.

    Without a state it is what is not closed, unless `closed_too`. `number` is of a receipt, a
    deposit or a payer, the whole of it. `since_*` is the day from which an age counts.
    """

    state: State | None = None
    closed_too: bool = False
    cause: Cause | None = None
    owner: str | None = None
    partner: str | None = None
    number: str | None = None
    opened_from: date | None = None
    opened_to: date | None = None
    since_from: date | None = None
    since_to: date | None = None
    amount_from_fen: int | None = None
    amount_to_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """What is not closed of a cause, owner and span of days; spans count from 0, sums in fen."""

    cause: str
    owner: str
    span: int
    count: int
    amount_fen: int


def page(
    uow: UnitOfWork, asked: Asked, *, limit: int, after: str | None = None
) -> tuple[list[Discrepancy], str | None]:
    """Return a page of the work list and where it ended, `None` when that was all."""
    found: list[Any] = []
    at: Sequence[Any] | None = None if after is None else position(_KEYS, after)
    driver, rest = _conditions(asked)
    for _ in range(LOOKED_MAX // LOOKED_AT_ONCE):
        start = _from(asked) if at is None else _behind(at)
        until = _window_end(uow, [*driver, *start, *_to(asked)])
        end = _to(asked) if until is None else [_up_to(until)]
        query = select(discrepancies).where(*driver, *rest, *start, *end)
        wanted = limit - len(found) + 1
        found += uow.connection.execute(query.order_by(*_KEYS).limit(wanted))
        if len(found) > limit:
            last = found[limit - 1]
            return [discrepancy_of(row) for row in found[:limit]], _text(last.opened_on, last.id)
        if until is None:
            return [discrepancy_of(row) for row in found], None
        at = until
    assert at is not None  # noqa: S101 -- the last window was full
    return [discrepancy_of(row) for row in found], _text(*at)


def of_receipt(uow: UnitOfWork, receipt_no: str) -> list[Discrepancy]:
    """Return what differs or differed about a receipt, oldest first."""
    return _about(uow, _C.receipt_no == receipt_no)


def of_payer(uow: UnitOfWork, payer_id: str, *, period: int | None = None) -> list[Discrepancy]:
    """Return what differs or differed about a payer, oldest first."""
    wanted = [_C.payer_id == payer_id]
    if period is not None:
        wanted.append(_C.period == period)
    return _about(uow, and_(*wanted))


def aged(uow: UnitOfWork, first_days: Sequence[date]) -> list[Aged]:
    """Return what is not closed in sums, for the aging report; reads one index and no row.

    `first_days` are the first days of spans, latest first: what counts its age from the first of
    them or later is in span 0, and what is older than all of them in span `len(first_days)`.
    """
    steps = [(day <= _SINCE, span) for span, day in enumerate(first_days)]
    span = case(*steps, else_=len(first_days)) if steps else literal_column("0")
    query = (
        select(_C.cause, _C.owner, span.label("span"), func.sum(_C.count).label("number"),
               func.sum(_C.amount_fen).label("amount_fen"))
        .where(_ALIVE)
        .group_by(_C.cause, _C.owner, literal_column("span"))
    )  # fmt: skip
    return [
        Aged(cause=row.cause, owner=row.owner, span=int(row.span), count=int(row.number),
             amount_fen=int(row.amount_fen))
        for row in uow.connection.execute(query)
    ]  # fmt: skip


def asked_in(uow: UnitOfWork, discrepancy_id: int) -> list[tuple[int, str | None, str]]:
    """Return the letters that ask about a discrepancy: id, number if signed, state."""
    query = (
        select(letters.c.id, letters.c.number, letters.c.state)
        .join(letter_items, letter_items.c.letter_id == letters.c.id)
        .where(letter_items.c.discrepancy_id == discrepancy_id)
        .order_by(letters.c.id)
    )
    return [(id_, number, state) for id_, number, state in uow.connection.execute(query)]


def _about(uow: UnitOfWork, condition: ColumnElement[bool]) -> list[Discrepancy]:
    query = select(discrepancies).where(condition).order_by(_C.id).limit(ABOUT_MAX)
    return [discrepancy_of(row) for row in uow.connection.execute(query)]


def _conditions(asked: Asked) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """Return what one index finds in order, and what each entry is looked at for.

    The latter are written so that no database takes another index for them, and sorts.
    """
    alive = asked.state in (State.OPEN, State.PROPOSED) or (
        asked.state is None and not asked.closed_too
    )
    # the narrowest first: few have a partner, few are alive among all that ever were
    equal = [
        (column, value)
        for column, value in (
            (_C.partner, asked.partner),
            (None, True if alive else None),
            (_C.owner, asked.owner),
            (_C.cause, asked.cause and asked.cause.value),
        )
        if value is not None
    ]
    drivers = [_ALIVE if column is None else column == value for column, value in equal]
    rest = [_ALIVE if column is None else column.concat("") == value for column, value in equal]
    if asked.number is not None:
        drivers.insert(0, _numbered(asked.number))
    else:
        rest = rest[1:]
    bounds: list[ColumnElement[bool] | None] = [
        None if asked.state is None else _C.state.concat("") == asked.state.value,
        None if asked.since_from is None else asked.since_from <= _SINCE,
        None if asked.since_to is None else asked.since_to >= _SINCE,
        None if asked.amount_from_fen is None else _C.amount_fen + 0 >= asked.amount_from_fen,
        None if asked.amount_to_fen is None else _C.amount_fen + 0 <= asked.amount_to_fen,
    ]
    return drivers[:1], [*rest, *(c for c in bounds if c is not None)]


def _numbered(number: str) -> ColumnElement[bool]:
    return or_(_C.receipt_no == number, _C.deposit_no == number, _C.payer_id == number)


def _window_end(uow: UnitOfWork, driver: list[ColumnElement[bool]]) -> Sequence[Any] | None:
    """Return where the next entries of the index end; `None` when there are fewer than a window."""
    query = select(*_KEYS).where(*driver).order_by(*_KEYS)
    row = uow.connection.execute(query.offset(LOOKED_AT_ONCE - 1).limit(1)).one_or_none()
    return None if row is None else tuple(row)


# A query has one bound on the day at each end: of two, SQLite takes the first, be it the wider.


def _from(asked: Asked) -> list[ColumnElement[bool]]:
    return [] if asked.opened_from is None else [_C.opened_on >= asked.opened_from]


def _to(asked: Asked) -> list[ColumnElement[bool]]:
    return [] if asked.opened_to is None else [_C.opened_on <= asked.opened_to]


def _behind(at: Sequence[Any]) -> list[ColumnElement[bool]]:
    day, number = at
    return [_C.opened_on >= day, or_(_C.opened_on > day, _C.id > number)]


def _up_to(at: Sequence[Any]) -> ColumnElement[bool]:
    day, number = at
    return and_(_C.opened_on <= day, or_(_C.opened_on < day, _C.id <= number))


def _text(day: date, number: int) -> str:
    return json.dumps([day.isoformat(), number])
