"""Merges what one run found into the discrepancies that people see.

The identity of a difference is its key, so a difference found again keeps its owner, its age and
its history. What is found no more ends by itself, because the money came. Differences stream
through in chunks: a run may find millions, and only those that people see are held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import select

from hub.domain.discrepancy import (
    Difference,
    Discrepancy,
    Ending,
    Event,
    Level,
    State,
    key_of,
)
from hub.store.discrepancy_rows import discrepancy_of, row_of
from hub.store.schema.reconciliation import discrepancies, discrepancy_notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy import Connection

T = TypeVar("T")
Opened = Callable[[Discrepancy, datetime], None]
"""Is told of a discrepancy that is new, and when."""

CHUNK_ROWS: Final = 500  # below the number of parameters that any database takes


@dataclass(slots=True, kw_only=True)
class Merged:
    """What a merge did; `flooded` counts differences that are only in their sum."""

    opened: int = 0
    changed: int = 0
    reopened: int = 0
    ended: int = 0
    kept: int = 0
    flooded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """The terms of one merge.

    `flood_sha256`: too many differences to list, and where they are; new ones are then summed
    by verdict and insurance kind instead of being opened one by one. `end_others` is false when
    a source was missing: what nobody could judge has not been cleared.
    """

    on: date
    at: datetime
    owner_of: Callable[[Difference], str]
    end_others: bool
    flood_sha256: str | None = None


def merge(
    connection: Connection,
    found: Iterable[Difference],
    terms: Merge,
    opened: Opened | None = None,
) -> Merged:
    """Open what is new, show known ones what the facts say, end what is found no more.

    Merging the same differences again changes nothing.
    """
    work = _Work(connection, terms, opened)
    for chunk in _chunks(found):
        work.take(chunk)
    floods = work.floods()
    if floods:
        work.open_or_observe(floods)
    if terms.end_others:
        work.end_unseen()
    work.write_notes()
    return work.merged


class _Work:
    """One merge under way."""

    def __init__(self, connection: Connection, terms: Merge, tell: Opened | None) -> None:
        self.merged = Merged()
        self._connection = connection
        self._terms = terms
        self._tell = tell
        self._seen: set[int] = set()
        self._notes: list[dict[str, Any]] = []
        self._flood: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def take(self, chunk: Sequence[Difference]) -> None:
        if self._terms.flood_sha256 is None:
            self.open_or_observe(chunk)
            return
        known = self._known(chunk)
        for difference in chunk:
            if difference.key not in known:
                group = self._flood[(difference.cause.value, difference.insurance_kind or "")]
                group[0] += 1
                group[1] += difference.amount_fen
                self.merged.flooded += 1
        self._observe(known, [d for d in chunk if d.key in known])

    def open_or_observe(self, chunk: Sequence[Difference]) -> None:
        known = self._known(chunk)
        self._observe(known, [d for d in chunk if d.key in known])
        self._open([d for d in chunk if d.key not in known])

    def floods(self) -> list[Difference]:
        """Return one difference for each verdict and kind that is only in its sum."""
        return [
            Difference(
                key=key_of(Level.DAY, Event.FLOOD.value, verdict, kind),
                level=Level.DAY,
                cause=Event.FLOOD,
                amount_fen=amount_fen,
                insurance_kind=kind or None,
                count=count,
                rule=verdict,
                detail_sha256=self._terms.flood_sha256,
            )
            for (verdict, kind), (count, amount_fen) in sorted(self._flood.items())
        ]

    def end_unseen(self) -> None:
        c = discrepancies.c
        alive = select(discrepancies).where(
            c.state != State.CLOSED.value, c.level != Level.EVENT.value
        )
        for row in self._connection.execute(alive.with_for_update()).all():
            if row.id not in self._seen:
                known = discrepancy_of(row)
                ended = known.end(Ending.CLEARED, at=self._terms.at)
                self._save(ended, event=Ending.CLEARED.value)
                self.merged.ended += 1

    def write_notes(self) -> None:
        for chunk in _chunks(self._notes):
            self._connection.execute(discrepancy_notes.insert(), chunk)

    def _known(self, chunk: Sequence[Difference]) -> dict[str, Discrepancy]:
        keys = [difference.key for difference in chunk]
        query = select(discrepancies).where(discrepancies.c.key.in_(keys)).with_for_update()
        return {row.key: discrepancy_of(row) for row in self._connection.execute(query)}

    def _observe(self, known: dict[str, Discrepancy], chunk: Sequence[Difference]) -> None:
        for difference in chunk:
            before = known[difference.key]
            after = before.observe(difference, on=self._terms.on)
            self._seen.add(before.id)
            text = f"{before.difference.cause.value} -> {after.difference.cause.value}"
            if before.state is not after.state:
                self.merged.reopened += 1
                self._save(after, event="reopened", text=text)
            elif before.difference != after.difference:
                self.merged.changed += 1
                self._save(after, event="changed", text=text)
            else:
                self.merged.kept += 1
        self._touch([known[d.key].id for d in chunk])

    def _touch(self, ids: Sequence[int]) -> None:
        # passing by is no change: it leaves the version alone that a person may be looking at
        c = discrepancies.c
        stale = c.id.in_(ids) & (c.seen_on < self._terms.on)
        self._connection.execute(discrepancies.update().where(stale).values(seen_on=self._terms.on))

    def _open(self, chunk: Sequence[Difference]) -> None:
        if not chunk:
            return
        terms = self._terms
        rows = []
        for difference in chunk:
            fresh = Discrepancy(
                id=0,
                difference=difference,
                owner=terms.owner_of(difference),
                opened_on=terms.on,
                seen_on=terms.on,
            )
            rows.append({**row_of(fresh), "version": 1})
        self._connection.execute(discrepancies.insert(), rows)
        for opened in self._known(chunk).values():
            self._seen.add(opened.id)
            self._note(opened.id, "opened", opened.difference.cause.value)
            if self._tell is not None:
                self._tell(opened, terms.at)
        self.merged.opened += len(rows)

    def _save(self, changed: Discrepancy, *, event: str, text: str | None = None) -> None:
        # the row is locked since it was read, so nobody can have changed it in between
        self._connection.execute(
            discrepancies.update()
            .where(discrepancies.c.id == changed.id)
            .values(**row_of(changed), version=changed.version + 1)
        )
        self._note(changed.id, event, text)

    def _note(self, discrepancy_id: int, event: str, text: str | None = None) -> None:
        self._notes.append(
            {
                "discrepancy_id": discrepancy_id,
                "at": self._terms.at,
                "event": event,
                "person": None,
                "text": text,
            }
        )


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK_ROWS)):
        yield chunk
