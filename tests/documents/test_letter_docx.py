"""The letter as DOCX: the same words as the PDF, Chinese fonts by name, repeated table heads."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn

from hub.documents import fonts
from hub.documents.letter_docx import BODY_FONT, HEADING_FONT, TITLE_FONT, render_docx
from hub.documents.letter_pdf import render_pdf
from hub.documents.reminder_wording import reminder_text
from hub.documents.wording import DRAFT_MARK, monthly_text
from tests.documents import letters
from tests.documents.letters import HOSTILE, RARE, STAMP, content, item, person


def monthly(stamp=STAMP):
    items = [item(n, payer_name=name) for n, name in enumerate(HOSTILE)]
    people = [person(n) for n in range(5)]
    return monthly_text(content(*items), stamp, people, persons_total=len(people))


def size_of(section):
    return round(section.page_width.mm), round(section.page_height.mm)


def test_pdf_and_docx_say_the_same():
    for text in (monthly(), reminder_text(letters.late(content(item(1))), STAMP)):
        pdf = letters.words_of_pdf(render_pdf(text, fonts.find()), text)

        assert letters.words_of_docx(render_docx(text)) == pdf == letters.words_of(text)


def test_names_stand_in_their_cells_as_they_are():
    items, people = Document(io.BytesIO(render_docx(monthly()))).tables[-2:]

    assert [row.cells[3].text for row in items.rows][1:] == list(HOSTILE)
    assert {row.cells[5].text for row in people.rows} > set(RARE)


def test_the_heads_of_tables_repeat_and_rows_are_not_torn():
    for table in Document(io.BytesIO(render_docx(monthly()))).tables:
        marks = [row._tr.trPr for row in table.rows]
        assert marks[0].find(qn("w:tblHeader")) is not None
        assert all(mark.find(qn("w:cantSplit")) is not None for mark in marks)
        assert all(mark.find(qn("w:tblHeader")) is None for mark in marks[1:])


def test_chinese_fonts_are_named_for_chinese_characters():
    made = Document(io.BytesIO(render_docx(monthly())))
    fonts_named = {
        f.get(qn("w:eastAsia")) for f in made.element.iter(qn("w:rFonts")) if f is not None
    }

    assert made.styles["Normal"].element.rPr.rFonts.get(qn("w:eastAsia")) == BODY_FONT
    assert {TITLE_FONT, HEADING_FONT} <= fonts_named


def test_annexes_lie_across_and_the_first_page_has_no_number():
    first, *annexes = Document(io.BytesIO(render_docx(monthly()))).sections

    assert size_of(first) == (210, 297)
    assert first.different_first_page_header_footer
    assert "PAGE" in first.footer._element.xml
    assert "PAGE" not in first.first_page_footer._element.xml
    assert [size_of(annex) for annex in annexes] == [(297, 210)] * 2
    assert all("PAGE" in a.footer._element.xml for a in annexes)


@pytest.mark.parametrize(("stamp", "marked"), [(STAMP, False), (None, True)])
def test_only_a_draft_says_on_every_page_that_it_is_one(stamp, marked):
    first = Document(io.BytesIO(render_docx(monthly(stamp)))).sections[0]

    for header in (first.header, first.first_page_header):
        assert (header.paragraphs[0].text == DRAFT_MARK) is marked


def test_characters_that_would_act_on_the_page_are_written_out():
    text = monthly_text(
        content(item(1)), STAMP, [person(1, "李\n\u202e四\x00\ud800")], persons_total=1
    )

    assert "李〔U+000A〕〔U+202E〕四〔U+0000〕〔U+D800〕" in letters.words_of_docx(
        render_docx(text)
    )


def test_the_same_letter_gives_the_same_bytes_without_a_clock():
    made = render_docx(monthly())

    assert made == render_docx(monthly())
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    properties = Document(io.BytesIO(made)).core_properties
    assert properties.created.date() == STAMP.sent_on
    assert properties.author == "示范市社会保险基金管理中心"
