"""Vouchers for the finance system: one row a line (分录), as CSV or as a workbook.

Amounts are yuan with two decimals, red ones with a minus sign. Codes that nobody has verified are
left out. Text that a spreadsheet would take for a formula gets an apostrophe in CSV.
"""

from __future__ import annotations

import csv
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter

from hub.documents.annex import ROWS_MAX
from hub.documents.spreadsheet import harmless
from hub.domain.books import Side
from hub.domain.chinese import kind_name
from hub.domain.money import yuan_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

    from hub.domain.books import Books
    from hub.domain.voucher import Line, Voucher

COLUMNS: Final = (
    ("凭证号", 20), ("日期", 11), ("险种", 14), ("摘要", 30), ("行号", 5), ("科目代码", 9),
    ("科目", 18), ("明细", 14), ("借方金额", 16), ("贷方金额", 16), ("冲销凭证号", 20),
    ("业务", 20), ("业务对象", 22), ("模板", 30), ("制单", 10), ("复核", 10), ("原始凭证", 40),
)  # fmt: skip
_DEBIT, _CREDIT = 8, 9
_FEN_PER_YUAN: Final = 100
_ENCODING: Final = "utf-8-sig"  # Excel takes a CSV without this mark for the system's code page


def write_csv(path: Path, vouchers: Iterable[Voucher], books: Books) -> int:
    """Write the lines of vouchers as CSV and return how many vouchers there were."""
    with path.open("w", encoding=_ENCODING, newline="") as file:
        return _csv(file, vouchers, books)


def write_workbook(path: Path, vouchers: Iterable[Voucher], books: Books) -> int:
    """Write the lines of vouchers as a workbook and return how many vouchers there were.

    Rows are written as they come; red amounts are red. A full sheet goes on in a further one.
    """
    options = {"constant_memory": True, "in_memory": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        head = book.add_format({"bold": True, "border": 1, "align": "center"})
        text = book.add_format({"num_format": "@"})
        amount = book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"})
        sheet, row, count = None, 0, 0
        for voucher in vouchers:
            count += 1
            if count == 1:
                created = datetime.combine(voucher.booked_on, time())
                book.set_properties({"title": "记账凭证", "created": created})
            for cells in _rows(voucher, books):
                if sheet is None or row == ROWS_MAX:
                    sheet, row = _sheet(book, head), 0
                row += 1
                for at, cell in enumerate(cells):
                    if isinstance(cell, int) and at in (_DEBIT, _CREDIT):
                        sheet.write_number(row, at, cell / _FEN_PER_YUAN, amount)
                    elif cell is not None:
                        sheet.write_string(row, at, str(cell), text)
        if sheet is None:
            _sheet(book, head)
    return count


def _csv(file: TextIO, vouchers: Iterable[Voucher], books: Books) -> int:
    writer = csv.writer(file)
    writer.writerow([name for name, _ in COLUMNS])
    count = 0
    for voucher in vouchers:
        count += 1
        for cells in _rows(voucher, books):
            writer.writerow([
                yuan_text(cell) if isinstance(cell, int) and at in (_DEBIT, _CREDIT)
                else _harmless(cell)
                for at, cell in enumerate(cells)
            ])  # fmt: skip
    return count


def _rows(voucher: Voucher, books: Books) -> Iterator[tuple[str | int | None, ...]]:
    papers = "；".join(f"{one.name} {one.sha256[:12]}" for one in voucher.documents)
    for number, line in enumerate(voucher.lines, start=1):
        account = books.accounts.get(line.account)  # an account may have left the chart since
        yield (
            voucher.no, voucher.booked_on.isoformat(), kind_name(voucher.fund), voucher.summary,
            number, account.printed_code if account else None, line.account, line.detail or None,
            _on(line, Side.DEBIT), _on(line, Side.CREDIT), voucher.reverses_no, voucher.event,
            voucher.subject, voucher.rule, voucher.prepared_by or voucher.actor,
            voucher.reviewed_by, papers,
        )  # fmt: skip


def _on(line: Line, side: Side) -> int | None:
    return line.amount_fen if line.side is side else None


def _harmless(cell: str | int | None) -> str:
    return harmless("" if cell is None else str(cell))


def _sheet(book: xlsxwriter.Workbook, head: Any) -> Any:  # noqa: ANN401 -- xlsxwriter's own
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("记账凭证" if number == 1 else f"记账凭证（{number}）")
    sheet.freeze_panes(1, 0)
    for at, (name, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, head)
    return sheet
