"""A bulk text file in blocks of whole lines, checked as bytes and turned into UTF-8.

DuckDB and Arrow read UTF-8 only, so other encodings are transcoded first, strictly. What can be
wrong with bytes (an overlong line, another line end, a control character, a broken character) is
looked for in a whole block at once; where something is odd, the block ends before that line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.mappings.codecs import CONTROL
from hub.mappings.layout import Form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.mappings.layout import Layout

BLOCK_BYTES: Final = 8 * 1024 * 1024  # some 100,000 rows: enough to be fast, little to hold

_LONE_LINE_FEED: Final = re.compile(rb"(?<!\r)\n")
_LINE_FEED: Final = 0x0A
_ASCII_CONTROLS: Final = frozenset(
    code for code in range(0x80) if code != _LINE_FEED and CONTROL.match(chr(code))
)
# The other control characters as UTF-8, found by their first bytes: U+0080-9F, U+2028-9, U+FEFF,
# U+FFFE-F. A test compares this with `CONTROL`.
_OTHER_CONTROLS: Final = (
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"\xe2\x80[\xa8\xa9]"),
    re.compile(rb"\xef(?:\xbb\xbf|\xbf[\xbe\xbf])"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines as received. `first_line` counts from 1, `byte_offset` from 0 in the file."""

    first_line: int
    byte_offset: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """The lines of a block that are fine as bytes, as UTF-8 with line feeds.

    `odd` tells that the line after them is not fine, and the codec has to say why.
    """

    content: bytes
    odd: bool = False

    @property
    def lines(self) -> int:
        """Return the number of lines."""
        return self.content.count(b"\n")


def blocks(
    content: BinaryIO,
    *,
    first_line: int,
    begin: int,
    end: int,
    line_bytes_max: int,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Block]:
    """Yield what is between two places of a file, where lines begin or the file ends.

    A line that is longer than it may be is cut, and found to be so by `raw_lines`.
    """
    content.seek(begin)
    rest = b""
    while begin + len(rest) < end:
        rest += content.read(min(block_bytes, end - begin - len(rest)))
        cut = rest.rfind(b"\n") + 1
        if begin + len(rest) >= end or (not cut and len(rest) > line_bytes_max + len(b"\r\n")):
            cut = len(rest)
        if cut:
            yield Block(first_line, begin, rest[:cut])
            first_line += rest.count(b"\n", 0, cut)
            begin += cut
            rest = rest[cut:]


def raw_lines(block: Block, layout: Layout, *, line_bytes_max: int) -> Text:
    """Return a block's lines, still encoded, up to the first that is not fine as bytes."""
    text = _finished(Text(block.content), layout)
    text = _ended(text, layout.newline.encode())
    text = without(text, _long_line(text.content, line_bytes_max))
    return without(text, _ascii_control(text.content, layout))


def as_utf8(text: Text, codec: str) -> Text:
    """Return lines as UTF-8, up to the first that is not text or has a control character."""
    try:
        decoded = text.content.decode(codec)
    except UnicodeDecodeError as error:
        text = without(text, error.start)
        decoded = text.content.decode(codec)
    if codec != "utf-8":
        text = replace(text, content=decoded.encode())
    for pattern in _OTHER_CONTROLS:
        found = pattern.search(text.content)
        text = without(text, found.start() if found else -1)
    return text


def offset_of(block: Block, line: int) -> int:
    """Return where a line of a block begins in the file; `line` counts from 0 within the block."""
    at = 0
    for _ in range(line):
        at = block.content.index(b"\n", at) + 1
    return block.byte_offset + at


def without(text: Text, at: int) -> Text:
    """Return the lines before the one that has the byte at `at`; all of them if it is negative."""
    if at < 0:
        return text
    return Text(text.content[: text.content.rfind(b"\n", 0, at) + 1], odd=True)


def _finished(text: Text, layout: Layout) -> Text:
    """Finish the file's last line where controls prove that nothing is cut off, else drop it."""
    if text.content.endswith(b"\n"):
        return text
    if layout.controls:
        return Text(text.content + layout.newline.encode())
    return without(text, len(text.content))


def _ended(text: Text, newline: bytes) -> Text:
    """Turn line ends into line feeds. A carriage return elsewhere is a control character."""
    if newline == b"\n":
        return text
    found = _LONE_LINE_FEED.search(text.content)
    text = without(text, found.start() if found else -1)
    return replace(text, content=text.content.replace(newline, b"\n"))


def _long_line(content: bytes, line_bytes_max: int) -> int:
    """Return where a line is that has too many bytes, -1 if there is none."""
    at = 0
    while len(content) - at > line_bytes_max:
        last = content.rfind(b"\n", at, at + line_bytes_max + 1)
        if last < 0:
            return at
        at = last + 1
    return -1


def _ascii_control(content: bytes, layout: Layout) -> int:
    """Return where a control character is; no encoding here has such bytes inside a character."""
    separating = layout.delimiter.encode() if layout.form is Form.DELIMITED else b""
    codes = bytes(_ASCII_CONTROLS - frozenset(separating))
    if len(content.translate(None, codes)) == len(content):
        return -1
    return min(at for at in (content.find(bytes([code])) for code in codes) if at >= 0)
