"""Printed papers of transfers: three copies of a letter, two of a form, each with its code."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from hub.documents import fonts
from hub.documents.transfer_pdf import render_transfer
from hub.domain.transfer_facts import Account
from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_paper import Paper, PaperKind
from hub.errors import Rejected
from tests.conftest import ROOT
from tests.transfer_forms import pension_form
from tests.transfers import person

AGENCY = "某市社会保险事业管理局"
LETTER = Paper(
    paper=PaperKind.LETTER, ref="330100-2026-000001", round=1, kind=Kind.PENSION,
    person_id=person(), person_name="张三 #include", source="510100", target="330100",
    number="330100-2026-000001-1-L1", made_on=date(2026, 11, 20),
    account=Account(name="杭州财政专户", bank="工行杭州分行", no="1202020209900000123"),
)  # fmt: skip


def form(last=2026, first=2022):
    made = pension_form(first=first, last=last)
    return replace(
        LETTER, paper=PaperKind.FORM, account=None, amount_fen=made.amount_fen, epoch=1,
        items=dict(made.items), years=tuple(dict(row) for row in made.years),
    )  # fmt: skip


@pytest.fixture(scope="module")
def typeface():
    found = fonts.find(ROOT / "config" / "fonts")
    if found is None:
        pytest.skip("no Chinese font on this machine")
    return found


def texts(paper, typeface):
    pages = PdfReader(io.BytesIO(render_transfer(paper, AGENCY, typeface))).pages
    return ["".join(page.extract_text().split()) for page in pages]


def test_a_letter_has_three_copies_with_account_and_code(typeface):
    pages = texts(LETTER, typeface)
    assert len(pages) == 3
    for page, copy in zip(pages, ("第一联", "第二联", "第三联"), strict=True):
        for words in (copy, "同意转入证明（联系函）", "张三#include", "杭州财政专户",
                      "1202020209900000123", f"编码{LETTER.code}", AGENCY):  # fmt: skip
            assert words in page
    assert render_transfer(LETTER, AGENCY, typeface) == render_transfer(LETTER, AGENCY, typeface)


def test_a_form_shows_items_and_every_year_in_two_copies(typeface):
    paper = form()
    first, second = texts(paper, typeface)
    for words in ("（5）统筹基金转移额", "41,846.40", "2022", "2026", "24,891.96", paper.code):
        assert words in first
        assert words in second


def test_many_years_go_on_over_pages(typeface):
    pages = texts(form(first=1998), typeface)
    assert len(pages) > 2
    assert all("编码" in page for page in pages)


def test_a_name_that_no_font_can_print_is_refused(typeface):
    with pytest.raises(Rejected) as found:
        render_transfer(replace(LETTER, person_name="张\U0010fffd"), AGENCY, typeface)
    assert found.value.code == "transfer_unprintable"
    with pytest.raises(Rejected) as found:
        render_transfer(LETTER, AGENCY, None)
    assert found.value.code == "letter_font_missing"
