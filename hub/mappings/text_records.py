"""What delimited and fixed-width files have in common: lines that are records, in order.

A line is the record whose tag it begins with. Without a tag the first record of the layout is the
first line, and the repeated record is every line that no tag claims. Records that occur once stand
in the order of the layout, each exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from hub.errors import Place, Rejected
from hub.mappings import codecs
from hub.mappings.controls import Controls
from hub.mappings.layout import FieldType
from hub.mappings.record import Reading, Row
from hub.mappings.text_lines import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from hub.mappings.layout import Field, Layout, RecordShape
    from hub.mappings.text_lines import Line

    Value = str | int | date | None
    Values = dict[str, Value]

REMEMBERED: Final = 1_000  # texts of one field whose values are remembered
FEW: Final = frozenset({FieldType.CODE, FieldType.DATE, FieldType.PERIOD})
"""Types that have few values in a file: reading each anew takes longer than all the rest."""


class Splitter(Protocol):
    """How one form finds fields in a line."""

    def begin(self, line: Line, file: str, reading: Reading) -> bool:
        """Take the first line; tell whether it was the line of names."""

    def tagged(self, line: Line, tag: str) -> bool:
        """Tell whether a line begins with a record's tag."""

    def cells(self, shape: RecordShape, line: Line, file: str) -> Sequence[str]:
        """Return the texts of the record's stored fields; `Rejected` if the line has others."""

    def offset(self, shape: RecordShape, line: Line, index: int) -> int:
        """Return where the text of a stored field begins within the line, in bytes."""


def read_records(
    layout: Layout,
    content: BinaryIO,
    splitter: Splitter,
    *,
    file: str,
    items_max: int,
    line_bytes_max: int,
) -> Reading:
    """Begin to read a file of lines."""
    reading = Reading(rows=iter(()))
    found = lines(layout, content, file=file, line_bytes_max=line_bytes_max)
    reading.rows = _Pass(layout, splitter, reading, file=file, items_max=items_max).rows(found)
    return reading


def located(error: Rejected, place: Place) -> Rejected:
    """Return a codec's refusal with its place, which is worked out only when it is needed."""
    return Rejected(error.code, place=place, **error.facts)


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a record is read: what is always the same, its stored fields, what the head gives."""

    blank: Values
    stored: list[tuple[Field, dict[str, Value] | None]]  # with the values of texts seen before
    copies: list[tuple[str, str]]


def _plan(shape: RecordShape, layout: Layout) -> _Plan:
    return _Plan(
        blank={
            one.name: None if one.constant is None else codecs.parse(one.constant, one, layout.maps)
            for one in shape.fields
        },
        stored=[(one, {} if one.type in FEW else None) for one in shape.stored],
        copies=[(one.name, one.copy) for one in shape.fields if one.copy is not None],
    )


class _Pass:
    """One way through one file."""

    def __init__(
        self,
        layout: Layout,
        splitter: Splitter,
        reading: Reading,
        *,
        file: str,
        items_max: int,
    ) -> None:
        self._layout = layout
        self._splitter = splitter
        self._reading = reading
        self._file = file
        self._items_max = items_max
        self._controls = Controls(layout)
        self._next = 0  # index of the next record that may come
        self._plans = {id(shape): _plan(shape, layout) for shape in layout.records}
        self._tagged = [s for s in layout.records if s.tag is not None]
        untagged = [s for s in layout.records if s.tag is None]
        self._first = untagged[0] if untagged and not untagged[0].repeat else None
        self._rest = untagged[-1] if untagged and untagged[-1].repeat else None

    def rows(self, found: Iterator[Line]) -> Iterator[Row]:
        last: Line | None = None
        for line in found:
            if last is None and self._splitter.begin(line, self._file, self._reading):
                last = line
                continue
            shape = self._shape(line, first=last is None)
            last = line
            self._follow(shape, line)
            values = self._values(shape, line)
            if shape.repeat:
                self._count(values, line)
                yield Row(line.number, values, line.byte_offset)
            else:
                self._keep(shape, line, values)
        self._end(last)

    def _shape(self, line: Line, *, first: bool) -> RecordShape:
        for shape in self._tagged:
            if shape.tag is not None and self._splitter.tagged(line, shape.tag):
                return shape
        shape_of_line = self._first if first and self._first is not None else self._rest
        if shape_of_line is None:
            known = ", ".join(str(shape.tag) for shape in self._tagged)
            raise Rejected("record_unknown", place=self._place(line), known=known)
        return shape_of_line

    def _follow(self, shape: RecordShape, line: Line) -> None:
        """Refuse a record that is out of order, or that comes without those before it."""
        records = self._layout.records
        if self._next < len(records) and records[self._next] is shape and shape.repeat:
            return  # one more of the rows
        index = next(at for at, one in enumerate(records) if one is shape)
        if index < self._next:
            raise Rejected("record_misplaced", place=self._place(line), record=shape.name)
        for skipped in records[self._next : index]:
            if not skipped.repeat:
                raise Rejected("record_missing", place=self._place(line), record=skipped.name)
        self._next = index if shape.repeat else index + 1

    def _values(self, shape: RecordShape, line: Line) -> Values:
        plan = self._plans[id(shape)]
        cells = self._splitter.cells(shape, line, self._file)
        values = plan.blank.copy()  # with the names in the layout's order
        clean = codecs.CONTROL.search("".join(cells)) is None  # asked once, not of every field
        for (field, known), text in zip(plan.stored, cells, strict=True):
            if known is not None:
                if text in known:
                    values[field.name] = known[text]
                    continue
            elif clean and field.type is FieldType.TEXT:
                plain = text.strip(codecs.BLANKS)
                if 0 < len(plain) <= field.chars_max:  # all that `codecs.parse` asks of a text
                    values[field.name] = plain
                    continue
            try:
                value = codecs.parse(text, field, self._layout.maps)
            except Rejected as error:
                offset = self._splitter.offset(shape, line, shape.stored.index(field))
                raise located(error, self._place(line, field, offset)) from error
            values[field.name] = value
            if known is not None and len(known) < REMEMBERED:
                known[text] = value
        for name, copied in plan.copies:
            values[name] = self._reading.head[copied]
        return values

    def _count(self, values: Values, line: Line) -> None:
        self._controls.add(values)
        if self._controls.rows > self._items_max:
            raise Rejected("items_too_many", place=self._place(line), items_max=self._items_max)

    def _keep(self, shape: RecordShape, line: Line, values: Values) -> None:
        for name, value in values.items():
            self._reading.head[f"{shape.name}.{name}"] = value
        for index, field in enumerate(shape.stored):
            offset = line.byte_offset + self._splitter.offset(shape, line, index)
            reference = f"{shape.name}.{field.name}"
            self._reading.places[reference] = Place(
                file=self._file, line=line.number, field=reference, byte_offset=offset
            )

    def _end(self, last: Line | None) -> None:
        for missing in self._layout.records[self._next :]:
            if not missing.repeat:
                place = Place(file=self._file) if last is None else self._place(last)
                raise Rejected("record_missing", place=place, record=missing.name)
        self._controls.check(self._reading.head, self._reading.places)

    def _place(self, line: Line, field: Field | None = None, offset: int = 0) -> Place:
        return Place(
            file=self._file,
            line=line.number,
            field=None if field is None else field.name,
            byte_offset=line.byte_offset + offset,
        )
