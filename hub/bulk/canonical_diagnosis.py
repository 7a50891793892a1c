"""What is wrong with a canonical file, row by row: read again slowly once the fast way balked.

Plain Python with the standard CSV reader decides here, and its word is final: a file in which it
finds nothing wrong is written anew in the plainest form, which the fast way then reads.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from hub.bulk.canonical_checks import COLUMNS, problem
from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hub.bulk.canonical_checks import Column

LISTED_MAX: Final = 20


@dataclass(slots=True)
class Rejects:
    """The bad rows of one file: how many there are, and the first of them in words."""

    rows: int = 0
    listed: list[Rejected] = field(default_factory=list)

    def add(self, code: str, place: Place, **facts: Any) -> None:  # noqa: ANN401
        """Count a bad row; keep it if it is among the first."""
        self.rows += 1
        if len(self.listed) < LISTED_MAX:
            self.listed.append(Rejected(code, place=place, **facts))


class RowsRejected(Rejected):
    """A file with bad rows: says what is wrong with the first; `rejects` has more of them."""

    def __init__(self, rejects: Rejects) -> None:
        first = rejects.listed[0]
        super().__init__(
            "canonical_rows", place=first.place, rows=rejects.rows,
            zh=Rejected(first.code, **first.facts).explain("zh"),
            en=Rejected(first.code, **first.facts).explain("en"),
        )  # fmt: skip
        self.rejects = rejects


@dataclass(frozen=True, slots=True)
class _Record:
    """One record of a CSV file and where it begins; `cells` is `None` where it is no CSV."""

    cells: list[str] | None
    line: int
    byte_offset: int


def rewrite(name: str, path: Path, out: Path, *, file: str, offsets: bool) -> None:
    """Write the needed columns of a UTF-8 file to `out`, or raise `RowsRejected`.

    `file` is the name to speak of; `offsets` tells whether bytes of `path` are bytes of it.
    """
    rejects = Rejects()
    columns = COLUMNS[name]
    records = _records(path)
    header = next(records).cells or []
    with out.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for record in records:
            place = Place(
                file=file, line=record.line, byte_offset=record.byte_offset if offsets else None
            )
            cells = _checked(record, header, columns, place, rejects)
            if cells is not None:
                writer.writerow(cells)
    if rejects.rows:
        raise RowsRejected(rejects)


def judge(
    row: Sequence[str | None], columns: Sequence[Column], place: Place, into: Rejects
) -> bool:
    """Tell whether the cells of a row are fine; if not, add the first that is not to `into`."""
    for column, cell in zip(columns, row, strict=True):
        code = problem(cell or "", column)
        if code is not None:
            from hub.mappings.codecs import shown  # noqa: PLC0415 -- only a bad file needs it

            into.add(code, replace(place, field=column.name), found=shown(cell or ""))
            return False
    return True


def _checked(
    record: _Record, header: list[str], columns: Sequence[Column], place: Place, rejects: Rejects
) -> list[str] | None:
    if record.cells is None:
        rejects.add("canonical_csv", place)
        return None
    while len(record.cells) > len(header) and not record.cells[-1]:
        record.cells.pop()  # commas at the end of a line, as some spreadsheets write them
    if len(record.cells) != len(header):
        rejects.add("canonical_fields", place, found=len(record.cells), expected=len(header))
        return None
    named = dict(zip(header, record.cells, strict=True))
    cells = [named[column.name] for column in columns]
    return cells if judge(cells, columns, place, rejects) else None


def _records(path: Path) -> Iterator[_Record]:
    """Yield the records of a file; after one that is no CSV there are no more to be trusted."""
    lines = _Lines(path)
    reader = csv.reader(lines, strict=True)
    while True:
        line, offset = lines.number + 1, lines.offset
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _Record(None, line, offset)
            return
        if cells:  # a blank line is no record
            yield _Record(cells, line, offset)


class _Lines:
    """The lines of a UTF-8 file as the CSV reader takes them, counted."""

    def __init__(self, path: Path) -> None:
        self.number = self.offset = 0
        self._lines = self._read(path)

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _read(self, path: Path) -> Iterator[str]:
        with path.open("rb") as file:
            for raw in file:
                for line in raw.splitlines(keepends=True):  # at LF, CRLF or CR, nothing else
                    text = line.decode("utf-8").removeprefix("" if self.number else "\ufeff")
                    self.number += 1
                    self.offset += len(line)
                    yield text
