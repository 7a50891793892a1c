"""The letter as PDF: the words of the letter and nothing else, archival, with embedded fonts."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from hub.documents import fonts
from hub.documents.letter_pdf import families_of, render_pdf, unprintable
from hub.documents.reminder_wording import reminder_text
from hub.documents.wording import monthly_text
from hub.errors import Rejected
from tests.documents import letters
from tests.documents.letters import HOSTILE, STAMP, content, item, person

TYPEFACE = fonts.find()


def monthly(items: int = 3, persons: int = 3, *, stamp=STAMP):
    listed = [person(n) for n in range(persons)]
    made = content(*(item(n) for n in range(items)))
    return monthly_text(made, stamp, listed, persons_total=persons)


def pages_of(pdf: bytes):
    return PdfReader(io.BytesIO(pdf)).pages


@pytest.mark.parametrize("stamp", [STAMP, None], ids=["signed", "draft"])
def test_the_pdf_holds_the_words_of_the_letter_and_nothing_else(stamp):
    text = monthly(stamp=stamp)

    pdf = render_pdf(text, TYPEFACE)

    assert letters.words_of_pdf(pdf, text) == letters.words_of(text)


def test_names_that_look_like_markup_are_printed_as_they_are():
    items = [item(n, payer_name=name) for n, name in enumerate(HOSTILE)]
    people = [person(n, name) for n, name in enumerate(HOSTILE)]
    text = monthly_text(
        content(*items, contact="#eval(1) $ _联系人_", agency="示范市*社保*中心#"),
        STAMP, people, persons_total=len(people),
    )  # fmt: skip

    pdf = render_pdf(text, TYPEFACE)

    assert letters.words_of_pdf(pdf, text) == letters.words_of(text)


def test_long_words_and_amounts_stay_in_their_cells_and_stay_whole():
    text = monthly_text(
        content(
            item(1, payer_name="A" * 300, collected_fen=999_999_999_999_999),
            item(2, receipt_no="9" * 60, payer_id="W" * 40),
        ),
        STAMP, [person(1, "·".join("阿卜杜拉" * 12))], persons_total=1,
    )  # fmt: skip

    pdf = render_pdf(text, TYPEFACE)

    assert letters.words_of_pdf(pdf, text) == letters.words_of(text)


def test_every_font_is_embedded_as_a_subset_and_the_file_is_archival():
    pdf = render_pdf(monthly(), TYPEFACE)

    reader = PdfReader(io.BytesIO(pdf))
    names = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            names.add(descendant["/BaseFont"])
            assert "/FontFile3" in descendant["/FontDescriptor"]
    assert names
    assert all(name[7] == "+" for name in names)  # ABCDEF+Name: a subset
    assert len(pdf) < 400_000
    assert b"<pdfaid:part>2</pdfaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert reader.metadata.title == "关于核对2026年11月社会保险费征收与财政专户入账情况的函"


def test_the_first_page_bears_no_number_and_annexes_lie_across():
    pages = pages_of(render_pdf(monthly(60, 60), TYPEFACE))

    assert "— 1 —" not in pages[0].extract_text()
    sizes = [(round(p.mediabox.width), round(p.mediabox.height)) for p in pages]
    assert sizes[:2] == [(595, 842)] * 2
    assert sizes[-1] == (842, 595)
    across = [p for p, size in zip(pages, sizes, strict=True) if size == (842, 595)]
    assert len(across) > 4
    assert all("税票号码" in letters.squeezed(p.extract_text()) for p in across)


@pytest.mark.slow
def test_five_hundred_rows_of_each_annex_are_printed_and_the_rest_is_named():
    listed = [person(n) for n in range(500)]
    made = content(*(item(n) for n in range(700)))

    text = monthly_text(made, STAMP, listed, persons_total=12_345)
    pdf = render_pdf(text, TYPEFACE)

    assert letters.words_of_pdf(pdf, text) == letters.words_of(text)
    assert "共700项，纸质件仅印前500项" in text.annexes[0].note
    assert "共12345人次，纸质件仅印前500人次" in text.annexes[1].note
    assert len(pages_of(pdf)) < 80


def test_a_letter_without_differences_or_persons_says_so():
    text = monthly(0, 0)

    pdf = render_pdf(text, TYPEFACE)

    assert letters.words_of_pdf(pdf, text) == letters.words_of(text)
    assert text.annexes[0].note == "注：本次无此项内容。"


def test_the_same_letter_gives_the_same_bytes():
    assert render_pdf(monthly(), TYPEFACE) == render_pdf(monthly(), TYPEFACE)


@pytest.mark.parametrize("ordinal", [1, 2])
def test_a_reminder_is_printed_without_annexes(ordinal):
    text = reminder_text(letters.late(content(item(1)), ordinal), STAMP)

    pdf = render_pdf(text, TYPEFACE)

    assert letters.words_of_pdf(pdf, text) == letters.words_of(text)
    assert len(pages_of(pdf)) == 2


def test_without_a_chinese_font_there_is_a_refusal_that_says_what_to_install():
    with pytest.raises(Rejected) as refusal:
        render_pdf(monthly(), None)

    assert refusal.value.code == "letter_font_missing"
    assert "fonts-noto-cjk" in refusal.value.explain("zh")


def test_characters_that_cannot_be_shown_are_printed_as_their_code_and_named():
    listed = [person(1, "张\U0010fffd明"), person(2, "李\n\u202e四\x07")]
    text = monthly_text(content(item(1)), STAMP, listed, persons_total=2)

    pdf = render_pdf(text, TYPEFACE)

    assert unprintable(text, TYPEFACE) == ("\x07", "\n", "\u202e", "\U0010fffd")
    words = letters.words_of_pdf(pdf, text)
    assert "张〔U+10FFFD〕明" in words
    assert "李〔U+000A〕〔U+202E〕四〔U+0007〕" in words
    assert "文中以其编码表示：〔U+0007〕、〔U+000A〕、〔U+202E〕、〔U+10FFFD〕。" in words


def test_rare_characters_and_middle_dots_of_names_need_no_code():
    assert unprintable(monthly(), TYPEFACE) == ()


def test_fonts_of_the_agency_come_before_free_ones(tmp_path):
    own = own_font(tmp_path, "FangSong", "示范市社会保险基金管理中心函")
    typeface = fonts.find(own)

    pdf = render_pdf(monthly(), typeface)

    assert families_of(typeface)["body"][0] == "FangSong"
    assert families_of(typeface)["heading"][0] != "FangSong"
    used = {
        font.get_object()["/BaseFont"]
        for page in pages_of(pdf)
        for font in page["/Resources"]["/Font"].values()
    }
    assert any("FangSong" in name for name in used)


def test_a_typeface_that_lacks_a_name_prints_the_code(tmp_path):
    plain = monthly()
    rare = replace(plain, signature="㛃")
    letters_known = (
        "".join(letters.words_of(plain))
        + "〔〕U+0123456789ABCDEF、。注：所用字体缺少或不能印出下列字符，文中以其编码表示"
    )
    folder = own_font(tmp_path, "Mine", letters_known.replace("㛃", "").replace("𠮷", ""))
    mine = fonts.find(folder, system_folders=(), packages=())

    pdf = render_pdf(rare, mine)

    assert "〔U+36C3〕" in letters.words_of_pdf(pdf, plain)
    assert "〔U+20BB7〕" in letters.words_of_pdf(pdf, plain)


def own_font(folder, family: str, characters: str):
    """Write a small font of an invented family into a folder."""
    from fontTools import subset

    face = next(f for f in TYPEFACE.faces if f.path.suffix == ".ttc")
    font = TTFont(face.path, fontNumber=face.index)
    keeper = subset.Subsetter(subset.Options(layout_features=[]))
    keeper.populate(text=characters + " 社会保险费核对函")
    keeper.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            record.string = family
    font["CFF "].cff.fontNames = [family]
    folder.mkdir(exist_ok=True)
    font.save(folder / f"{family}.otf")
    return folder
