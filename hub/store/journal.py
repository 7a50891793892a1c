"""Journal (审计流水): every decision, each row bound to the one before it by a hash.

`h_n = SHA256(0x00 || h_(n-1) || canonical JSON of row n)`, numbered without gaps. Whoever changes
a row must change all that follow, and then differs from every head that was exported before.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import select, text

from hub.store.schema.metadata import instant_text
from hub.store.schema.spine import journal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Row, Select

_HEAD: Final = select(journal.c.n, journal.c.hash).order_by(journal.c.n.desc()).limit(1)
GENESIS: Final = "0" * 64
_AT_ONCE: Final = 500  # subjects asked for in one query
_STREAM_ROWS: Final = 5_000
_LOCK: Final = 0x6875625F6A6F75  # "hub_jou": one unit at a time gives out numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last row at some time; kept elsewhere, it proves that nothing before it was changed."""

    n: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row: which event, about what, by which actor and person, with which facts (JSON)."""

    n: int
    at: datetime
    event: str
    subject: str
    actor: str
    person: str | None
    facts: str
    hash: str

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the entry that a row of the table holds."""
        return cls(**row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name

    def hash_after(self, previous: str) -> str:
        """Return the hash that this row must have after a row with hash `previous`."""
        names = (f.name for f in fields(self) if f.name not in ("at", "hash"))
        row = {**{name: getattr(self, name) for name in names}, "at": instant_text(self.at)}
        return hashlib.sha256(
            b"\0" + bytes.fromhex(previous) + _canonical(row).encode()
        ).hexdigest()


class Journal:
    """The journal that one unit of work sees and adds to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._noted: list[dict[str, Any]] = []

    def note(
        self,
        event: str,
        subject: str,
        *,
        at: datetime,
        actor: str,
        person: str | None = None,
        **facts: Any,  # noqa: ANN401 -- whatever JSON can hold; no identity or account numbers
    ) -> None:
        """Note a decision (`noun.verb`) about a subject (`table:id`), with this unit of work.

        The row is written last, just before the unit commits: then the lock on the chain is held
        shortest, and always taken after every other lock.
        """
        self._noted.append(
            {"at": at, "event": event, "subject": subject, "actor": actor, "person": person,
             "facts": _canonical(facts)}
        )  # fmt: skip

    def write(self) -> None:
        """Append what was noted; the unit of work does this when it ends."""
        if not self._noted:
            return
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        head = self.head()
        rows = []
        for noted in self._noted:
            entry = Entry(**noted, n=head.n + 1, hash="")
            head = Head(n=entry.n, hash=entry.hash_after(head.hash))
            rows.append({**noted, "n": head.n, "hash": head.hash})
        self._connection.execute(journal.insert(), rows)
        self._noted.clear()

    def head(self) -> Head:
        """Return the last row's number and hash; number 0 while there is none."""
        row = self._connection.execute(_HEAD).one_or_none()
        return Head(n=row.n, hash=row.hash) if row else Head(n=0, hash=GENESIS)

    def after(self, n: int, *, limit: int) -> list[Entry]:
        """Return the rows that follow row `n`, in order."""
        query = select(journal).where(journal.c.n > n).order_by(journal.c.n).limit(limit)
        return list(self._all(query))

    def happened(self, *events: str) -> Iterator[Entry]:
        """Stream every row of some events, in order, without reading the others."""
        query = select(journal).where(journal.c.event.in_(events)).order_by(journal.c.n)
        rows = self._connection.execute(query.execution_options(yield_per=_STREAM_ROWS))
        return (Entry.from_row(row) for row in rows)

    def of_event(self, event: str, *, after: int, limit: int) -> Sequence[Entry]:
        """Return the rows of one event that follow row `after`, in order."""
        c = journal.c
        query = select(journal).where(c.event == event, c.n > after).order_by(c.n).limit(limit)
        return self._all(query)

    def about(self, subjects: Collection[str]) -> Sequence[Entry]:
        """Return every row about any of some subjects, in order."""
        found: dict[int, Entry] = {}
        wanted = sorted(subjects)
        for start in range(0, len(wanted), _AT_ONCE):
            some = journal.c.subject.in_(wanted[start : start + _AT_ONCE])
            found |= {entry.n: entry for entry in self._all(select(journal).where(some))}
        return [found[n] for n in sorted(found)]

    def between(self, first: int, last: int) -> Sequence[Entry]:
        """Return the rows from one number to another, in order."""
        numbered = journal.c.n.between(first, last)
        return self._all(select(journal).where(numbered).order_by(journal.c.n))

    def list(
        self, *, subject: str | None = None, event: str | None = None, limit: int = 100
    ) -> list[Entry]:
        """Return rows, the latest first."""
        query = select(journal).order_by(journal.c.n.desc()).limit(limit)
        if subject is not None:
            query = query.where(journal.c.subject == subject)
        if event is not None:
            query = query.where(journal.c.event == event)
        return list(self._all(query))

    def _all(self, query: Select[Any]) -> Sequence[Entry]:
        return [Entry.from_row(row) for row in self._connection.execute(query)]


def _canonical(value: object) -> str:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
    )


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a journal's fact cannot be a {type(value).__name__}")
