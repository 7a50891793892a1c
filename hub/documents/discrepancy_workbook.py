"""The workbook of a reconciliation: an overview with the aging chart, and a sheet a verdict.

Memory does not grow with the rows: each sheet is written from top to bottom and kept on disk.
The same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from hub.documents.sheets import Kind, SheetColumn
from hub.domain.aging import BEYOND, BUCKETS, UNKNOWN
from hub.domain.chinese import KIND_NAMES
from hub.domain.discrepancy import cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

COLUMNS: Final = (
    SheetColumn(zh="税票号码", en="receipt_no", kind=Kind.TEXT, width=21),
    SheetColumn(zh="入账流水号", en="deposit_no", kind=Kind.TEXT, width=21),
    SheetColumn(zh="核对结论", en="verdict", kind=Kind.TEXT, width=20),
    SheetColumn(zh="层级", en="level", kind=Kind.TEXT, width=7),
    SheetColumn(zh="险种", en="insurance_kind", kind=Kind.TEXT, width=16),
    SheetColumn(zh="缴费单位代码", en="payer_id", kind=Kind.TEXT, width=21),
    SheetColumn(zh="所属期", en="period", kind=Kind.TEXT, width=9),
    SheetColumn(zh="征收金额", en="collected", kind=Kind.AMOUNT, width=16),
    SheetColumn(zh="入账金额", en="deposited", kind=Kind.AMOUNT, width=16),
    SheetColumn(zh="应缴核定", en="assessed", kind=Kind.AMOUNT, width=16),
    SheetColumn(zh="涉及金额", en="amount", kind=Kind.AMOUNT, width=16),
    SheetColumn(zh="征收日期", en="collected_on", kind=Kind.TEXT, width=12),
    SheetColumn(zh="已历工作日", en="age_working_days", kind=Kind.COUNT, width=12),
    SheetColumn(zh="规则", en="rule", kind=Kind.TEXT, width=20),
    SheetColumn(zh="备注", en="note", kind=Kind.TEXT, width=24),
)
"""The columns of every sheet, in the order of `discrepancies.parquet`."""

AGES: Final = (*(name for _, name in BUCKETS), BEYOND, UNKNOWN)

_VERDICT: Final = [column.en for column in COLUMNS].index("verdict")
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook that tells no time is repeatable
_FEN: Final = Decimal("0.01")


def write_workbook(
    path: Path,
    *,
    summary: Mapping[str, Any],
    rows: Iterable[Mapping[str, Any] | Sequence[Any]],
    rows_max: int,
    as_of: date,
) -> None:
    """Write the workbook.

    `summary` has `verdicts` (a list of `level`, `verdict`, `count`, `fen`) and `aging` (a list of
    `verdict`, `bucket`, `count`, `fen`), both over all rows. `rows` come ordered by verdict, as
    mappings or in the order of `COLUMNS`; of each verdict `rows_max` are shown, and a note tells
    how many there are.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,  # a text that begins with = stays a text
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE, "title": f"差异清单 {as_of.isoformat()}"})
        totals = _totals(summary)
        _overview(book, summary, totals, rows_max, as_of)
        _Sheets(book, totals, rows_max).write(rows)


def _totals(summary: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    totals: dict[str, tuple[int, int]] = {}
    for line in summary["verdicts"]:
        count, fen = totals.get(line["verdict"], (0, 0))
        totals[line["verdict"]] = (count + line["count"], fen + line["fen"])
    return dict(sorted(totals.items()))


def _overview(
    book: xlsxwriter.Workbook,
    summary: Mapping[str, Any],
    totals: Mapping[str, tuple[int, int]],
    rows_max: int,
    as_of: date,
) -> None:
    sheet = book.add_worksheet("总览 overview")
    head, money = _head(book), book.add_format({"num_format": "#,##0.00"})
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 14)
    sheet.set_column(2, 2, 20, money)
    sheet.set_column(3, 3, 14)
    sheet.write_string(0, 0, f"截至 as of {as_of.isoformat()}", book.add_format({"bold": True}))
    lines = [(_named(verdict), count, fen) for verdict, (count, fen) in totals.items()]
    row = _block(sheet, 2, ("核对结论\nverdict", "笔数\ncount", "金额（元）\nyuan"), head, lines)
    capped = [_named(verdict) for verdict, (count, _) in totals.items() if count > rows_max]
    if capped:
        sheet.write_string(row + 1, 0, (
            f"注：每个结论最多列 {rows_max} 行，未列全：{'、'.join(capped)}。"
            f"全部见 discrepancies.parquet。 Note: at most {rows_max} rows a sheet; the complete"
            " list is discrepancies.parquet."
        ))  # fmt: skip
    ages = dict.fromkeys(AGES, (0, 0))
    for line in summary["aging"]:
        count, fen = ages[line["bucket"]]
        ages[line["bucket"]] = (count + line["count"], fen + line["fen"])
    first = row + 4
    titles = ("已历工作日\nage in working days", "笔数\ncount", "金额（元）\nyuan")
    _block(sheet, first, titles, head, [(age, *sums) for age, sums in ages.items()])
    _chart(book, sheet, first + 1)


