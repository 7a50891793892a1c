"""The electronic annex (电子附件) of a letter: a workbook with all differences and all persons.

Paper shows the first rows only; this holds every one. Numbers of receipts, payers and people are
text, so that no digit is lost; amounts are numbers in yuan. Rows are written as they come and are
never held together. The same content gives the same bytes.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import IO, TYPE_CHECKING, Any, Final

import xlsxwriter

from hub.documents.sheets import (
    ITEM_COLUMNS,
    PERSON_COLUMNS,
    Kind,
    item_rows,
    person_rows,
    shown,
)
from hub.domain.chinese import date_text, month_text
from hub.domain.money import yuan_display

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xlsxwriter.worksheet import Worksheet

    from hub.documents.sheets import Cell, SheetColumn
    from hub.domain.letter_content import LetterContent, Person, Stamp

NOTES, ITEMS, PERSONS = "说明", "核对不符款项清单", "涉及人员明细"
ROWS_MAX: Final = 1_048_575  # of a sheet in Excel, without its head

_A4: Final = 9
_FEN_PER_YUAN: Final = 100
_CHARACTER_WIDTHS: Final = 1.15


def write_annex(
    out: Path | IO[bytes],
    content: LetterContent,
    persons: Iterable[Person],
    *,
    stamp: Stamp | None = None,
    rows_max: int = ROWS_MAX,
) -> int:
    """Write the workbook and return how many persons it lists.

    More than `rows_max` rows go on in a further sheet. Without a stamp it says that it is a draft.
    """
    target = out if hasattr(out, "write") else str(out)
    with xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": False}) as book:
        made_on = stamp.sent_on if stamp else content.until
        book.set_properties(
            {
                "title": f"{month_text(content.month)}社会保险费核对电子附件",
                "author": content.agency,
                "created": datetime.combine(made_on, time()),
            }
        )
        pages = Pages(book, rows_max)
        pages.write(ITEMS, ITEM_COLUMNS, item_rows(content.items))
        persons_total = pages.write(PERSONS, PERSON_COLUMNS, person_rows(persons))
        _notes(book, content, stamp, persons_total)
    return persons_total


class Pages:
    """Writes tables into sheets, as many sheets as a table needs."""

    def __init__(self, book: xlsxwriter.Workbook, rows_max: int) -> None:
        self._book, self._rows_max = book, rows_max
        self._head = book.add_format(
            {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "border": 1}
        )
        self._text = book.add_format({"num_format": "@", "border": 1})
        self._count = book.add_format({"num_format": "0", "border": 1})
        self._amount = book.add_format({"num_format": "#,##0.00", "border": 1})

    def write(
        self, name: str, columns: Sequence[SheetColumn], rows: Iterable[tuple[Cell, ...]]
    ) -> int:
        """Write a table and return its number of rows."""
        sheet, total = self._sheet(name, columns), 0
        for total, row in enumerate(rows, start=1):
            line = (total - 1) % self._rows_max + 1
            if total > 1 and line == 1:
                sheet = self._sheet(f"{name}（{(total - 1) // self._rows_max + 1}）", columns)
            for at, (cell, column) in enumerate(zip(row, columns, strict=True)):
                self._cell(sheet, line, at, cell, column.kind)
        return total

    def _cell(self, sheet: Worksheet, line: int, at: int, cell: Cell, kind: Kind) -> None:
        if cell is None or cell == "":
            sheet.write_blank(line, at, None, self._text)
        elif kind is Kind.AMOUNT and isinstance(cell, int):
            sheet.write_number(line, at, cell / _FEN_PER_YUAN, self._amount)
        elif kind is Kind.COUNT and isinstance(cell, int):
            sheet.write_number(line, at, cell, self._count)
        else:
            # write_string, so that no text is taken for a formula or a link
            sheet.write_string(line, at, shown(cell, kind), self._text)

    def _sheet(self, name: str, columns: Sequence[SheetColumn]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.7)
        sheet.set_header(f"&C{name}")
        sheet.set_footer("&C— &P —")
        for at, column in enumerate(columns):
            sheet.set_column(at, at, column.width * _CHARACTER_WIDTHS)
            sheet.write_string(0, at, column.zh, self._head)
        return sheet


def _notes(
    book: xlsxwriter.Workbook, content: LetterContent, stamp: Stamp | None, persons_total: int
) -> None:
    lines: list[tuple[str, Any]] = [
        ("文号", stamp.number if stamp else "草稿，未经签发"),
        ("发文单位", content.agency),
        ("主送", content.to_party),
        ("抄送", content.cc_party),
        ("核对月份", month_text(content.month)),
        ("数据截至", date_text(content.until)),
        ("核对不符项数", f"{len(content.items)}项"),
        ("核对不符笔数", f"{content.count}笔"),
        ("涉及金额合计（元）", yuan_display(content.amount_fen)),
        ("涉及人次", f"{persons_total}人次"),
        ("说明一", "税票号码、单位代码、社会保障号码均为文本；金额单位为元，为数值，可直接汇总。"),
        ("说明二", "空白单元格表示该方没有此项数据，不表示为零。"),
        (
            "说明三",
            (
                "“笔数”大于1的为合并列示。“已历工作日”自征收之日起算。"
                f"征收后{content.transit_working_days}个工作日以内的在途款项不在其内。"
            ),
        ),
        ("说明四", "本表含个人信息，仅限核对使用，请按规定保管和销毁。"),
    ]
    sheet = book.add_worksheet(NOTES)
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    label = book.add_format({"bold": True, "valign": "top"})
    words = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    for line, (name, value) in enumerate(lines):
        sheet.write_string(line, 0, name, label)
        sheet.write_string(line, 1, value, words)
