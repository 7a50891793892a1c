"""Discrepancies (差异) in the store: opened once, changed by compare-and-set, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from hub.domain.discrepancy import Cause, Difference, Discrepancy, Ending, State
from hub.errors import Rejected
from hub.store.discrepancy_rows import discrepancy_of, row_of
from hub.store.merging import Merge, Merged, Opened, merge
from hub.store.schema.reconciliation import discrepancies, discrepancy_notes
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

LISTED_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that happened to a discrepancy; `person` is `None` when the hub did it."""

    at: datetime
    event: str
    person: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which discrepancies somebody wants to see; `None` means any."""

    states: frozenset[State] | None = None
    cause: Cause | None = None
    owner: str | None = None
    partner: str | None = None
    opened_until: date | None = None


class Discrepancies:
    """The discrepancies that one unit of work sees."""

    def __init__(self, connection: Connection, opened: Opened | None = None) -> None:
        self._connection = connection
        self._opened = opened  # is told of each that is new

    def get(self, discrepancy_id: int, *, version: int | None = None) -> Discrepancy:
        """Return one discrepancy; `Rejected` when there is none, or none of that version."""
        found = next(self._where(discrepancies.c.id == discrepancy_id), None)
        if found is None:
            raise Rejected("discrepancy_missing", id=discrepancy_id)
        if version is not None and found.version != version:
            raise Rejected("discrepancy_changed", id=discrepancy_id)
        return found

    def of_key(self, key: str) -> Discrepancy | None:
        """Return the discrepancy of a difference, if it was ever opened."""
        return next(self._where(discrepancies.c.key == key), None)

    def count_alive(self) -> int:
        """Return how many discrepancies are not closed."""
        alive = discrepancies.c.state != State.CLOSED.value
        query = select(func.count()).select_from(discrepancies).where(alive)
        return int(self._connection.execute(query).scalar_one())

    def open(self, difference: Difference, *, owner: str, on: date, at: datetime) -> Discrepancy:
        """Open a discrepancy, or show the one of this key what the facts say now."""
        fresh = Discrepancy(id=0, difference=difference, owner=owner, opened_on=on, seen_on=on)
        values = {**row_of(fresh), "version": 1}
        is_new = insert_new(self._connection, discrepancies, **values)
        known = next(self._where(discrepancies.c.key == difference.key, lock=True))
        if is_new:
            self.note(known.id, "opened", at=at, text=difference.cause.value)
            if self._opened is not None:
                self._opened(known, at)
            return known
        seen = known.observe(difference, on=on)
        if seen == known:
            return known
        if seen.state is not known.state:
            self.note(known.id, "reopened", at=at, text=difference.cause.value)
        return self.save(seen)

    def end(self, key: str, how: Ending, *, at: datetime) -> Discrepancy | None:
        """Close by itself what is open under a key; `None` when nothing is."""
        known = next(self._where(discrepancies.c.key == key, lock=True), None)
        if known is None or known.state is State.CLOSED:
            return None
        self.note(known.id, how.value, at=at)
        return self.save(known.end(how, at=at))

    def save(self, changed: Discrepancy) -> Discrepancy:
        """Write a changed discrepancy; `Rejected` when somebody else changed it meanwhile."""
        c = discrepancies.c
        done = self._connection.execute(
            discrepancies.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("discrepancy_changed", id=changed.id)
        return self.get(changed.id)

    def note(
        self,
        discrepancy_id: int,
        event: str,
        *,
        at: datetime,
        person: str | None = None,
        text: str | None = None,
    ) -> None:
        """Add to the history of a discrepancy."""
        self._connection.execute(
            discrepancy_notes.insert().values(
                discrepancy_id=discrepancy_id, at=at, event=event, person=person, text=text
            )
        )

    def notes(self, discrepancy_id: int) -> list[Note]:
        """Return the history of a discrepancy, oldest first."""
        c = discrepancy_notes.c
        query = select(c.at, c.event, c.person, c.text).where(c.discrepancy_id == discrepancy_id)
        rows = self._connection.execute(query.order_by(c.id))
        return [Note(at=at, event=event, person=who, text=text) for at, event, who, text in rows]

    def merge(self, found: Iterable[Difference], terms: Merge) -> Merged:
        """Take the differences that one run found: see `hub.store.merging.merge`."""
        return merge(self._connection, found, terms, self._opened)

    def list(self, wanted: Wanted, *, limit: int = LISTED_MAX) -> list[Discrepancy]:
        """Return the discrepancies that are wanted, oldest first, at most `limit`."""
        c = discrepancies.c
        conditions = [
            column == value
            for column, value in (
                (c.cause, wanted.cause and wanted.cause.value),
                (c.owner, wanted.owner),
                (c.partner, wanted.partner),
            )
            if value is not None
        ]
        if wanted.states is not None:
            conditions.append(c.state.in_(sorted(state.value for state in wanted.states)))
        if wanted.opened_until is not None:
            conditions.append(c.opened_on <= wanted.opened_until)
        return list(self._where(*conditions, limit=limit))

    def _where(
        self, *conditions: ColumnElement[bool], lock: bool = False, limit: int | None = None
    ) -> Iterator[Discrepancy]:
        query: Any = select(discrepancies).where(*conditions).order_by(discrepancies.c.id)
        if limit is not None:
            query = query.limit(limit)
        if lock:
            query = query.with_for_update()  # SQLite has the whole file already (BEGIN IMMEDIATE)
        return (discrepancy_of(row) for row in self._connection.execute(query))