def _block(
    sheet: Worksheet,
    row: int,
    titles: Sequence[str],
    head: Format,
    lines: Iterable[tuple[str, int, int]],
) -> int:
    """Write a table and return the row after it."""
    sheet.set_row(row, 30)
    for column, title in enumerate(titles):
        sheet.write_string(row, column, title, head)
    for name, count, fen in lines:
        row += 1
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, count)
        sheet.write_number(row, 2, Decimal(fen) * _FEN)
    return row + 1


def _chart(book: xlsxwriter.Workbook, sheet: Worksheet, first: int) -> None:
    last = first + len(AGES) - 1
    chart = book.add_chart({"type": "column"})
    chart.add_series({
        "name": "笔数 count",
        "categories": [sheet.name, first, 0, last, 0],
        "values": [sheet.name, first, 1, last, 1],
    })  # fmt: skip
    chart.set_title({"name": "差异账龄（工作日） Aging in working days"})
    chart.set_x_axis({"name": "工作日 working days"})
    chart.set_y_axis({"name": "笔数 count"})
    chart.set_legend({"none": True})
    sheet.insert_chart(2, 5, chart, {"x_scale": 1.3, "y_scale": 1.2})


class _Sheets:
    """The sheets of the verdicts, written one after the other as the rows come."""

    def __init__(
        self, book: xlsxwriter.Workbook, totals: Mapping[str, tuple[int, int]], rows_max: int
    ) -> None:
        self._book, self._totals, self._rows_max = book, totals, rows_max
        self._head = _head(book)
        self._formats = {
            Kind.TEXT: book.add_format({"num_format": "@"}),
            Kind.AMOUNT: book.add_format({"num_format": "#,##0.00"}),
            Kind.COUNT: book.add_format({"num_format": "0"}),
        }

    def write(self, rows: Iterable[Mapping[str, Any] | Sequence[Any]]) -> None:
        """Write every row, a sheet a verdict."""
        verdict, sheet, row = None, None, 0
        for one in rows:
            cells = [one[c.en] for c in COLUMNS] if isinstance(one, Mapping) else one
            if sheet is None or cells[_VERDICT] != verdict:
                verdict = cells[_VERDICT]
                sheet, row = self._new(verdict)
            if row - _FIRST_ROW < self._rows_max:
                self._line(sheet, row, cells)
                row += 1

    def _new(self, verdict: str) -> tuple[Worksheet, int]:
        sheet = self._book.add_worksheet(_named(verdict)[:31])
        for at, column in enumerate(COLUMNS):
            sheet.set_column(at, at, column.width, self._formats[column.kind])
        total = self._totals.get(verdict, (0, 0))[0]
        note = f"共 {total} 行 rows"
        if total > self._rows_max:
            note += (
                f"，仅列前 {self._rows_max} 行，全部见 discrepancies.parquet"
                f" (the first {self._rows_max} are shown; discrepancies.parquet has all)"
            )
        sheet.write_string(0, 0, note)
        sheet.set_row(1, 30)
        for at, column in enumerate(COLUMNS):
            sheet.write_string(1, at, f"{column.zh}\n{column.en}", self._head)
        sheet.freeze_panes(_FIRST_ROW, 0)
        return sheet, _FIRST_ROW

    def _line(self, sheet: Worksheet, row: int, cells: Sequence[Any]) -> None:
        for at, (cell, column) in enumerate(zip(cells, COLUMNS, strict=True)):
            if cell is None:
                continue
            fmt = self._formats[column.kind]
            if column.kind is Kind.TEXT:
                sheet.write_string(row, at, _text(cell, column.en), fmt)
            else:
                sheet.write_number(row, at, cell, fmt)


_FIRST_ROW: Final = 2


def _text(cell: object, column: str) -> str:
    if column == "insurance_kind":
        name = KIND_NAMES.get(str(cell))
        return f"{name} {cell}" if name else str(cell)
    if column == "verdict":
        return _named(str(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _named(verdict: str) -> str:
    return f"{cause(verdict).zh} {verdict}"


def _head(book: xlsxwriter.Workbook) -> Format:
    return book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
