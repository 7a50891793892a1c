"""Forms as PDF: every word and nothing else, archival, scannable, the same bytes each time."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from pypdf import PdfReader

from hub.documents.form import Column, Fact, Form, Place, Table, grouped
from hub.documents.form_pdf import render_forms
from hub.domain.form_code import FormKind, code_of
from hub.errors import Rejected
from tests.documents.letters import HOSTILE
from tests.documents.papers import TYPEFACE, pages, scanned, words

DAY = date(2026, 11, 24)
DIGEST = "3f9a1c20b7d4" * 5 + "abcd"
COLUMNS = (
    Column(name="序号", width=10, centred=True),
    Column(name="姓名", width=30),
    Column(name="金额（元）", width=20, right=True),
)


def form(rows=3, **values):
    listed = [(str(n), f"王{n}", f"{n},000.00") for n in range(1, rows + 1)]
    made = Form(
        title="社会保险基金拨付审批表", agency="示范市社会保险局", number="SP-000012",
        dated="2026年11月24日", code=str(code_of("330100", FormKind.APPROVAL, 12, DIGEST)),
        facts=(Fact(label="险种", value="基本养老保险"),
               Fact(label="金额", value="¥1.00", wide=True)),
        tables=(Table(columns=COLUMNS, rows=tuple(listed), heading="明细"),),
        signatures=(Place(step="初审", person="李初", at="2026年11月24日 12:00:00"),
                    Place(step="审批"), Place(step="财务章", blank="（盖章）", dated=False)),
        proofs=(Fact(label="SHA-256", value=grouped(DIGEST)),),
    )  # fmt: skip
    return replace(made, **values)


def test_a_form_has_its_words_its_digest_and_its_page_number():
    text = words(render_forms([form()], TYPEFACE, made_on=DAY))

    for part in (
        "社会保险基金拨付审批表",
        "编号：SP-000012",
        "王3",
        "3,000.00",
        "李初",
        "（盖章）",
    ):
        assert part in text
    assert DIGEST in text
    assert "第1页共1页" in text


def test_a_scanner_finds_the_form_on_every_copy():
    copies = form(copies=("第一联", "第二联"), tables=())

    assert scanned([form()], made_on=DAY) == [form().code]
    assert scanned([copies], made_on=DAY) == [copies.code, copies.code]


def test_two_copies_stand_on_one_page_and_each_form_on_its_own():
    copies = form(copies=("第一联　申领人", "第二联　留存"), tables=())

    pdf = render_forms([copies, copies], TYPEFACE, made_on=DAY)

    assert pages(pdf) == 2
    text = words(pdf)
    assert text.count("第一联") == text.count("第二联") == 2
    assert text.count(DIGEST) == 4


def test_what_is_not_valid_says_so_across_the_page():
    text = words(render_forms([form(mark="未审批", warning="不得据以拨付")], TYPEFACE, made_on=DAY))

    assert text.count("未审批") == 1
    assert "不得据以拨付" in text


def test_long_tables_go_on_with_their_head_repeated():
    pdf = render_forms([form(rows=200)], TYPEFACE, made_on=DAY)

    assert pages(pdf) > 3
    assert words(pdf).count("序号姓名金额（元）") in (pages(pdf), pages(pdf) - 1)
    assert f"第2页共{pages(pdf)}页" in words(pdf)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_look_like_markup_are_printed_as_they_are(name):
    facts = (Fact(label="户名", value=name, wide=True),)

    assert "".join(name.split()) in words(render_forms([form(facts=facts)], TYPEFACE, made_on=DAY))


def test_rare_characters_are_drawn_and_what_no_font_has_is_named():
    facts = (Fact(label="户名", value="𠮷㛃·买买提\U0010fffd\u202e"),)

    text = words(render_forms([form(facts=facts)], TYPEFACE, made_on=DAY))

    assert "𠮷㛃·买买提〔U+10FFFD〕〔U+202E〕" in text
    assert "以其编码表示：〔U+202E〕、〔U+10FFFD〕。" in text


def test_long_words_stay_whole():
    facts = (Fact(label="户名", value="A" * 120), Fact(label="账号", value="9" * 60))

    text = words(render_forms([form(facts=facts)], TYPEFACE, made_on=DAY))

    assert "A" * 120 in text
    assert "9" * 60 in text


def test_the_same_form_gives_the_same_archival_bytes_with_fonts_embedded():
    pdf = render_forms([form()], TYPEFACE, made_on=DAY)

    assert pdf == render_forms([form()], TYPEFACE, made_on=DAY)
    reader = PdfReader(io.BytesIO(pdf))
    assert b"<pdfaid:part>2</pdfaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()
    sizes = {(round(p.mediabox.width), round(p.mediabox.height)) for p in reader.pages}
    assert sizes == {(595, 842)}
    for font in reader.pages[0]["/Resources"]["/Font"].values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert "/FontFile3" in descendant["/FontDescriptor"]
        assert descendant["/BaseFont"][7] == "+"


def test_without_a_chinese_font_there_is_a_refusal_that_says_what_to_install():
    with pytest.raises(Rejected) as refusal:
        render_forms([form()], None, made_on=DAY)

    assert refusal.value.code == "form_font_missing"
