"""What the console shows of our bank accounts: days and lines, one account after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from hub.domain.bank_matching import SUSPENSE
from hub.store.schema.bank import (
    bank_days,
    bank_lines,
    bank_match_parts,
    bank_matches,
    bank_statements,
)
from hub.store.views.paging import page

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement

    from hub.store.unit_of_work import UnitOfWork


def days(
    uow: UnitOfWork, account: str, *, only_open: bool, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the days of an account, the latest first, and where the page ended."""
    c = bank_days.c
    query = select(bank_days).where(c.account == account)
    if only_open:
        query = query.where(c.closed_at.is_(None))
    rows, ended = page(uow.connection, query, [c.booked_on], after=after, limit=limit)
    return [dict(row._mapping) for row in rows], ended  # noqa: SLF001 -- documented access


def lines(
    uow: UnitOfWork,
    account: str,
    *,
    since: date | None = None,
    until: date | None = None,
    only_open: bool,
    after: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return lines with the rule that explains each, the latest first; `shown_fen` is in our books.

    `only_open`: what is not in our books, or only as 暂收款. A day is closed when people have dealt
    with all of that, so no day before the first open one is read.
    """
    c, m = bank_lines.c, bank_matches.c
    wanted: list[ColumnElement[bool]] = [c.account == account]
    if only_open:
        wanted += [c.amount_fen != 0, or_(_shown() != c.amount_fen, m.rule == SUSPENSE)]
        first = first_open(uow, account)
        if first is None:
            return [], None
        since = first if since is None else max(since, first)
    wanted += [c.booked_on >= since] if since is not None else []
    wanted += [c.booked_on <= until] if until is not None else []
    query = (
        select(bank_lines, m.rule, m.purpose, _shown().label("shown_fen"),
               bank_statements.c.inbox_id)
        .select_from(
            bank_lines.outerjoin(bank_matches, m.line_id == c.id)
            .join(bank_statements, bank_statements.c.id == c.statement_id)
        )
        .where(*wanted)
    )  # fmt: skip
    rows, ended = page(uow.connection, query, [c.booked_on, c.id], after=after, limit=limit)
    return [dict(row._mapping) for row in rows], ended  # noqa: SLF001 -- documented access


def first_open(uow: UnitOfWork, account: str) -> date | None:
    """Return the first day of an account that is not closed; `None` when all are."""
    c = bank_days.c
    mine = (c.account == account, c.closed_at.is_(None))
    query = select(c.booked_on).where(*mine).order_by(c.booked_on).limit(1)
    found: date | None = uow.connection.execute(query).scalar_one_or_none()
    return found


def neighbours(uow: UnitOfWork, account: str, on: date) -> tuple[Any, Any, Any]:
    """Return the rows of the day before, of the day itself and of the day after; `None` for none.

    The day before closes with what the day opens with: that is the chain.
    """
    c = bank_days.c
    mine = select(bank_days).where(c.account == account)
    ask = uow.connection.execute
    return (
        ask(mine.where(c.booked_on < on).order_by(c.booked_on.desc()).limit(1)).first(),
        ask(mine.where(c.booked_on == on)).first(),
        ask(mine.where(c.booked_on > on).order_by(c.booked_on).limit(1)).first(),
    )


def _shown() -> ColumnElement[Any]:
    p = bank_match_parts.c
    return (
        select(func.coalesce(func.sum(p.amount_fen), 0))
        .where(p.line_id == bank_lines.c.id)
        .correlate(bank_lines)
        .scalar_subquery()
    )
