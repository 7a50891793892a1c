"""XML files: records are elements named by paths, read as a stream and written out in full.

A record's `path` goes from the root's child to its element, a field's from there to the element
with its text. The repeated record may stand within the element of one that occurs once. Everything
else is left alone; elements beside the records that the layout does not
mention are noted as deviations. Rows are counted, since XML has no lines of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.errors import Place, Rejected
from hub.mappings import codecs
from hub.mappings.controls import Controls
from hub.mappings.record import Deviation, Reading, Row
from hub.mappings.text_records import located
from hub.mappings.xml_schema import deviations
from hub.mappings.xml_stream import events, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from lxml import etree

    from hub.mappings.layout import Field, Layout, RecordShape

    Value = str | int | date | None

ELEMENTS_MAX: Final = 10_000  # of one record
DEVIATIONS_MAX: Final = 100


def read(
    layout: Layout,
    content: BinaryIO,
    *,
    file: str,
    items_max: int,
    line_bytes_max: int,  # noqa: ARG001 -- xml has limits of its own
) -> Reading:
    """Begin to read an XML file."""
    reading = Reading(rows=iter(()))
    reading.rows = _Pass(layout, reading, file, items_max).rows(content)
    return reading


@dataclass(slots=True)
class _Open:
    """A record that has begun, and how many elements it has so far, apart from inner records."""

    path: tuple[str, ...]
    elements: int = 0


class _Pass:
    """One way through one document."""

    def __init__(self, layout: Layout, reading: Reading, file: str, items_max: int) -> None:
        self._layout = layout
        self._reading = reading
        self._file = file
        self._items_max = items_max
        self._controls = Controls(layout)
        self._places: dict[str, Place] = {}
        self._shapes = {steps(s): s for s in layout.records}
        self._ways = {path[:n] for path in self._shapes for n in range(len(path))}
        self._seen: set[str] = set()
        self._ignored: set[str] = set()

    def rows(self, content: BinaryIO) -> Iterator[Row]:
        path: list[str] = []
        records: list[_Open] = []  # the innermost last
        for event, element in events(content, file=self._file, encoding=self._layout.encoding):
            if event == "start":
                path.append(str(element.tag))
                self._begin(path, records, element)
                continue
            here = tuple(path[1:])
            path.pop()
            if not records:
                self._ignore(here, element)
            elif here == records[-1].path:
                records.pop()
                row = self._take(self._shapes[here], element)
                if row is not None:
                    yield row
                if records:
                    _drop_within(element)
            if not records and path:
                _drop(element)
        self._end()
        self._reading.deviations += deviations(self._layout, content, file=self._file)

    def _begin(self, path: list[str], records: list[_Open], element: etree._Element) -> None:
        if len(path) == 1:
            self._require_root(path[0], element)
        here = tuple(path[1:])
        if here in self._shapes:
            records.append(_Open(here))
        elif records:
            records[-1].elements += 1
            self._require_few(records[-1].elements, element)

    def _take(self, shape: RecordShape, element: etree._Element) -> Row | None:
        place = Place(file=self._file, line=line_of(element))
        values = self._values(shape, element, place)
        if shape.repeat:
            self._controls.add(values)
            if self._controls.rows > self._items_max:
                raise Rejected("items_too_many", place=place, items_max=self._items_max)
            return Row(self._controls.rows, values)
        if shape.name in self._seen:
            raise Rejected("record_misplaced", place=place, record=shape.name)
        self._seen.add(shape.name)
        for name, value in values.items():
            self._reading.head[f"{shape.name}.{name}"] = value
        for field in shape.stored:
            found = element.find(field.path or "")
            line = line_of(element if found is None else found)
            reference = f"{shape.name}.{field.name}"
            self._places[reference] = Place(file=self._file, line=line, field=reference)
        return None

    def _values(
        self, shape: RecordShape, element: etree._Element, place: Place
    ) -> dict[str, Value]:
        values: dict[str, Value] = {}
        children: dict[object, list[etree._Element]] = {}
        for child in element:
            children.setdefault(child.tag, []).append(child)
        for field in shape.fields:
            if field.constant is not None:
                values[field.name] = codecs.parse(field.constant, field, self._layout.maps)
            elif field.copy is not None:
                values[field.name] = self._copied(field.copy, place)
            elif field.join:
                parts = [self._joined(reference, place) for reference in field.join]
                values[field.name] = "-".join(parts)
            else:
                values[field.name] = self._value(field, element, children)
        return values

    def _value(
        self, field: Field, element: etree._Element, children: dict[object, list[etree._Element]]
    ) -> Value:
        first, *rest = (field.path or "").split("/")
        same = children.get(first, [])
        for step in (*rest, None):
            if len(same) > 1:
                place = self._place(same[1], field)
                raise Rejected("xml_element_twice", place=place, element=same[1].tag)
            if not same:
                return self._parsed("", field, element)
            if step is not None:
                same = same[0].findall(step)
        found = same[0]
        if len(found):  # elements, comments, instructions: the text would be only a part
            raise Rejected("xml_value_not_plain", place=self._place(found, field))
        return self._parsed(found.text or "", field, found)

    def _parsed(self, text: str, field: Field, element: etree._Element) -> Value:
        try:
            return codecs.parse(text, field, self._layout.maps)
        except Rejected as error:
            raise located(error, self._place(element, field)) from error

    def _copied(self, reference: str, place: Place) -> Value:
        record = reference.partition(".")[0]
        if record not in self._seen:
            raise Rejected("record_missing", place=place, record=record)
        return self._reading.head[reference]

    def _joined(self, reference: str, place: Place) -> str:
        if reference == "line":
            return str(self._controls.rows + 1)
        value = self._copied(reference, place)
        return f"{value:%Y%m%d}" if hasattr(value, "year") else str(value)

    def _require_root(self, tag: str, element: etree._Element) -> None:
        if tag != self._layout.root:
            place = Place(file=self._file, line=line_of(element))
            raise Rejected(
                "xml_root_wrong", place=place, found=tag[:80], expected=self._layout.root
            )

    def _require_few(self, elements: int, element: etree._Element) -> None:
        if elements > ELEMENTS_MAX:
            place = Place(file=self._file, line=line_of(element))
            raise Rejected("xml_limit", place=place, what="elements", most=ELEMENTS_MAX)

    def _ignore(self, here: tuple[str, ...], element: etree._Element) -> None:
        """Note once that something beside the records is not part of the layout."""
        name = "/".join(here)
        if here[:-1] in self._ways and here not in self._ways and name not in self._ignored:
            self._ignored.add(name)
            if len(self._ignored) <= DEVIATIONS_MAX:
                place = Place(file=self._file, line=line_of(element))
                self._reading.deviations.append(
                    Deviation(place=place, text=f"{name[:120]} is not part of the layout")
                )

    def _end(self) -> None:
        for shape in self._layout.records:
            if not shape.repeat and shape.name not in self._seen:
                raise Rejected("record_missing", place=Place(file=self._file), record=shape.name)
        self._controls.check(self._reading.head, self._places)

    def _place(self, element: etree._Element, field: Field) -> Place:
        return Place(file=self._file, line=line_of(element), field=field.name)


def steps(shape: RecordShape) -> tuple[str, ...]:
    """Return the tags from the root's child to a record's element; none if it is the root."""
    return () if shape.path == "." else tuple((shape.path or "").split("/"))


def _drop_within(element: etree._Element) -> None:
    """Free a record within another one; the fields of the outer one before it must stay."""
    element.clear()
    before = element.getprevious()
    parent = element.getparent()
    if parent is not None and before is not None and before.tag == element.tag:
        parent.remove(before)


def _drop(element: etree._Element) -> None:
    """Free an element that is no longer needed, and those before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
