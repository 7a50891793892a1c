"""The codec called in by the scan: it alone says what is wrong with a line, and in which words.

A text file can be read from the middle as if everything before had been read: its first lines,
which hold the head, are put before the line in question, and places are counted from there.
"""

from __future__ import annotations

import io
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from hub.errors import Place, Rejected
from hub.mappings.reading import read
from hub.mappings.text_lines import UTF8_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row
    from hub.settings.model import Limits


class Judge:
    """One file, of which the scan has found the first `first_lines` lines to be in order.

    They must be at least one unless the line in question is the first one. `first_rows` of them
    are rows; the others are the line of names and the records before the rows.
    """

    def __init__(self, layout: Layout, path: Path, *, file: str, limits: Limits) -> None:
        self._layout = replace(layout, only={})
        self._path = path
        self._file = file
        self._limits = limits
        self._first = b""
        self._first_lines = self._first_rows = 0

    def begin(self, head_lines: int) -> bool:
        """Take the file's first lines; false if it has no more lines than its head."""
        with self._path.open("rb") as content:
            taken = [
                content.readline(self._limits.line_bytes_max + len(b"\r\n") + 1)
                for _ in range(max(head_lines, 1))
            ]
        self._first = b"".join(taken)
        self._first_lines = len(taken)
        self._first_rows = self._first_lines - head_lines
        return all(line.endswith(b"\n") for line in taken)

    @property
    def head_bytes(self) -> int:
        """Return how many bytes the head has."""
        return 0 if self._first_rows else len(self._first)

    @property
    def names_text(self) -> str:
        """Return the line of names, which `head` has found to be in order."""
        first = (
            self._first.removeprefix(UTF8_MARK) if self._layout.codec == "utf-8" else self._first
        )
        return first.decode(self._layout.codec).rstrip("\r\n")

    def head(self) -> Reading:
        """Read what stands before the rows, and the first of them if there is one."""
        with self._from(1, 0, rows_before=0) as reading:
            next(reading.rows, None)
        return reading

    def refuse(self, line: int, byte_offset: int, *, rows_before: int) -> None:
        """Raise what is wrong with a line; return if nothing is."""
        with self._from(line, byte_offset, rows_before=rows_before) as reading:
            next(reading.rows, None)

    def tail(self, line: int, byte_offset: int, *, rows_before: int) -> Reading:
        """Read the records after the rows. Controls are not judged: the rows are not here."""
        with self._from(line, byte_offset, rows_before=rows_before) as reading:
            try:
                deque(reading.rows, maxlen=0)
            except Rejected as error:
                if error.code != "control_differs":  # the last thing that a reader looks at
                    raise
        reading.places = {
            name: self._moved(place, line, byte_offset) for name, place in reading.places.items()
        }
        return reading

    @contextmanager
    def _from(self, line: int, byte_offset: int, *, rows_before: int) -> Iterator[Reading]:
        """Read on from a line; only rows from there on come."""
        with self._path.open("rb") as content:
            if line == 1:
                yield self._read(content, rows_before)
                return
            content.seek(byte_offset)
            spliced = io.BufferedReader(_Spliced(self._first, content))
            reading = self._read(spliced, rows_before - self._first_rows)
            reading.rows = self._later(reading.rows, line, byte_offset)
            yield reading

    def _read(self, content: BinaryIO, rows_before: int) -> Reading:
        return read(
            self._layout,
            content,
            file=self._file,
            items_max=self._limits.items_max - rows_before,
            line_bytes_max=self._limits.line_bytes_max,
        )

    def _later(self, rows: Iterator[Row], line: int, byte_offset: int) -> Iterator[Row]:
        try:
            for row in rows:
                if row.line > self._first_lines:
                    yield row
        except Rejected as error:
            place = self._moved(error.place, line, byte_offset)
            facts = dict(error.facts)
            if "items_max" in facts:  # what was left of it
                facts["items_max"] = self._limits.items_max
            raise Rejected(error.code, place=place, **facts) from error

    def _moved(self, place: Place, line: int, byte_offset: int) -> Place:
        """Return a place of the spliced lines as one of the file."""
        if line == 1 or place.line is None or place.line <= self._first_lines:
            return place
        offset = place.byte_offset
        if offset is not None:
            offset += byte_offset - len(self._first)
        return replace(place, line=place.line + line - self._first_lines - 1, byte_offset=offset)


class _Spliced(io.RawIOBase):
    """Some bytes, and then what follows in a file."""

    def __init__(self, first: bytes, rest: BinaryIO) -> None:
        self._parts = (io.BytesIO(first), rest)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        room = memoryview(buffer)
        for part in self._parts:
            if taken := part.read(len(room)):
                room[: len(taken)] = taken
                return len(taken)
        return 0
