"""The work list of returned payments (退单更正名单), as CSV or as a workbook.

It goes to the desk with full numbers, since the desk must compare them, and comes back with the
last columns filled in: `hub.flows.work_list` reads what is written here.
"""

from __future__ import annotations

import csv
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import xlsxwriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from hub.domain.unpaid import Waiting

KNOWN: Final = (
    "明细号", "姓名", "社会保障号码", "待遇项目", "所属期", "金额", "应付日", "未到账天数", "环节",
    "退单代码", "退单原因", "银行原文", "处理", "建议", "银行", "行号", "账号", "户名",
)  # fmt: skip
ANSWERED: Final = ("新银行", "新行号", "新账号", "新户名", "说明")
"""The columns that the desk fills in."""

COLUMNS: Final = (*KNOWN, *ANSWERED)
ITEM: Final = KNOWN[0]

_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook that tells no time is repeatable
_AMOUNT: Final = KNOWN.index("金额")
_WIDTHS: Final = {
    "社会保障号码": 21,
    "账号": 24,
    "新账号": 24,
    "建议": 40,
    "说明": 30,
    "退单原因": 24,
}
_WIDTH: Final = 12
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(path: Path, waiting: Iterable[Waiting]) -> None:
    """Write the list as UTF-8 with a byte order mark, so that Excel shows it rightly."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for cells in _rows(waiting):
            writer.writerow([_harmless(str(cell)) for cell in cells])


def write_workbook(path: Path, waiting: Iterable[Waiting]) -> None:
    """Write the list as a workbook; numbers of accounts and people are texts."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE, "title": "退单更正名单"})
        sheet = book.add_worksheet("退单")
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        to_fill = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1})
        money, text = (
            book.add_format({"num_format": "#,##0.00"}),
            book.add_format({"num_format": "@"}),
        )
        sheet.freeze_panes(1, 2)
        for number, name in enumerate(COLUMNS):
            sheet.set_column(number, number, _WIDTHS.get(name, _WIDTH), text)
            sheet.write_string(0, number, name, to_fill if name in ANSWERED else head)
        for line, cells in enumerate(_rows(waiting), start=1):
            for number, cell in enumerate(cells):
                if number == _AMOUNT:
                    sheet.write_number(line, number, Decimal(str(cell)), money)
                else:
                    sheet.write_string(line, number, str(cell))


def _rows(waiting: Iterable[Waiting]) -> Iterator[tuple[str | int | Decimal, ...]]:
    for one in waiting:
        item, reason = one.item, one.reason
        yield (
            item.id, item.person_name, item.person_id, item.benefit, item.period,
            Decimal(item.amount_fen) / 100, one.since_on.isoformat(), one.days, one.desk,
            reason.code if reason else "", reason.zh if reason else "", item.outcome_raw or "",
            reason.remedy.zh if reason else "", one.zh, item.bank, item.bank_no or "",
            item.account_no, item.account_name, *("" for _ in ANSWERED),
        )  # fmt: skip


def _harmless(text: str) -> str:
    """Keep a text of a bank from being a formula when a spreadsheet opens the file."""
    return f"'{text}" if text.startswith(_FORMULA) else text
