"""What people looked at unmasked, and security events; both only grow.

They are tables of their own and not rows of the journal: a person reads many numbers in a day, and
each row of the journal waits for the lock on its chain. Decisions about people and exports are in
the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from hub.store.schema.people import looks, security_events

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody saw personal data unmasked: of what kind, by which key, on which page."""

    id: int
    at: datetime
    person: str
    kind: str
    key: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEvent:
    """Something about signing in, signing or a refusal, from an address."""

    id: int
    at: datetime
    event: str
    person: str | None
    address: str
    detail: str


class Security:
    """Looks and security events as one unit of work sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def look(
        self, person: str, seen: Iterable[tuple[str, str]], *, place: str, at: datetime
    ) -> None:
        """Record what a person saw, each by kind and key."""
        rows = [
            {"at": at, "person": person, "kind": kind, "key": key, "place": place}
            for kind, key in dict.fromkeys(seen)
        ]
        if rows:
            self._connection.execute(looks.insert(), rows)

    def note(
        self, event: str, *, person: str | None, address: str, at: datetime, detail: str = ""
    ) -> None:
        """Record an event (`noun.verb`)."""
        self._connection.execute(
            security_events.insert().values(
                at=at, event=event, person=person, address=address, detail=detail
            )
        )

    def looks(
        self, *, person: str | None = None, before: int | None = None, limit: int = 100
    ) -> Sequence[Look]:
        """Return looks, the latest first, below a number."""
        query = select(looks).order_by(looks.c.id.desc()).limit(limit)
        if person is not None:
            query = query.where(looks.c.person == person)
        if before is not None:
            query = query.where(looks.c.id < before)
        return [Look(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def events(
        self, *, person: str | None = None, event: str | None = None,
        before: int | None = None, limit: int = 100,
    ) -> Sequence[SecurityEvent]:  # fmt: skip
        """Return security events, the latest first, below a number."""
        table = security_events
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if person is not None:
            query = query.where(table.c.person == person)
        if event is not None:
            query = query.where(table.c.event == event)
        if before is not None:
            query = query.where(table.c.id < before)
        return [SecurityEvent(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001
