"""A letter as DOCX, for offices that edit and stamp in Word or WPS: the same words as the PDF.

The fonts are those that GB/T 9704 asks for, by name; Word and WPS bring them or put their own in
their place. Measures are the standard's, as in `templates/letter.typ`.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt, RGBColor

from hub.documents import docx_parts as parts
from hub.documents.characters import acting, written_out

if TYPE_CHECKING:
    from docx.document import Document as Docx

    from hub.documents.wording import Annex, LetterText

TITLE_FONT: Final = "方正小标宋简体"
BODY_FONT: Final = "仿宋"
HEADING_FONT: Final = "黑体"

_RED: Final = RGBColor(0xE6, 0x00, 0x12)
_GREY: Final = RGBColor(0x80, 0x80, 0x80)
_LINE: Final = Pt(28.95)  # 22 lines on 225 mm
_AGENCY_CHARACTERS: Final = 12  # of 36 points on a line of 156 mm
_INDENT: Final = Pt(32)


def render_docx(text: LetterText) -> bytes:
    """Return the letter as DOCX; the same words give the same bytes."""
    text = written_out(text, acting(text))
    document = Document()
    _set_up(document, text)
    _head(document, text)
    _body(document, text)
    _end(document, text)
    for annex in text.annexes:
        _annex(document, annex)
    parts.paragraph(document, text.copy_to, font=BODY_FONT, size=Pt(14), before=_LINE)
    out = io.BytesIO()
    document.save(out)
    return parts.with_fixed_times(out.getvalue())


def _set_up(document: Docx, text: LetterText) -> None:
    moment = datetime.combine(text.dated_on, time(), UTC)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = text.title, text.agency, ""
    properties.created = properties.modified = moment
    parts.set_default_font(document, BODY_FONT, Pt(16), _LINE)
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = (
        Mm(37), Mm(35), Mm(28), Mm(26),
    )  # fmt: skip
    page.footer_distance = Mm(20)
    page.different_first_page_header_footer = True  # the first page has no number
    parts.add_page_number(page.footer.paragraphs[0], Pt(14))
    parts.rule(page.first_page_footer.paragraphs[0], "top", "thinThickSmallGap", str(_RED))
    if text.draft_mark:
        for header in (page.header, page.first_page_header):
            parts.fill(header.paragraphs[0], text.draft_mark, HEADING_FONT, Pt(22), _GREY)


def _head(document: Docx, text: LetterText) -> None:
    size = Pt(36 * min(1.0, _AGENCY_CHARACTERS / len(text.agency or " ")))
    agency = parts.paragraph(
        document, text.agency, font=TITLE_FONT, size=size, align=ALIGN.CENTER, line=None
    )
    agency.runs[0].font.color.rgb = _RED
    parts.rule(agency, "bottom", "thickThinSmallGap", str(_RED))
    parts.paragraph(document, text.number, align=ALIGN.RIGHT, before=Pt(14))
    last = len(text.title_lines) - 1
    for number, line in enumerate(text.title_lines):
        parts.paragraph(
            document, line, font=TITLE_FONT, size=Pt(22), align=ALIGN.CENTER, line=Pt(34),
            before=2 * _LINE if number == 0 else None, after=_LINE if number == last else None,
        )  # fmt: skip


def _body(document: Docx, text: LetterText) -> None:
    parts.paragraph(document, text.addressee)
    parts.paragraph(document, text.opening, indent=_INDENT)
    for section in text.sections:
        heading = parts.paragraph(document, section.heading, font=HEADING_FONT, indent=_INDENT)
        heading.paragraph_format.keep_with_next = True
        for words in section.paragraphs:
            parts.paragraph(document, words, indent=_INDENT)
        if section.grid is not None:
            parts.table(document, section.grid, width=Mm(156), size=Pt(10.5), bold=HEADING_FONT)


def _end(document: Docx, text: LetterText) -> None:
    parts.paragraph(document, text.closing, indent=_INDENT)
    for number, entry in enumerate(text.annex_list):
        line = parts.paragraph(
            document, f"附件：{entry}" if number == 0 else entry, before=None if number else _LINE
        )
        line.paragraph_format.left_indent = Pt(32 + 48)
        line.paragraph_format.first_line_indent = Pt(0 if number else -48)
    # 成文日期 leaves four characters free on the right; the agency's name is centred above it
    overhang = max(0.0, (parts.width_of(text.signature) - parts.width_of(text.date)) / 2 * 16)
    for words, free, before in (
        (text.signature, max(0.0, 64 - overhang), 2 * _LINE),
        (text.date, max(64.0, overhang), None),
    ):
        line = parts.paragraph(document, words, align=ALIGN.RIGHT, before=before)
        line.paragraph_format.right_indent = Pt(free)
        line.paragraph_format.keep_together = True
    parts.paragraph(document, text.contact, indent=_INDENT)
    if text.remark:
        parts.paragraph(document, text.remark, size=Pt(10.5))


def _annex(document: Docx, annex: Annex) -> None:
    page = document.add_section(WD_SECTION.NEW_PAGE)
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    page.top_margin = page.bottom_margin = Mm(24)
    page.left_margin = page.right_margin = Mm(20)
    page.footer_distance = Mm(14)
    page.different_first_page_header_footer = False
    parts.paragraph(document, annex.mark, font=HEADING_FONT)
    parts.paragraph(document, annex.title, font=TITLE_FONT, size=Pt(20), align=ALIGN.CENTER)
    parts.paragraph(document, annex.unit, size=Pt(10.5), align=ALIGN.RIGHT, line=None)
    parts.table(document, annex.grid, width=Mm(257), size=Pt(7.5), bold=HEADING_FONT)
    if annex.note:
        parts.paragraph(document, annex.note, size=Pt(10.5), line=None)
