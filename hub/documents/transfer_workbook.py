"""A transfer's paper as a workbook for a region without a hub: a sheet of fields, a sheet of years.

The first column holds the names by which a workbook is read again; the second what people call
them. Sums are text in yuan: a spreadsheet must not round them. Nothing is a formula.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

import xlsxwriter

from hub.documents.transfer_pdf import LABELS, YEAR_LABELS
from hub.domain.money import yuan_text
from hub.domain.transfer_paper import YEAR, flat

if TYPE_CHECKING:
    from hub.domain.transfer_paper import Paper

FIELDS_SHEET: Final = "转移文书"
YEARS_SHEET: Final = "年度"
_MADE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook that tells no time is repeatable
_NAMES: Final = {
    "paper": "文书", "ref": "案号", "round": "轮次", "kind": "险种", "person_id": "公民身份号码",
    "person_name": "姓名", "source": "转出地", "target": "转入地", "number": "编号",
    "made_on": "日期", "applied_on": "申请日期", "amount_fen": "金额（元）", "epoch": "转移序次",
    "reason": "原因", "account_name": "开户全称", "account_no": "银行账号",
    "account_bank": "开户银行", "account_bank_no": "开户行行号",
}  # fmt: skip


def write_paper(paper: Paper) -> bytes:
    """Return a paper as XLSX; the same paper gives the same bytes."""
    fields, rows = flat(paper)
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": _MADE, "title": paper.paper.zh})
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet(FIELDS_SHEET)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 2, 36)
        sheet.write_row(0, 0, ("field", "栏目", "内容"), bold)
        for number, (name, value) in enumerate(fields.items(), start=1):
            label = _NAMES.get(name) or LABELS.get(name.removeprefix("item_"), name)
            sheet.write_string(number, 0, name)
            sheet.write_string(number, 1, label)
            sheet.write_string(number, 2, _text(name, value), plain)
        years = book.add_worksheet(YEARS_SHEET)
        years.set_column(0, len(YEAR) - 1, 14)
        years.write_row(0, 0, YEAR, bold)
        years.write_row(1, 0, YEAR_LABELS, bold)
        for number, row in enumerate(rows, start=2):
            for column, name in enumerate(YEAR):
                years.write_string(number, column, _text(name, row[name]), plain)
    return out.getvalue()


def _text(name: str, value: str | int | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and name.endswith("_fen"):
        return yuan_text(value)
    return str(value)
