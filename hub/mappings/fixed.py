"""Fixed-width text (定长文本): widths count encoded bytes, so 张 is two, 𠮷 four in GB18030.

- A line is the tag, if the record has one, and then exactly the widths of its fields.
- Numbers and amounts stand right, filled with zeros or blanks on their left; everything else
  stands left, filled with blanks. Filling is not part of the value. Amounts filled with zeros are
  as good as those without; a field of blanks only is absent.
"""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.errors import Place, Rejected
from hub.mappings.layout import FieldType
from hub.mappings.text_records import read_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.mappings.layout import Field, Layout, RecordShape
    from hub.mappings.record import Reading
    from hub.mappings.text_lines import Line

NUMERIC: Final = frozenset({FieldType.COUNT, FieldType.AMOUNT_FEN, FieldType.AMOUNT_YUAN})
"""Types that stand right."""


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Begin to read a fixed-width file."""
    return read_records(
        layout,
        content,
        _Fixed(layout),
        file=file,
        items_max=items_max,
        line_bytes_max=line_bytes_max,
    )


def render_line(layout: Layout, shape: RecordShape, texts: Sequence[str]) -> str:
    """Return a record as a line without its end; `field_too_wide` if a text does not fit."""
    cells = [_filled(layout, f, t) for f, t in zip(shape.stored, texts, strict=True)]
    return (shape.tag or "") + "".join(cells)


def spans(layout: Layout, shape: RecordShape) -> list[tuple[int, int]]:
    """Return where each stored field begins and ends within a line, in bytes."""
    begin = len((shape.tag or "").encode(layout.codec))
    ends = list(accumulate((field.width or 0 for field in shape.stored), initial=begin))
    return list(pairwise(ends))


def _filled(layout: Layout, field: Field, text: str) -> str:
    width = field.width or 0
    length = len(text) if text.isascii() else len(text.encode(layout.codec))
    if length > width:
        place = Place(field=field.name)
        raise Rejected("field_too_wide", place=place, width=width, length=length)
    if field.type in NUMERIC and text:
        return "0" * (width - length) + text
    return text + " " * (width - length)


class _Fixed:
    """Finds the fields of fixed-width lines."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._spans = {shape.name: spans(layout, shape) for shape in layout.records}
        self._cells = {
            shape.name: tuple(zip(shape.stored, self._spans[shape.name], strict=True))
            for shape in layout.records
        }
        self._tags = {s.tag: s.tag.encode(layout.codec) for s in layout.records if s.tag}

    def begin(self, line: Line, file: str, reading: Reading) -> bool:  # noqa: ARG002 -- no names
        return False

    def tagged(self, line: Line, tag: str) -> bool:
        return line.raw.startswith(self._tags[tag])

    def cells(self, shape: RecordShape, line: Line, file: str) -> Sequence[str]:
        spans_ = self._spans[shape.name]
        expected = spans_[-1][1]
        if len(line.raw) != expected:
            place = Place(file=file, line=line.number, byte_offset=line.byte_offset)
            raise Rejected("width_wrong", place=place, found=len(line.raw), expected=expected)
        return [self._cell(line, field, span, file) for field, span in self._cells[shape.name]]

    def offset(self, shape: RecordShape, line: Line, index: int) -> int:  # noqa: ARG002
        return self._spans[shape.name][index][0]

    def _cell(self, line: Line, field: Field, span: tuple[int, int], file: str) -> str:
        raw = line.raw[span[0] : span[1]]
        try:
            text = raw.decode(self._layout.codec)
        except UnicodeDecodeError as error:  # the line is fine: a character lies across two fields
            place = Place(
                file=file,
                line=line.number,
                field=field.name,
                byte_offset=line.byte_offset + span[0] + error.start,
            )
            raise Rejected("character_cut", place=place) from error
        return text.lstrip(" ") if field.type in NUMERIC else text.rstrip(" ")
