"""Tables as files that spreadsheets open: CSV and XLSX. Nothing in them is ever a formula."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Final

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import BinaryIO, TextIO


Cell = str | int | float | None

_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_YUAN_FORMAT: Final = "#,##0.00"
_COLUMN_WIDTH: Final = 16
SHEET_NAME_CHARS_MAX: Final = 31


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def write_csv(file: TextIO, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Write rows as CSV and return how many; numbers stay numbers, texts are harmless."""
    writer = csv.writer(file)
    writer.writerow([harmless(heading) for heading in headings])
    number = 0
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
        number += 1
    return number


def write_workbook(
    file: BinaryIO,
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    amounts: frozenset[int] = frozenset(),
) -> int:
    """Write rows as one sheet and return how many; columns in `amounts` (from 0) are yuan."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    number = 0
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet(title[:SHEET_NAME_CHARS_MAX])
        bold, yuan = book.add_format({"bold": True}), book.add_format({"num_format": _YUAN_FORMAT})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(headings) - 1), _COLUMN_WIDTH)
        for place, heading in enumerate(headings):
            sheet.write_string(0, place, heading, bold)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, place, cell)
                elif cell is not None:
                    sheet.write_number(number, place, cell, yuan if place in amounts else None)
    return number
