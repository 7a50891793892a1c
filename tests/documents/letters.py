"""Letters to print: realistic, with rare characters and with names that look like markup."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from docx import Document
from docx.table import Table
from pypdf import PdfReader

from hub.domain.letter_content import Earlier, Item, KindTotal, LetterContent, Person, Stamp

if TYPE_CHECKING:
    from hub.documents.wording import LetterText

RARE = ("欧阳𠮷祥", "㛃", "阿卜杜拉·买买提江")
HOSTILE = (
    '#include "/etc/passwd"', "$x$ #let a = 1", "*_粗体_*", 'a"b\\c`d`', "</w:t><w:br/>",
    "=HYPERLINK(1)", "{{ 1 + 1 }}", "// 注释 /* */", "@ref <label>", "~ -- ---", "&amp;",
)  # fmt: skip
STAMP = Stamp(number="示社保财函〔2026〕7号", sent_on=date(2026, 12, 1), due_on=date(2026, 12, 15))


def item(number: int, **changes) -> Item:
    return replace(
        Item(
            discrepancy_id=number,
            cause="short",
            amount_fen=1_234_567 + number,
            count=1,
            receipt_no=f"4440126110000{number:05d}",
            deposit_no=None,
            payer_id="91440101MA5CXW2P4K",
            payer_name="广州示例远景智能制造科技股份有限公司",
            insurance_kind="pension",
            period=202611,
            collected_fen=98_765_432,
            deposited_fen=97_530_865,
            assessed_fen=None,
            age_working_days=7,
        ),
        **changes,
    )


def person(number: int, name: str | None = None) -> Person:
    return Person(
        receipt_no=f"4440126110000{number:05d}",
        payer_id="91440101MA5CXW2P4K",
        payer_name="广州示例远景智能制造科技股份有限公司",
        person_id="440101199001011234",
        person_name=name or RARE[number % len(RARE)],
        insurance_kind="medical",
        period=202611,
        amount_fen=45_678,
    )


def content(*items: Item, **changes) -> LetterContent:
    kinds = ("pension", "medical", "unemployment", "work_injury")
    made = LetterContent(
        agency="示范市社会保险基金管理中心",
        to_party="国家税务总局示范市税务局",
        cc_party="示范市财政局",
        contact="联系人：财务管理科，电话：020-00000000",
        month=202611,
        until=date(2026, 11, 30),
        transit_working_days=3,
        reply_working_days=10,
        in_transit_count=12,
        in_transit_fen=1_234_567,
        totals=tuple(
            KindTotal(
                insurance_kind=kind,
                collected_fen=12_345_678_901 * n,
                deposited_fen=12_345_678_901 * n - 5_000_000,
                credited_fen=None if n == 1 else 12_345_678_901 * n,
            )
            for n, kind in enumerate(kinds, start=1)
        ),
        items=items,
    )
    return replace(made, **changes)


def late(made: LetterContent, ordinal: int = 1) -> LetterContent:
    earlier = Earlier(
        number=STAMP.number, sent_on=STAMP.sent_on, due_on=STAMP.due_on,
        overdue_working_days=3, ordinal=ordinal,
    )  # fmt: skip
    return replace(made, earlier=earlier)


def squeezed(text: str) -> str:
    """Return text without white space and without the marks that let long words break."""
    return re.sub(r"[\s\u200b]+", "", text)


def words_of(text: LetterText) -> str:
    """Return all words of a letter in the order of the page."""
    parts = [text.agency, text.number, text.title, text.addressee, text.opening]
    for section in text.sections:
        parts += [section.heading, *section.paragraphs]
        if section.grid is not None:
            parts += [c.name for c in section.grid.columns]
            parts += [cell for row in section.grid.rows for cell in row]
    parts += [text.closing, *(["附件："] if text.annex_list else []), *text.annex_list]
    parts += [text.signature, text.date, text.contact, text.remark]
    for annex in text.annexes:
        parts += [annex.mark, annex.title, annex.unit, *(c.name for c in annex.grid.columns)]
        parts += [cell for row in annex.grid.rows for cell in row]
        parts.append(annex.note)
    return squeezed("".join([*parts, text.copy_to]))


def words_of_pdf(pdf: bytes, text: LetterText) -> str:
    """Return all words of a PDF; page numbers and heads that are repeated are left out."""
    heads = [squeezed("".join(c.name for c in a.grid.columns)) for a in text.annexes]
    pages = []
    for number, page in enumerate(PdfReader(io.BytesIO(pdf)).pages, start=1):
        words = squeezed(page.extract_text())
        if number > 1:
            assert words.count(f"—{number}—") == 1
            words = words.replace(f"—{number}—", "")
        for head in heads:
            words = words.removeprefix(head)
        pages.append(words.replace(squeezed(text.draft_mark), "") if text.is_draft else words)
    return "".join(pages)


def words_of_docx(docx: bytes) -> str:
    parts = []
    for block in Document(io.BytesIO(docx)).iter_inner_content():
        if isinstance(block, Table):
            parts += [cell.text for row in block.rows for cell in row.cells]
        else:
            parts.append(block.text)
    return squeezed("".join(parts))
