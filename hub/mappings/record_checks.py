"""What must hold for the records and fields of a layout by themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hub.errors import Rejected
from hub.mappings import codecs
from hub.mappings.file_names import date_pattern
from hub.mappings.layout import FieldType, Form

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.layout import Field, Layout

    Report = Callable[[str, str], object]


def check_records(layout: Layout, report: Report) -> None:
    """Report every mistake in the records of a delimited, fixed or XML layout."""
    for name, codes in layout.maps.items():
        if not codes:
            report(f"maps.{name}", "has no codes")
    for what, words in (
        ("name", [shape.name for shape in layout.records]),
        ("tag", [shape.tag for shape in layout.records if shape.tag is not None]),
    ):
        if len(set(words)) != len(words):
            report("records", f"two records have the same {what}")
    if layout.form is Form.XML:
        _check_elements(layout, report)
    else:
        _check_lines(layout, report)
    for shape in layout.records:
        twice = [n for n, times in Counter(f.name for f in shape.fields).items() if times > 1]
        if twice:
            report(shape.name, f'two fields are called "{twice[0]}"')
        mark = layout.form is Form.DELIMITED and shape.tag is not None and not shape.repeat
        if not shape.stored and not mark:
            report(shape.name, "the record has no field of its own")
        for field in shape.fields:
            at = f"{shape.name}.{field.name}"
            _check_place(layout, field, at, report)
            _check_value(layout, field, at, report)


def field_of(layout: Layout, reference: str, *, item: bool = False) -> Field | None:
    """Return the field of `record.field`; one of the repeated record only if `item`."""
    name, _, field_name = reference.partition(".")
    shape = layout.shape(name)
    if shape is None or (shape.repeat and not item):
        return None
    return next((field for field in shape.fields if field.name == field_name), None)


def _check_elements(layout: Layout, report: Report) -> None:
    if layout.root is None:
        report("root", "is missing")
    roots = [shape.name for shape in layout.records if shape.path == "."]
    if roots and len(layout.records) > 1:
        report(roots[0], "a record that is the root leaves no room for others")
    for shape in layout.records:
        if shape.path is None:
            report(shape.name, "an xml record needs path")


def _check_lines(layout: Layout, report: Report) -> None:
    if layout.attributes:
        report("attributes", "only xml layouts have attributes")
    names, item = [shape.name for shape in layout.records], layout.item.name
    for shape in layout.records:
        if shape.path is not None:
            report(shape.name, "only xml records have path")
    untagged = [shape.name for shape in layout.records if shape.tag is None]
    if untagged not in ([], [item], [names[0]], [names[0], item]):
        report("records", "without a tag may be only the first record and the repeated one")
    if layout.names and (names != [item] or layout.item.tag is not None):
        report("names", "a line of names allows no record but the repeated one, without a tag")
    if layout.names and layout.form is not Form.DELIMITED:
        report("names", "only delimited layouts have a line of names")


def _check_place(layout: Layout, field: Field, at: str, report: Report) -> None:
    """Report a field that could not be found, or that would be found in two ways."""
    if (field.constant is not None) + (field.copy is not None) + bool(field.join) > 1:
        report(at, "only one of constant, copy and join is possible")
    if layout.form is Form.FIXED and field.stored != (field.width is not None):
        report(at, "a fixed field, unless it is constant or copy, needs width")
    if layout.form is Form.XML and field.stored != (field.path is not None):
        report(at, "an xml field, unless it is constant, copy or join, needs path")
    if field.column is not None and not layout.names:
        report(at, "column needs names = true")
    if field.join and (layout.form is not Form.XML or field.type is not FieldType.TEXT):
        report(at, "join is for text fields of xml")
    for reference in (*([field.copy] if field.copy else []), *field.join):
        if reference != "line" and field_of(layout, reference) is None:
            report(at, f'"{reference}" is no field of a record that occurs once')
    if field.copy and (source := field_of(layout, field.copy)) and source.type is not field.type:
        report(at, f'"{field.copy}" is of another type')


def _check_value(layout: Layout, field: Field, at: str, report: Report) -> None:
    """Report a map, format or constant that cannot work."""
    if (field.type is FieldType.CODE) != (field.map is not None):
        report(at, "a code field, and only a code field, needs map")
        return
    if field.map is not None and field.map not in layout.maps:
        report(at, f'the map "{field.map}" is not in maps')
        return
    try:
        if field.format is not None:
            if field.type not in (FieldType.DATE, FieldType.PERIOD):
                report(at, "only dates and periods have format")
                return
            date_pattern(field.format, directives="Ymd" if field.type is FieldType.DATE else "Ym")
        if field.constant is not None:
            codecs.parse(field.constant, field, layout.maps)
    except ValueError as error:
        report(at, str(error))
    except Rejected as error:
        report(at, f"the constant is no {field.type.value}: {error.explain('en')}")
