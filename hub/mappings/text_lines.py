"""Lines of a text file, strictly: their bytes, text, number and place; nothing is repaired.

- Lines end exactly as the layout says. A last line without its end is taken only where controls
  (合计) prove that nothing was cut off; otherwise an amount could have lost its last digit.
- The encoding is the declared one. A byte order mark of UTF-8 at the start is dropped.
- Splitting at byte 0x0A is safe: neither UTF-8 nor GB18030 has it inside a character.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout

UTF8_MARK: Final = b"\xef\xbb\xbf"
MARKS: Final = (UTF8_MARK, b"\xff\xfe", b"\xfe\xff")
"""Byte order marks of UTF-8 and UTF-16; only the first is known here, and only in UTF-8."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end: `number` counts from 1, `byte_offset` is where it begins."""

    number: int
    byte_offset: int
    raw: bytes
    text: str


def lines(layout: Layout, content: BinaryIO, *, file: str, line_bytes_max: int) -> Iterator[Line]:
    """Yield the lines of a file; `file_empty` if there is not one byte in it."""
    newline = layout.newline.encode("ascii")
    codec, offset, number = layout.codec, 0, 0
    while raw := content.readline(line_bytes_max + len(newline) + 1):
        number += 1
        begins = offset
        offset += len(raw)
        if number == 1 and raw.startswith(MARKS):
            begins = _after_mark(raw, layout, file)
            raw = raw[begins:]
        ended = raw.removesuffix(newline)
        if len(ended) == len(raw) or len(ended) > line_bytes_max or ended.endswith(b"\r"):
            place = Place(file=file, line=number, byte_offset=begins)
            ended = _without_end(raw, newline, layout, line_bytes_max, place)
        try:
            text = ended.decode(codec)
        except UnicodeDecodeError:  # to be said with its place
            text = decoded(ended, codec, Place(file=file, line=number, byte_offset=begins))
        yield Line(number, begins, ended, text)
    if offset == 0:
        raise Rejected("file_empty", place=Place(file=file, byte_offset=0))


def decoded(raw: bytes, codec: str, place: Place) -> str:
    """Return the text of bytes that begin at `place`; `encoding_broken` at the first bad byte."""
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        offset = (place.byte_offset or 0) + error.start
        at = Place(file=place.file, line=place.line, field=place.field, byte_offset=offset)
        raise Rejected(
            "encoding_broken", place=at, encoding=codec, found=raw[error.start : error.end].hex()
        ) from error


def _after_mark(raw: bytes, layout: Layout, file: str) -> int:
    """Return how long the mark of UTF-8 is; the mark of another encoding is refused.

    GB18030 would take that of UTF-8 as a rare character and go on with garbled names.
    """
    if layout.codec == "utf-8" and raw.startswith(UTF8_MARK):
        return len(UTF8_MARK)
    place = Place(file=file, line=1, byte_offset=0)
    found = next(mark for mark in MARKS if raw.startswith(mark)).hex()
    raise Rejected("encoding_broken", place=place, encoding=layout.codec, found=found)


def _without_end(
    raw: bytes, newline: bytes, layout: Layout, line_bytes_max: int, place: Place
) -> bytes:
    if raw.endswith(newline):
        ended = raw[: -len(newline)]
        if len(ended) > line_bytes_max:
            raise Rejected("line_too_long", place=place, bytes_max=line_bytes_max)
        if not ended.endswith(b"\r"):
            return ended
    elif not raw.endswith(b"\n"):
        if len(raw) > line_bytes_max:
            raise Rejected("line_too_long", place=place, bytes_max=line_bytes_max)
        if layout.controls:
            return raw
        raise Rejected("line_unfinished", place=place)
    raise Rejected("line_end_wrong", place=place, expected=layout.newline.encode().hex())
