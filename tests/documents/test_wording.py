"""The words of letters: sums, causes, deadlines, and what is said when something is not known."""

from __future__ import annotations

from datetime import date

import pytest

from hub.documents.characters import acting, strings, written_out
from hub.documents.reminder_wording import reminder_text
from hub.documents.wording import DATE_PENDING, NUMBER_PENDING, monthly_text
from hub.domain.letter_content import KindTotal, Stamp
from tests.documents import letters
from tests.documents.letters import STAMP, content, item, person


def monthly(made, stamp=STAMP):
    return monthly_text(made, stamp, [person(1)], persons_total=1)


def totals(*amounts):
    return tuple(
        KindTotal(insurance_kind=f"k{n}", collected_fen=c, deposited_fen=d, credited_fen=b)
        for n, (c, d, b) in enumerate(amounts)
    )


def test_a_signed_letter_names_number_date_and_day_of_reply():
    text = monthly(content(item(1)))

    assert text.number == "示社保财函〔2026〕7号"
    assert text.date == "2026年12月1日"
    assert "请于2026年12月15日前（自本函发出之日起10个工作日内）" in letters.words_of(text)
    assert not text.is_draft


def test_a_draft_has_neither_number_nor_date_and_says_so():
    text = monthly(content(item(1)), None)

    assert (text.number, text.date) == (NUMBER_PENDING, DATE_PENDING)
    assert text.is_draft
    assert "请于自本函发出之日起10个工作日内将核查结果书面回复" in letters.words_of(text)


def test_the_copy_goes_to_the_finance_bureau():
    assert monthly(content()).copy_to == "抄送：示范市财政局。"


@pytest.mark.parametrize(
    ("deposited", "words"),
    [
        (100_000, "入账与征收总额一致。"),
        (99_950, "入账较征收少0.50元（大写：人民币伍角）。"),
        (100_100, "入账较征收多1.00元（大写：人民币壹元整）。"),
        (None, "入账与征收相差多少不详。"),
    ],
)
def test_the_difference_of_all_kinds_is_said_in_words(deposited, words):
    text = monthly(content(totals=totals((100_000, deposited, None))))

    assert text.sections[0].paragraphs[0].endswith(words)


def test_the_table_of_kinds_ends_with_its_sums():
    text = monthly(content(totals=totals((100, 90, 90), (200, 200, None))))

    assert text.sections[0].grid.rows == (
        ("k0", "1.00", "0.90", "0.90", "-0.10"),
        ("k1", "2.00", "2.00", "—", "0.00"),
        ("合计", "3.00", "2.90", "0.90", "-0.10"),
    )


def test_kinds_stand_in_the_order_that_people_are_used_to():
    kinds = ("medical", "own_kind", "maternity", "pension")
    made = tuple(
        KindTotal(insurance_kind=k, collected_fen=1, deposited_fen=1, credited_fen=1) for k in kinds
    )

    rows = monthly(content(totals=made)).sections[0].grid.rows

    assert [row[0] for row in rows] == [
        "基本养老保险", "基本医疗保险", "生育保险", "own_kind", "合计",
    ]  # fmt: skip


def test_a_sum_of_differences_is_not_made_up_when_one_is_unknown():
    text = monthly(content(totals=totals((100, 90, 90), (200, None, None))))

    assert text.sections[0].grid.rows[-1] == ("合计", "3.00", "0.90", "0.90", "—")
    assert "相差多少不详" in text.sections[0].paragraphs[0]


def test_differences_are_summed_by_verdict_the_largest_first():
    made = content(
        item(1, cause="duplicate", amount_fen=500),
        item(2, cause="short", amount_fen=300, count=2),
        item(3, cause="short", amount_fen=100),
    )

    assert monthly(made).sections[1].grid.rows == (
        ("重复", "1", "5.00"),
        ("少入库", "3", "4.00"),
        ("合计", "4", "9.00"),
    )


def test_what_differs_from_the_assessment_is_not_called_a_matter_of_the_treasury():
    made = content(
        item(1, cause="over", amount_fen=300, assessed_fen=100, deposited_fen=None),
        item(2, cause="over", amount_fen=200),
        item(3, cause="missing_at_tax", amount_fen=100, assessed_fen=100, collected_fen=None),
    )

    assert [row[0] for row in monthly(made).sections[1].grid.rows] == [
        "征收多于核定", "多入库", "核定后未征收", "合计",
    ]  # fmt: skip


def test_a_reminder_names_the_letter_its_day_and_the_delay():
    stamp = Stamp(
        number="示社保财函〔2026〕9号", sent_on=date(2026, 12, 18), due_on=date(2027, 1, 4)
    )

    text = reminder_text(letters.late(content(item(1)), 2), stamp)

    assert (
        "2026年12月1日以《关于核对2026年11月社会保险费征收与财政专户入账情况的函》" in text.opening
    )
    assert "（示社保财函〔2026〕7号，以下简称原函）" in text.opening
    assert "2026年12月15日前书面回复。现已逾期3个工作日" in text.opening
    assert "这是第2次催办。" in text.opening
    assert text.number == "示社保财函〔2026〕9号"
    assert "请于2027年1月4日前" in letters.words_of(text)
    assert text.annexes == text.annex_list == ()


def test_a_first_reminder_does_not_count():
    assert "次催办" not in reminder_text(letters.late(content()), None).opening


def test_a_reminder_of_nothing_is_a_bug():
    with pytest.raises(ValueError, match="earlier letter"):
        reminder_text(content(), STAMP)


def test_acting_characters_are_found_everywhere_and_written_out():
    text = monthly(content(item(1, payer_name="a\u200bb"), agency="示范\n中心"))

    assert acting(text) == ("\n", "\u200b")
    mended = written_out(text, acting(text))
    assert acting(mended) == ()
    assert "a〔U+200B〕b" in set(strings(mended))
    assert mended.agency == "示范〔U+000A〕中心"
