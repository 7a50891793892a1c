"""Compares rows with what the journal noted when they were added, a page at a time.

Constraints keep rows from contradicting each other; a row that was changed or taken away as a whole
only contradicts the journal, which nobody changes unseen. Rows and journal only grow, so each page
is a short read of its own: years of them take no memory, and on SQLite, where a reader holds up
every commit, nobody waits for longer than a page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from hub.store.audit import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from hub.flows.services import Services
    from hub.store.engine import Store, UnitOfWork
    from hub.store.journal import Entry

PAGE_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: where the next page begins after it, what the journal calls it, what it holds."""

    key: Any
    subject: str
    holds: object


class Kind(Protocol):
    """One table whose rows the journal noted, each in the unit that added it."""

    events: tuple[str, ...]
    first_key: Any  # what comes before every row's

    def page(self, uow: UnitOfWork, after: Any, limit: int) -> Sequence[Row]:  # noqa: ANN401 -- the kind's own
        """Return the rows that follow one, in the order of their keys."""

    def noted(self, facts: dict[str, Any]) -> object | None:
        """Return what an entry says that its row holds; `None` when it says nothing of it."""

    def there(self, uow: UnitOfWork, entries: Collection[Entry]) -> AbstractSet[str]:
        """Return those subjects of entries that have a row."""


def as_journalled(services: Services, kind: Kind) -> Answer:
    """Compare every row with the first entry about it, then look for the rows of all entries."""
    looked, first = 0, None
    for row, told in _rows(services.store, kind):
        looked += 1
        if told is None or row.holds != told:
            first = first or row.subject
    return Answer(looked=looked, first=first or next(_gone(services.store, kind), None))


def _rows(store: Store, kind: Kind) -> Iterator[tuple[Row, object | None]]:
    """Yield each row with what the journal noted of it first; `None` if it noted nothing."""
    after = kind.first_key
    while True:
        with store.read() as uow:
            rows = kind.page(uow, after, PAGE_ROWS)
            told: dict[str, object] = {}
            for entry in uow.journal.about({row.subject for row in rows}):
                noted = kind.noted(json.loads(entry.facts)) if entry.event in kind.events else None
                if noted is not None:
                    told.setdefault(entry.subject, noted)
        for row in rows:
            yield row, told.get(row.subject)
        if len(rows) < PAGE_ROWS:
            return
        after = rows[-1].key


def _gone(store: Store, kind: Kind) -> Iterator[str]:
    """Yield what the journal noted and no row is left of."""
    for event in kind.events:
        after = 0
        while True:
            with store.read() as uow:
                page = uow.journal.of_event(event, after=after, limit=PAGE_ROWS)
                entries = [e for e in page if kind.noted(json.loads(e.facts)) is not None]
                there = kind.there(uow, entries)
            yield from (entry.subject for entry in entries if entry.subject not in there)
            if len(page) < PAGE_ROWS:
                break
            after = page[-1].n
