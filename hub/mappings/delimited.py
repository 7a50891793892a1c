"""Delimited text (分隔符文本): `a|b|c`, with or without a line of names, quotes or record tags.

- A line has exactly the fields of its record, after its tag if it has one.
- With `names` the first line names the columns. A field with `column` is found by that name, in
  any order; columns that the layout does not mention are noted as a deviation and left alone. A
  field without `column` is called like itself.
- Without `quote` a quotation mark is a character like any other. With it a field that begins with
  the mark ends at the next single mark, two marks inside stand for one, and a mark inside a field
  that does not begin with one is refused. A line end is never part of a field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from hub.errors import Place, Rejected
from hub.mappings.record import Deviation
from hub.mappings.text_records import read_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.mappings.layout import Layout, RecordShape
    from hub.mappings.record import Reading
    from hub.mappings.text_lines import Line


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Begin to read a delimited file."""
    return read_records(
        layout,
        content,
        _Delimited(layout),
        file=file,
        items_max=items_max,
        line_bytes_max=line_bytes_max,
    )


def render_line(layout: Layout, shape: RecordShape, texts: Sequence[str]) -> str:
    """Return a record as a line without its end."""
    cells = [*([] if shape.tag is None else [shape.tag]), *texts]
    return layout.delimiter.join(_quoted(cell, layout) for cell in cells)


def names_line(layout: Layout) -> str:
    """Return the line of names without its end."""
    return layout.delimiter.join(_columns(layout.item))


def split(text: str, layout: Layout) -> list[tuple[int, str]] | None:
    """Return each cell of a line with the index of its first character; `None` if quotes are wrong.

    The index of a quoted cell is that of its opening mark.
    """
    cells: list[tuple[int, str]] = []
    begin = 0
    while True:
        if layout.quote is not None and text.startswith(layout.quote, begin):
            end, value = _quoted_cell(text, begin, layout.quote)
            if end < 0 or not (end == len(text) or text.startswith(layout.delimiter, end)):
                return None
        else:
            found = text.find(layout.delimiter, begin)
            end = len(text) if found < 0 else found
            value = text[begin:end]
            if layout.quote is not None and layout.quote in value:
                return None
        cells.append((begin, value))
        if end == len(text):
            return cells
        begin = end + len(layout.delimiter)


def _quoted_cell(text: str, begin: int, quote: str) -> tuple[int, str]:
    """Return where a quoted cell ends (-1: nowhere) and what it holds."""
    end = begin + 1
    while True:
        end = text.find(quote, end)
        if end < 0:
            return -1, ""
        if not text.startswith(quote * 2, end):
            return end + 1, text[begin + 1 : end].replace(quote * 2, quote)
        end += 2


def _quoted(cell: str, layout: Layout) -> str:
    if layout.quote is not None and (layout.delimiter in cell or layout.quote in cell):
        return f"{layout.quote}{cell.replace(layout.quote, layout.quote * 2)}{layout.quote}"
    if layout.delimiter in cell:
        raise Rejected("text_holds_delimiter", delimiter=layout.delimiter)
    return cell


def _columns(shape: RecordShape) -> list[str]:
    return [field.column or field.name for field in shape.stored]


class _Delimited:
    """Finds the fields of delimited lines."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._order: list[int] | None = None  # where the columns stand, if a line names them
        self._width = 0
        self._widths = {s.name: len(s.stored) + (s.tag is not None) for s in layout.records}

    def begin(self, line: Line, file: str, reading: Reading) -> bool:
        if not self._layout.names:
            return False
        names = [text.strip() for text in self._texts(line, file)]
        place = Place(file=file, line=line.number, byte_offset=line.byte_offset)
        wanted = _columns(self._layout.item)
        for name in wanted:
            if name not in names:
                raise Rejected("column_missing", place=place, column=name)
            if names.count(name) > 1:
                raise Rejected("column_twice", place=place, column=name)
        extra = [name for name in names if name not in wanted]
        if extra:
            text = f"columns that the layout does not mention: {', '.join(extra)[:200]}"
            reading.deviations.append(Deviation(place=place, text=text))
        self._order = [names.index(name) for name in wanted]
        self._width = len(names)
        return True

    def tagged(self, line: Line, tag: str) -> bool:
        return line.text == tag or line.text.startswith(tag + self._layout.delimiter)

    def cells(self, shape: RecordShape, line: Line, file: str) -> Sequence[str]:
        texts = self._texts(line, file)
        expected = self._width or self._widths[shape.name]
        if len(texts) != expected:
            place = Place(file=file, line=line.number, byte_offset=line.byte_offset)
            raise Rejected("fields_wrong", place=place, found=len(texts), expected=expected)
        if self._order is not None:
            return [texts[index] for index in self._order]
        return texts if shape.tag is None else texts[1:]

    def offset(self, shape: RecordShape, line: Line, index: int) -> int:
        cell = self._order[index] if self._order is not None else index + (shape.tag is not None)
        begin, _ = (split(line.text, self._layout) or [])[cell]
        return len(line.text[:begin].encode(self._layout.codec))

    def _texts(self, line: Line, file: str) -> list[str]:
        if self._layout.quote is None or self._layout.quote not in line.text:
            return line.text.split(self._layout.delimiter)
        cells = split(line.text, self._layout)
        if cells is None:
            place = Place(file=file, line=line.number, byte_offset=line.byte_offset)
            raise Rejected("quote_misplaced", place=place, quote=self._layout.quote)
        return [value for _, value in cells]
