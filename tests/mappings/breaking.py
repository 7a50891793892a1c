"""Breaks a sample on purpose, whatever its form: the same mistake in text and in XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hub.mappings.delimited import split
from hub.mappings.fixed import NUMERIC, spans
from hub.mappings.layout import Form

if TYPE_CHECKING:
    from hub.mappings.layout import Field, Layout, RecordShape

BAD_BYTE = b"\xff"  # starts no character in UTF-8, GBK or GB18030


def without_first_item(layout: Layout, raw: bytes) -> bytes:
    begin, end = _span(layout, layout.item, raw)
    return raw[:begin] + raw[end:]


def with_item_twice(layout: Layout, raw: bytes) -> bytes:
    begin, end = _span(layout, layout.item, raw)
    return raw[:end] + raw[begin:end] + raw[end:]


def with_bad_byte(layout: Layout, raw: bytes) -> tuple[bytes, int]:
    """Return the sample with one byte broken, and where."""
    begin, _ = _span(layout, layout.item, raw)
    return raw[:begin] + BAD_BYTE + raw[begin + 1 :], begin


def truncated(layout: Layout, raw: bytes) -> bytes:
    """Return the sample without its last line end and the character before."""
    return raw[: -len(layout.newline) - 1]


def with_field(layout: Layout, raw: bytes, shape: RecordShape, field: Field, text: str) -> bytes:
    """Return the sample with another text in the first record of a shape."""
    begin, end = _span(layout, shape, raw)
    record = raw[begin:end]
    index = shape.stored.index(field)
    if layout.form is Form.XML:
        tag = (field.path or "").split("/")[-1].encode()
        new = re.sub(
            rb"<%b>[^<]*</%b>" % (tag, tag),
            b"<%b>%b</%b>" % (tag, text.encode(layout.codec), tag),
            record,
            count=1,
        )
    elif layout.form is Form.FIXED:
        first, last = spans(layout, shape)[index]
        raw_text = text.encode(layout.codec)
        numeric = field.type in NUMERIC
        filled = raw_text.rjust(last - first, b"0") if numeric else raw_text.ljust(last - first)
        new = record[:first] + filled + record[last:]
    else:
        newline = layout.newline.encode()
        line = record.removesuffix(newline).decode(layout.codec)
        cells = [value for _, value in split(line, layout) or []]
        cells[index + (shape.tag is not None)] = text
        new = layout.delimiter.join(cells).encode(layout.codec) + newline
    assert new != record
    return raw[:begin] + new + raw[end:]


def _span(layout: Layout, shape: RecordShape, raw: bytes) -> tuple[int, int]:
    """Return where the first record of a shape begins and ends."""
    if layout.form is Form.XML:
        tag = (shape.path or "").split("/")[-1].encode()
        found = re.search(rb"<%b>.*?</%b>" % (tag, tag), raw, re.DOTALL)
        assert found is not None
        return found.span()
    offset = 0
    for number, line in enumerate(raw.splitlines(keepends=True)):
        if _is_of(layout, shape, line, number):
            return offset, offset + len(line)
        offset += len(line)
    raise AssertionError(f"no {shape.name} in the sample")


def _is_of(layout: Layout, shape: RecordShape, line: bytes, number: int) -> bool:
    mark = layout.delimiter if layout.form is Form.DELIMITED else ""
    tags = [f"{s.tag}{mark}".encode(layout.codec) for s in layout.records if s.tag and s.stored]
    if shape.tag is not None:
        return line.startswith(f"{shape.tag}{mark}".encode(layout.codec))
    if any(line.startswith(tag) for tag in tags):
        return False
    first = layout.records[0]
    before = int(layout.names or (first.tag is None and not first.repeat))
    return number >= before if shape.repeat else number == 0
