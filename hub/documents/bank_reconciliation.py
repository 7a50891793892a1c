"""The bank reconciliation statement (银行存款余额调节表) of an account and month, as a workbook.

Three sheets: the table as finance signs it, the month's days with their balances, and its lines
with the rule that explains each. Amounts are numbers with two decimals; account numbers are not
in it.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from hub.domain.bank_day import OpenItem, Reconciliation
    from hub.store.bank_matches import KeptLine
    from hub.store.bank_statements import DayRow

_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook that tells no time is repeatable
_OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
DAY_COLUMNS: Final = ("日期", "期初余额", "收入", "支出", "期末余额", "笔数", "状态")
LINE_COLUMNS: Final = (
    "日期",
    "收入",
    "支出",
    "摘要",
    "对方户名",
    "银行流水号",
    "用途",
    "依据",
    "原文位置",
)


class _Sheet:
    """Writes one sheet row by row."""

    def __init__(self, book: Any, name: str, widths: Sequence[int]) -> None:  # noqa: ANN401
        self._sheet = book.add_worksheet(name)
        self._money = book.add_format({"num_format": "#,##0.00"})
        self._head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        self._bold = book.add_format({"bold": True, "font_size": 14})
        self._row = 0
        for number, width in enumerate(widths):
            self._sheet.set_column(number, number, width)

    def title(self, text: str) -> None:
        """Write a line that stands above a table."""
        self._sheet.write_string(self._row, 0, text, self._bold)
        self._row += 1

    def head(self, names: Sequence[str]) -> None:
        """Write a line of names."""
        for number, name in enumerate(names):
            self._sheet.write_string(self._row, number, name, self._head)
        self._row += 1

    def row(self, cells: Iterable[object]) -> None:
        """Write cells: `Decimal` as money, `int` as a number, the rest as text."""
        for number, cell in enumerate(cells):
            if isinstance(cell, Decimal):
                self._sheet.write_number(self._row, number, cell, self._money)
            elif isinstance(cell, int):
                self._sheet.write_number(self._row, number, cell)
            elif cell is not None:
                self._sheet.write_string(self._row, number, str(cell))
        self._row += 1


def write_workbook(
    path: Path,
    found: Reconciliation,
    days: Iterable[DayRow],
    lines: Iterable[KeptLine],
    *,
    agency: str,
) -> None:
    """Write the reconciliation of a month's end, with its days and lines."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"created": _MADE, "title": f"银行存款余额调节表 {found.title}"})
        _table(_Sheet(book, "余额调节表", (14, 44, 18, 4, 14, 44, 18)), found, agency)
        sheet = _Sheet(book, "逐日余额", (12, 18, 18, 18, 18, 8, 30))
        sheet.head(DAY_COLUMNS)
        for day in days:
            sheet.row(_day(day))
        sheet = _Sheet(book, "银行流水", (12, 16, 16, 44, 24, 24, 20, 22, 18))
        sheet.head(LINE_COLUMNS)
        for kept in lines:
            sheet.row(_line(kept))


def _table(sheet: _Sheet, found: Reconciliation, agency: str) -> None:
    sheet.title("银行存款余额调节表")
    sheet.row([f"单位：{agency}"])
    sheet.row([f"账户：{found.title}", None, None, None, f"截止：{found.on.isoformat()}"])
    sheet.head(("", "银行对账单", "金额（元）", "", "", "单位账面", "金额（元）"))
    sheet.row(
        [None, f"余额（对账单至 {found.statement_on or '—'}）", _yuan(found.bank_fen), None,
         None, "余额", _yuan(found.book_fen)]
    )  # fmt: skip
    _both(sheet, "加：单位已收，银行未收", found.received(found.book_only),
          "加：银行已收，单位未收", found.received(found.bank_only))  # fmt: skip
    _both(sheet, "减：单位已付，银行未付", found.paid(found.book_only),
          "减：银行已付，单位未付", found.paid(found.bank_only))  # fmt: skip
    sheet.row(
        [None, "调节后余额", _yuan(found.bank_adjusted_fen), None,
         None, "调节后余额", _yuan(found.book_adjusted_fen)]
    )  # fmt: skip
    sheet.row([None, "差额", _yuan(found.difference_fen)])
    sheet.row([])
    sheet.row([None, "会计：", None, None, None, "出纳："])


def _both(
    sheet: _Sheet, ours: str, left: Sequence[OpenItem], theirs: str, right: Sequence[OpenItem]
) -> None:
    """Write items of both sides beside each other, under a line that sums them."""
    sums = [sum(one.amount_fen for one in side) for side in (left, right)]
    sheet.row([None, ours, _yuan(sums[0]), None, None, theirs, _yuan(sums[1])])
    for number in range(max(len(left), len(right))):
        cells: list[object] = []
        for side in (left, right):
            one = side[number] if number < len(side) else None
            cells += (
                [one.on.isoformat(), f"{one.what} {one.text}", _yuan(one.amount_fen), None]
                if one is not None
                else [None, None, None, None]
            )
        sheet.row(cells)


def _day(day: DayRow) -> list[object]:
    state = day.broken.zh if day.broken else "已日终" if day.closed_at else "未日终"
    amounts = (day.opening_fen, day.credit_fen, day.debit_fen, day.closing_fen)
    return [day.booked_on.isoformat(), *map(_yuan, amounts), day.line_count, state]


def _line(kept: KeptLine) -> list[object]:
    line = kept.line
    into = _yuan(line.amount_fen) if line.amount_fen > 0 else None
    out = _yuan(-line.amount_fen) if line.amount_fen < 0 else None
    return [
        line.booked_on.isoformat(), into, out, line.narrative, line.party_name, line.reference,
        kept.purpose, kept.rule, f"inbox:{kept.inbox_id}/line:{line.place_line or line.number}",
    ]  # fmt: skip


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100


def month_days(month: int) -> tuple[date, date]:
    """Return the first and last day of a month `yyyymm`."""
    year, number = divmod(month, 100)
    following = date(year + number // 12, number % 12 + 1, 1)
    return date(year, number, 1), following.fromordinal(following.toordinal() - 1)
