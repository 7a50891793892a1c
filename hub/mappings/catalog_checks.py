"""What must hold within one layout beyond the types of its keys; each mistake is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.facts import COLUMNS
from hub.mappings.answer_words import ISO, check_answers, is_answer
from hub.mappings.bank_lines import is_statement
from hub.mappings.file_names import names_day
from hub.mappings.layout import FieldType, Form
from hub.mappings.pain_options import MESSAGES, check_pain
from hub.mappings.record_checks import check_records, field_of
from hub.mappings.sheet_options import AMOUNT_FIELDS, check_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.layout import Control, Field, Layout

    Report = Callable[[str, str], object]

BY_RECORDS: Final = frozenset({Form.DELIMITED, Form.FIXED, Form.XML})
"""Forms whose layouts describe every record; the others know their own structure."""

CODECS: Final = ("utf-8", "gb18030", "ascii")

_FACT_TYPES: Final = {
    "text": {FieldType.TEXT, FieldType.CODE},
    "int": {FieldType.COUNT},
    "fen": {FieldType.AMOUNT_YUAN, FieldType.AMOUNT_FEN},
    "date": {FieldType.DATE},
    "period": {FieldType.PERIOD},
}
_SUMMABLE: Final = _FACT_TYPES["fen"] | _FACT_TYPES["int"]


def check_layout(layout: Layout, report: Report) -> None:
    """Report everything within a layout that cannot work."""
    try:
        names_day(layout.file_name)
    except ValueError as error:
        report("file_name", str(error))
        return
    if layout.form in MESSAGES:
        check_pain(layout, report)
        return
    if is_answer(layout):
        check_answers(layout, report)
        if layout.form in ISO:
            return
    if layout.form not in BY_RECORDS:
        check_options(layout, report)
        return
    if layout.codec not in CODECS:
        report("encoding", f'"{layout.encoding}" is not utf-8, gb18030, gbk, gb2312 or ascii')
    if sum(shape.repeat for shape in layout.records) != 1:
        report("records", "exactly one record must have repeat = true")
        return
    check_records(layout, report)
    for number, control in enumerate(layout.controls, start=1):
        _check_control(layout, control, f"controls[{number}]", report)
    if is_statement(layout):
        _check_lines(layout, report)
    _check_day(layout, report)
    _check_key(layout, report)
    _check_only(layout, report)
    _check_facts(layout, report)


def _check_control(layout: Layout, control: Control, at: str, report: Report) -> None:
    stated = field_of(layout, control.field)
    item = layout.item.name
    if control.equals == "count":
        if not _is(stated, {FieldType.COUNT}):
            report(at, f'"{control.field}" is no count field of a record that occurs once')
        if control.of != item:
            report(at, f'a count is of "{item}"')
        return
    if not _is(stated, _SUMMABLE):
        report(at, f'"{control.field}" is no amount or count of a record that occurs once')
    summed = field_of(layout, control.of, item=True)
    if not control.of.startswith(f"{item}.") or not _is(summed, _SUMMABLE):
        report(at, f'"{control.of}" is no amount or count of the repeated record')


def _check_day(layout: Layout, report: Report) -> None:
    if layout.day != "name":
        if not _is(field_of(layout, layout.day, item=True), {FieldType.DATE}):
            report("day", f'"{layout.day}" is no date field')
    elif layout.source is not None and not names_day(layout.file_name):
        report("day", "the file name has no {day}; say which field holds the business day")


def _check_lines(layout: Layout, report: Report) -> None:
    """Report what the lines of an account's statement lack."""
    types = {field.name: field.type for field in layout.item.fields}
    if types.get("credited_on") is not FieldType.DATE:
        report(layout.item.name, 'the date field "credited_on" must say when it was booked')
    amounts = [types[name] for name in AMOUNT_FIELDS if name in types]
    if not amounts or not set(amounts) <= _FACT_TYPES["fen"]:
        report(layout.item.name, "amount_fen, or credit_fen and debit_fen, must be amounts")


def _check_key(layout: Layout, report: Report) -> None:
    needed = [("business_key", name, False) for name in layout.business_key]
    if layout.part is not None:
        needed.append(("part", layout.part.pack_no, False))
        needed += [("part", name, True) for name in (layout.part.no, layout.part.count)]
    for key, name, count in needed:
        field = field_of(layout, name)
        if field is None:
            report(key, f'"{name}" is no field of a record that occurs once')
        elif count and field.type is not FieldType.COUNT:
            report(key, f'"{name}" is no count')


def _check_only(layout: Layout, report: Report) -> None:
    for name, wanted in layout.only.items():
        field = field_of(layout, f"{layout.item.name}.{name}", item=True)
        if field is None or field.map is None:
            report("only", f'"{name}" is no code field of the repeated record')
        elif not set(wanted) <= set(layout.maps.get(field.map, {}).values()):
            report("only", f'the map "{field.map}" does not lead to all of {", ".join(wanted)}')


def _check_facts(layout: Layout, report: Report) -> None:
    """Compare the repeated record with the columns of the facts it gives."""
    if layout.source is None:
        return
    item = layout.item.name
    fields = {field.name: field for field in layout.item.fields}
    for column in COLUMNS[layout.source]:
        field = fields.get(column.name)
        if column.name == "line":
            continue
        if field is None:
            if column.required:
                report(item, f'the field "{column.name}" of {layout.source.value} is missing')
        elif field.type not in _FACT_TYPES[column.type]:
            report(f"{item}.{column.name}", f"must be of the type {column.type}")
        elif column.required and not field.required:
            report(f"{item}.{column.name}", f"{layout.source.value} cannot do without it")


def _is(field: Field | None, types: set[FieldType]) -> bool:
    return field is not None and field.type in types
