"""The work list of returned payments or failed debits (更正名单), as CSV or as a workbook.

It goes to the desk with full numbers, since the desk must compare them, and comes back with the
last columns filled in: `hub.flows.work_list` reads what is written here.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import xlsxwriter

from hub.documents.spreadsheet import harmless
from hub.domain.debit import DebitItem
from hub.domain.way import Way

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from hub.domain.unpaid import Waiting

ITEM: Final = "明细号"
AMOUNT: Final = "金额"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSheet:
    """What a work list is called, and its columns: what is known, and what the desk fills in.

    `answered` are names of a correction by column.
    """

    title: str
    sheet: str
    known: tuple[str, ...]
    answered: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all columns."""
        return (*self.known, *self.answered)


_ACCOUNT: Final = {
    "新银行": "bank", "新行号": "bank_no", "新账号": "account_no", "新户名": "account_name",
}  # fmt: skip
SHEETS: Final = {
    Way.PAYOUT: WorkSheet(
        title="退单更正名单",
        sheet="退单",
        known=(
            ITEM, "姓名", "社会保障号码", "待遇项目", "所属期", AMOUNT, "应付日", "未到账天数",
            "环节", "退单代码", "退单原因", "银行原文", "处理", "建议", "银行", "行号", "账号",
            "户名",
        ),
        answered=_ACCOUNT | {"说明": "explanation"},
    ),
    Way.DEBIT: WorkSheet(
        title="扣款失败名单",
        sheet="扣款失败",
        known=(
            ITEM, "姓名", "社会保障号码", "缴费项目", "所属期", AMOUNT, "首次扣款日", "已等天数",
            "环节", "失败代码", "失败原因", "银行原文", "处理", "建议", "银行", "行号", "账号",
            "户名", "授权协议号", "签订日期", "有效期至",
        ),
        answered=_ACCOUNT | {
            "新授权协议号": "mandate_no", "新签订日期": "mandate_on",
            "新有效期至": "mandate_until", "说明": "explanation",
        },
    ),
}  # fmt: skip

_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook that tells no time is repeatable
_WIDTHS: Final = {
    "社会保障号码": 21,
    "账号": 24,
    "新账号": 24,
    "建议": 40,
    "说明": 30,
    "退单原因": 24,
    "失败原因": 24,
    "授权协议号": 24,
    "新授权协议号": 24,
}
_WIDTH: Final = 12


def write_csv(path: Path, waiting: Iterable[Waiting], way: Way = Way.PAYOUT) -> None:
    """Write the list as UTF-8 with a byte order mark, so that Excel shows it rightly."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SHEETS[way].columns)
        for cells in _rows(waiting, way):
            writer.writerow([harmless(str(cell)) for cell in cells])


def write_workbook(path: Path, waiting: Iterable[Waiting], way: Way = Way.PAYOUT) -> None:
    """Write the list as a workbook; numbers of accounts and people are texts."""
    made = SHEETS[way]
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _MADE, "title": made.title})
        sheet = book.add_worksheet(made.sheet)
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
        to_fill = book.add_format({"bold": True, "bg_color": "#FFF2CC", "border": 1})
        money, text = (
            book.add_format({"num_format": "#,##0.00"}),
            book.add_format({"num_format": "@"}),
        )
        sheet.freeze_panes(1, 2)
        for number, name in enumerate(made.columns):
            sheet.set_column(number, number, _WIDTHS.get(name, _WIDTH), text)
            sheet.write_string(0, number, name, to_fill if name in made.answered else head)
        for line, cells in enumerate(_rows(waiting, way), start=1):
            for number, cell in enumerate(cells):
                if number == made.known.index(AMOUNT):
                    sheet.write_number(line, number, Decimal(str(cell)), money)
                else:
                    sheet.write_string(line, number, str(cell))


def _rows(waiting: Iterable[Waiting], way: Way) -> Iterator[tuple[str | int | Decimal, ...]]:
    for one in waiting:
        item, reason = one.item, one.reason
        mandate: tuple[str, ...] = ()
        if isinstance(item, DebitItem):
            days = (item.mandate_on, item.mandate_until)
            mandate = (item.mandate_no or "", *(str(day) if day else "" for day in days))
        yield (
            item.id, item.person_name, item.person_id, item.benefit, item.period,
            Decimal(item.amount_fen) / 100, one.since_on.isoformat(), one.days, one.desk,
            reason.code if reason else "", reason.zh if reason else "", item.outcome_raw or "",
            reason.remedy.zh_of(way) if reason else "", one.zh, item.bank, item.bank_no or "",
            item.account_no, item.account_name, *mandate, *("" for _ in SHEETS[way].answered),
        )  # fmt: skip
