"""What the console shows of people: changes, looks and security events, the latest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from hub.store.schema.people import looks, people_changes, security_events
from hub.store.views.paging import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Row, Table

    from hub.store.engine import UnitOfWork

Page = tuple[list["Row[Any]"], str | None]


def changes(uow: UnitOfWork, *, state: str | None, after: str | None, limit: int) -> Page:
    """Return drafted and decided changes of people."""
    return _latest(uow, people_changes, {"state": state}, after=after, limit=limit)


def looks_of(uow: UnitOfWork, *, person: str | None, after: str | None, limit: int) -> Page:
    """Return who saw personal data unmasked."""
    return _latest(uow, looks, {"person": person}, after=after, limit=limit)


def events(
    uow: UnitOfWork, *, person: str | None, event: str | None, after: str | None, limit: int
) -> Page:
    """Return security events."""
    wanted = {"person": person, "event": event}
    return _latest(uow, security_events, wanted, after=after, limit=limit)


def _latest(
    uow: UnitOfWork,
    table: Table,
    wanted: Mapping[str, str | None],
    *,
    after: str | None,
    limit: int,
) -> Page:
    query = select(table)
    for name, value in wanted.items():
        if value:
            query = query.where(table.c[name] == value)
    return page(uow.connection, query, [table.c.id], after=after, limit=limit)
