"""Letters (函) in the store: one per key, changed by compare-and-set, numbered without gaps."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from hub.domain.letter import Letter, LetterKind, LetterState, Papers, Reply
from hub.errors import Rejected
from hub.store.schema.reconciliation import letter_items, letter_serials, letters
from hub.store.writes import insert_new, next_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row

_NESTED: Final = frozenset({"id", "version", "kind", "state", "papers", "reply"})
_PLAIN: Final = tuple(f.name for f in fields(Letter) if f.name not in _NESTED)


class Letters:
    """The letters that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, letter: Letter, *, items: Iterable[int] = ()) -> Letter:
        """Add a letter about discrepancies; `Rejected` when there is one of its key already."""
        values = {**_row_of(letter), "version": 1}
        if not insert_new(self._connection, letters, **values):
            raise Rejected("letter_exists", key=letter.key)
        added = next(self._where(letters.c.key == letter.key))
        self._set_items(added.id, items)
        return added

    def get(self, letter_id: int) -> Letter:
        """Return one letter; `Rejected` when there is none."""
        found = next(self._where(letters.c.id == letter_id), None)
        if found is None:
            raise Rejected("letter_missing", id=letter_id)
        return found

    def of_key(self, key: str) -> Letter | None:
        """Return the letter of a key, if it was ever drafted."""
        return next(self._where(letters.c.key == key), None)

    def due(self, on: date) -> list[Letter]:
        """Return the letters whose reply was due before a day and has not come."""
        awaiting = letters.c.state.in_([LetterState.SENT.value, LetterState.OVERDUE.value])
        return list(self._where(awaiting, letters.c.due_on < on))

    def save(self, changed: Letter, *, items: Iterable[int] | None = None) -> Letter:
        """Write a changed letter; `Rejected` when somebody else changed it meanwhile.

        `items` replaces what it asks about, as when a draft is drafted again.
        """
        c = letters.c
        done = self._connection.execute(
            letters.update()
            .where(c.id == changed.id, c.version == changed.version)
            .values(**_row_of(changed), version=changed.version + 1)
        )
        if done.rowcount != 1:
            raise Rejected("letter_changed", id=changed.id)
        if items is not None:
            mine = letter_items.c.letter_id == changed.id
            self._connection.execute(letter_items.delete().where(mine))
            self._set_items(changed.id, items)
        return replace(changed, version=changed.version + 1)

    def next_serial(self, year: int) -> int:
        """Return the next serial number of a year; a unit that fails gives it back."""
        return next_number(self._connection, letter_serials, number="last", year=year)

    def items(self, letter_id: int) -> list[int]:
        """Return the discrepancies that a letter asks about, by id."""
        c = letter_items.c
        query = select(c.discrepancy_id).where(c.letter_id == letter_id).order_by(c.discrepancy_id)
        return list(self._connection.execute(query).scalars())

    def list(self, state: LetterState | None = None) -> list[Letter]:
        """Return letters, oldest first."""
        wanted = () if state is None else (letters.c.state == state.value,)
        return list(self._where(*wanted))

    def _set_items(self, letter_id: int, items: Iterable[int]) -> None:
        rows = [{"letter_id": letter_id, "discrepancy_id": one} for one in sorted(set(items))]
        if rows:
            self._connection.execute(letter_items.insert(), rows)

    def _where(self, *conditions: ColumnElement[bool]) -> Iterator[Letter]:
        query = select(letters).where(*conditions).order_by(letters.c.id)
        return (letter_of(row) for row in self._connection.execute(query))


def _row_of(letter: Letter) -> dict[str, Any]:
    """Return every column of a letter except `id` and `version`."""
    papers, reply = letter.papers, letter.reply
    return {
        **{name: getattr(letter, name) for name in _PLAIN},
        "kind": letter.kind.value,
        "state": letter.state.value,
        "pdf_sha256": papers.pdf_sha256 if papers else None,
        "docx_sha256": papers.docx_sha256 if papers else None,
        "annex_sha256": papers.annex_sha256 if papers else None,
        "reply_sha256": reply.sha256 if reply else None,
        "reply_note": reply.note if reply else None,
        "reply_person": reply.person if reply else None,
        "reply_on": reply.on if reply else None,
    }


def letter_of(row: Row[Any]) -> Letter:
    """Return the letter that a row holds."""
    papers = reply = None
    if row.docx_sha256 is not None:
        papers = Papers(
            pdf_sha256=row.pdf_sha256, docx_sha256=row.docx_sha256, annex_sha256=row.annex_sha256
        )
    if row.reply_sha256 is not None:
        reply = Reply(
            sha256=row.reply_sha256, note=row.reply_note, person=row.reply_person, on=row.reply_on
        )
    return Letter(
        **{name: getattr(row, name) for name in _PLAIN},
        id=row.id,
        version=row.version,
        kind=LetterKind(row.kind),
        state=LetterState(row.state),
        papers=papers,
        reply=reply,
    )
