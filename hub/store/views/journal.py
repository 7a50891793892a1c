"""What the console shows of the journal: decisions, the newest first, by what people look for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.store.schema.spine import journal
from hub.store.views.paging import page

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from hub.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which decisions somebody wants to see; `None` means any. `until` is exclusive."""

    event: str | None = None
    subject: str | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def entry_page(
    uow: UnitOfWork, asked: Asked, *, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """Return decisions by number, the newest first.

    Days are turned into numbers, because the journal is in the order of time: so the list is read
    by number alone, however far back a day lies.
    """
    c = journal.c
    query = select(journal)
    for name in ("event", "subject", "person"):
        if (wanted := getattr(asked, name)) is not None:
            query = query.where(c[name] == wanted)
    if asked.since is not None:
        first = _number(uow, select(c.n).where(c.at >= asked.since).order_by(c.at, c.n).limit(1))
        if first is None:
            return [], None
        query = query.where(c.n >= first)
    if asked.until is not None:
        before = select(c.n).where(c.at < asked.until).order_by(c.at.desc(), c.n.desc()).limit(1)
        last = _number(uow, before)
        if last is None:
            return [], None
        query = query.where(c.n <= last)
    return page(uow.connection, query, [c.n], after=after, limit=limit)


def _number(uow: UnitOfWork, query: Any) -> int | None:  # noqa: ANN401 -- a select of one column
    found = uow.connection.execute(query).scalar_one_or_none()
    return None if found is None else int(found)
