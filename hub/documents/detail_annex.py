"""The details annex (明细附件) of a form: a workbook with every payment, named by its SHA-256.

Rows are written as they come and are never held together. The same payments give the same bytes,
so that the SHA-256 on the paper holds whenever the form is printed.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Final

import xlsxwriter

from hub.documents.annex import ROWS_MAX, Pages
from hub.documents.sheets import Kind, SheetColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from hub.documents.sheets import Cell
    from hub.domain.payout import PayoutItem

SHEET: Final = "支付明细"

COLUMNS: Final = (
    SheetColumn(zh="序号", en="item_no", kind=Kind.COUNT, width=7),
    SheetColumn(zh="证件（单位）号码", en="person_id", kind=Kind.TEXT, width=20),
    SheetColumn(zh="姓名（单位）", en="person_name", kind=Kind.TEXT, width=22),
    SheetColumn(zh="项目", en="benefit", kind=Kind.TEXT, width=20),
    SheetColumn(zh="所属期", en="period", kind=Kind.PERIOD, width=9),
    SheetColumn(zh="金额（元）", en="amount", kind=Kind.AMOUNT, width=15),
    SheetColumn(zh="经办银行", en="bank", kind=Kind.TEXT, width=18),
    SheetColumn(zh="开户行行号", en="bank_no", kind=Kind.TEXT, width=14),
    SheetColumn(zh="收款账号", en="account_no", kind=Kind.TEXT, width=24),
    SheetColumn(zh="收款户名", en="account_name", kind=Kind.TEXT, width=22),
    SheetColumn(zh="端到端号", en="end_to_end_id", kind=Kind.TEXT, width=22),
    SheetColumn(zh="次数", en="attempt", kind=Kind.COUNT, width=6),
)


def write_detail_annex(
    out: Path, items: Iterable[PayoutItem], *, title: str, author: str, made_on: date
) -> int:
    """Write the workbook and return how many payments it has."""
    with xlsxwriter.Workbook(str(out), {"constant_memory": True, "in_memory": False}) as book:
        created = datetime.combine(made_on, time())
        book.set_properties({"title": title, "author": author, "created": created})
        return Pages(book, ROWS_MAX).write(SHEET, COLUMNS, _rows(items))


def _rows(items: Iterable[PayoutItem]) -> Iterator[tuple[Cell, ...]]:
    for one in items:
        yield (
            one.item_no, one.person_id, one.person_name, one.benefit, one.period, one.amount_fen,
            one.bank, one.bank_no, one.account_no, one.account_name, one.end_to_end_id,
            one.attempt,
        )  # fmt: skip
