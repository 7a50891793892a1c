"""Targets: every form of partners' files, to the end of the way that its rows go."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from hub.domain.money import FEN_MAX
from hub.errors import Rejected
from hub.mappings import bank_lines
from hub.mappings.answers import answers
from hub.mappings.layout import Form
from hub.mappings.reading import read
from hub.mappings.reasons import load_reasons
from hub.mappings.rendering import RENDERED, render
from tests.conftest import ROOT
from tests.fuzz.recount import PLAIN, require_controls, require_recount, require_sound
from tests.fuzz.seeds import layouts, of_form
from tests.fuzz.target import Target, Unsafe

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row
    from tests.fuzz.target import Run

FILE = "received.bin"
ITEMS_MAX, LINE_BYTES_MAX = 2_000, 64 * 1024
_MODULES = {
    Form.DELIMITED: ("delimited", "text_lines", "text_records", "codecs"),
    Form.FIXED: ("fixed", "text_lines", "text_records", "codecs"),
    Form.XML: ("xml", "xml_stream", "xml_schema"),
    Form.SHEET: ("sheet", "sheet_cells", "sheet_proof", "workbook"),
    Form.CAMT: ("camt", "camt_balances", "camt_details", "camt_entries", "camt_node", "iso20022",
                "camt_totals", "bank_lines"),
    Form.MT940: ("mt940", "mt940_tags"),
    Form.PAIN001: ("pain001", "pain_node"),
    Form.PAIN008: ("pain008", "pain_node"),
    Form.PAIN002: ("pain002", "pain002_totals", "answers"),
    Form.PACS004: ("pacs004", "answers"),
    Form.CAMT_RETURNS: ("camt_returns", "answers"),
}  # fmt: skip
_SAME = ("deviations",)


def reading_of(layout: Layout, raw: bytes) -> tuple[list[Row], Reading]:
    """Read bytes whole."""
    reading = read(
        layout, io.BytesIO(raw), file=FILE, items_max=ITEMS_MAX, line_bytes_max=LINE_BYTES_MAX
    )
    return list(reading.rows), reading


def _run(reasons, label: str, raw: bytes) -> None:
    layout = layouts()[label]
    whole = replace(layout, only={})
    rows, reading = reading_of(whole, raw)
    require_sound(whole, rows, reading)
    require_controls(whole, rows, reading)
    require_recount(whole, rows, reading, raw)
    again, reading_again = reading_of(whole, raw)
    if (rows, reading.head) != (again, reading_again.head):
        raise Unsafe(f"{label}: reads otherwise the second time")
    if layout.form in RENDERED and layout.form in PLAIN:
        _require_same_written(whole, rows, reading)
    _go_on(layout, raw, reasons)


def _require_same_written(layout: Layout, rows: list[Row], reading: Reading) -> None:
    """Write what was read and read it again: the same values, or a refusal to write."""
    try:
        written = render(layout, reading.head, [row.values for row in rows])
    except Rejected:
        return  # such as a code that two of the partner's codes stand for, or a missing field
    again, reading_again = reading_of(layout, written)
    if [row.values for row in rows] != [row.values for row in again]:
        raise Unsafe(f"{layout.name}: what is written reads otherwise")
    if reading.head != reading_again.head:
        raise Unsafe(f"{layout.name}: the head that is written reads otherwise")


def _go_on(layout: Layout, raw: bytes, reasons) -> None:
    """Make of the rows what the hub makes of them: answers, lines of a statement."""
    if layout.form in (Form.PAIN002, Form.PACS004, Form.CAMT_RETURNS) or layout.name.startswith(
        "result"
    ):
        _, reading = [], read(layout, io.BytesIO(raw), file=FILE, items_max=ITEMS_MAX,
                              line_bytes_max=LINE_BYTES_MAX)  # fmt: skip
        for one in answers(layout, reading, reasons, debits=layout.name.endswith("collections")):
            if one.amount_fen is not None and not 0 <= one.amount_fen <= FEN_MAX:
                raise Unsafe(f"{layout.form.value}: an answer of {one.amount_fen} fen")
    elif bank_lines.is_statement(layout) or bank_lines.may_be_statement(layout):
        plain = bank_lines.plain_layout(layout)
        reading = read(plain, io.BytesIO(raw), file=FILE, items_max=ITEMS_MAX,
                       line_bytes_max=LINE_BYTES_MAX)  # fmt: skip
        lines = list(bank_lines.lines(plain, reading, file=FILE))
        for line in lines:
            bank_lines.names_of(line)
        bank_lines.heads(plain, reading, len(lines))


def _open(_folder: Path) -> Run:
    return partial(_run, load_reasons(ROOT / "config"))


def _words(form: Form) -> list[str]:
    """Return what layouts of a form themselves say: codes, names of columns and elements."""
    found: set[str] = set()
    for layout in layouts().values():
        if layout.form is form:
            for table in layout.maps.values():
                found |= set(table)
            for shape in layout.records:
                found |= {f.column or f.path or f.name for f in shape.fields} | {shape.tag or ""}
    return sorted(found | _OWN_WORDS.get(form, set()))


_OWN_WORDS = {
    Form.CAMT: {"CRDT", "DBIT", "BOOK", "PDNG", "INFO", "OPBD", "CLBD", "PRCD", "true", "CNY", "NOTPROVIDED"},  # noqa: E501
    Form.MT940: {":20:", ":25:", ":28C:", ":60F:", ":60M:", ":61:", ":62F:", ":62M:", ":64:", ":86:", "-}",  # noqa: E501
                 "C261124CNY0,01", "D261124CNY1,", "RC", "RD", "{1:F01}", "{4:"},
    Form.PAIN002: {"ACCP", "ACSC", "RJCT", "PART", "PDNG", "ACTC", "AC04", "MS03"},
    Form.PACS004: {"AC04", "MS03", "BE05", "CNY"},
    Form.SHEET: {"合计", "总计", "收入", "支出", "余额", "--", "交易日期", "人民币"},
}  # fmt: skip

TARGETS = [
    Target(
        name=form.value,
        modules=[f"hub.mappings.{name}" for name in (*_MODULES[form], "reading", "statement")],
        seeds=partial(of_form, form),
        open=_open,
        words=_words(form),
        codec="gb18030" if form in (Form.FIXED, Form.DELIMITED) else "utf-8",
        placed=True,
        ci_inputs=150,
    )
    for form in Form
]
