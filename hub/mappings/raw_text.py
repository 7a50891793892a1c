"""The bytes of one record in a file as it was received, with what stands around it.

Readers record a line, or the number of a record where a form has no lines of its own (XML). Both
are found again in the bytes without reading the file as a layout: nothing is interpreted here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.mappings.layout import Form

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.layout import Layout

CHUNK_BYTES: Final = 1 << 20
LINE_BYTES_SHOWN_MAX: Final = 16 * 1024
RECORD_BYTES_MAX: Final = 256 * 1024
AROUND_BYTES: Final = 400
LINES: Final = frozenset({Form.DELIMITED, Form.FIXED, Form.MT940, Form.SHEET})
RECORDS: Final = {Form.CAMT: "Ntry"}
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NOT_BOOKED: Final = re.compile(rb"<(?:\w+:)?Sts>\s*(?:<(?:\w+:)?Cd>)?\s*(?:PDNG|INFO|FUTR)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some bytes of a file: a line, or a record and its surroundings. `number` counts from 1."""

    number: int | None
    byte_offset: int
    raw: bytes
    is_it: bool

    def text(self, codec: str) -> str:
        """Return the bytes as text; what does not belong to the encoding shows as U+FFFD."""
        return self.raw.decode(codec, errors="replace")


def pieces(path: Path, layout: Layout, number: int, *, around: int) -> list[Piece]:
    """Return the record that a reader called `number`, with `around` lines before and after.

    Nothing when it cannot be told by its bytes, as in a workbook.
    """
    with path.open("rb") as file:
        if layout.form in LINES:
            head = file.read(4)
            if head.startswith(_WORKBOOKS):
                return []
            return _lines(file, number, around)
        if layout.form is Form.XML or layout.form in RECORDS:
            return _record(file, layout, number)
    return []


def _lines(file: BinaryIO, number: int, around: int) -> list[Piece]:
    first = max(1, number - around)
    offset = _line_offset(file, first)
    if offset is None:
        return []
    file.seek(offset)
    found = []
    for n in range(first, number + around + 1):
        raw = file.readline()
        if not raw:
            break
        shown = raw.rstrip(b"\r\n")[:LINE_BYTES_SHOWN_MAX]
        found.append(Piece(number=n, byte_offset=offset, raw=shown, is_it=n == number))
        offset += len(raw)
    return found if any(one.is_it for one in found) else []


def _line_offset(file: BinaryIO, number: int) -> int | None:
    """Return where a line begins."""
    file.seek(0)
    seen, base = 1, 0
    if number == 1:
        return 0
    while chunk := file.read(CHUNK_BYTES):
        ends = chunk.count(b"\n")
        if seen + ends >= number:
            at = -1
            for _ in range(number - seen):
                at = chunk.index(b"\n", at + 1)
            return base + at + 1
        seen += ends
        base += len(chunk)
    return None


def _record(file: BinaryIO, layout: Layout, number: int) -> list[Piece]:
    """Return the n-th record of XML. No encoding that layouts know hides `<` in a character."""
    name = RECORDS.get(layout.form) or (layout.item.path or "").rpartition("/")[2]
    if not name:
        return []
    file.seek(0)
    content = file.read()  # intake limits the size of a file
    begins = re.compile(rb"<((?:[\w.-]+:)?" + re.escape(name.encode()) + rb")(?=[\s>])")
    seen = 0
    for match in begins.finditer(content):
        end = b"</" + match[1] + b">"
        stop = content.find(end, match.end())
        if stop < 0 or stop - match.start() > RECORD_BYTES_MAX:
            return []
        stop += len(end)
        if layout.form is Form.CAMT and _NOT_BOOKED.search(content, match.start(), stop):
            continue
        seen += 1
        if seen == number:
            return _with_surroundings(content, match.start(), stop, number)
    return []


def _with_surroundings(content: bytes, start: int, stop: int, number: int) -> list[Piece]:
    # a piece must not begin or end inside a character: it begins and ends with a tag
    before = content.find(b"<", max(0, start - AROUND_BYTES), start)
    after = content.rfind(b">", stop, stop + AROUND_BYTES)
    found = [Piece(number=number, byte_offset=start, raw=content[start:stop], is_it=True)]
    if before >= 0:
        raw = content[before:start]
        found.insert(0, Piece(number=None, byte_offset=before, raw=raw, is_it=False))
    if after >= 0:
        raw = content[stop : after + 1]
        found.append(Piece(number=None, byte_offset=stop, raw=raw, is_it=False))
    return found
