"""Fixed-width lines for the scan: a separator goes between the fields, and they are delimited.

Widths count encoded bytes, so this happens before the text is decoded. A block of lines of one
length is a matrix of bytes, and its columns are copied one by one, all rows at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from hub.bulk.blocks import Text, without
from hub.mappings.fixed import NUMERIC, spans

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from hub.mappings.layout import Layout

SEPARATOR: Final = "\x1f"  # a control character, which no field may hold
_ROWS_AT_ONCE: Final = 1000  # so many lines stay in the processor's cache


def separated(layout: Layout) -> Callable[[Text], Text]:
    """Return what separates the fields of encoded lines, up to the first line of another shape."""
    shape = layout.item
    begins = [begin for begin, _ in spans(layout, shape) if begin > 0]
    width = spans(layout, shape)[-1][1]
    others = [
        s.tag.encode(layout.codec) for s in layout.records if s.tag is not None and not s.repeat
    ]

    def separate(text: Text) -> Text:
        text = without(text, _other_length(text.content, width))
        for tag in others:
            text = without(text, _beginning(text.content, tag))
        return Text(_matrix(text.content, width, begins), text.odd)

    return separate


def unfilled(cells: pa.Table, layout: Layout) -> pa.Table:
    """Return cells without the blanks that fill their width: left of numbers, right of the rest."""
    for field in layout.item.stored:
        index = cells.schema.get_field_index(field.name)
        trim = pc.ascii_ltrim if field.type in NUMERIC else pc.ascii_rtrim
        cells = cells.set_column(index, field.name, trim(cells[field.name], " "))
    return cells


def _matrix(content: bytes, width: int, begins: list[int]) -> bytes:
    """Put a separator before each of the columns `begins`, in all lines."""
    old, new = width + 1, width + 1 + len(begins)
    parts = []
    for begin in range(0, len(content), old * _ROWS_AT_ONCE):
        some = content[begin : begin + old * _ROWS_AT_ONCE]
        separators = SEPARATOR.encode() * (len(some) // old)
        matrix = bytearray(new * len(separators))
        to = 0
        for column in range(old):
            if column in begins:
                matrix[to::new] = separators
                to += 1
            matrix[to::new] = some[column::old]
            to += 1
        parts.append(matrix)
    return b"".join(parts)


def _other_length(content: bytes, width: int) -> int:
    """Return where the first line begins that does not have `width` bytes, -1 if there is none."""
    rows, rest = divmod(len(content), width + 1)
    if not rest and content.count(b"\n") == rows and content[width :: width + 1] == b"\n" * rows:
        return -1
    at = 0
    while content.find(b"\n", at) - at == width:
        at += width + 1
    return at


def _beginning(content: bytes, tag: bytes) -> int:
    """Return where the first line begins that starts with a tag, -1 if there is none."""
    if content.startswith(tag):
        return 0
    found = content.find(b"\n" + tag)
    return found + 1 if found >= 0 else -1
