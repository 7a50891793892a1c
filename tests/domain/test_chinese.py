"""Amounts in words, after the examples of the rule itself and by reading them back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.chinese import amount_in_words, date_text, kind_name, month_text
from hub.domain.money import FEN_MAX

DIGITS = {c: n for n, c in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


# 《正确填写票据和结算凭证的基本规定》七 gives the first four; where it allows two, ours is one
@pytest.mark.parametrize(
    ("amount_fen", "words"),
    [
        (140_950, "壹仟肆佰零玖元伍角"),
        (600_714, "陆仟零柒元壹角肆分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角"),
        (100, "壹元整"),
        (1_000, "壹拾元整"),
        (10_000_000_000, "壹亿元整"),
        (100_000_050_000, "壹拾亿零伍佰元整"),
        (10_100_000_000_000, "壹仟零壹拾亿元整"),
        (1_000_000_000_000_00, "壹万亿元整"),
        (1_234_500_000_000_00, "壹万贰仟叁佰肆拾伍亿元整"),
        (FEN_MAX, "玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        (-140_950, "负壹仟肆佰零玖元伍角"),
    ],
)
def test_amounts_read_as_the_rule_for_bills_writes_them(amount_fen: int, words: str) -> None:
    assert f"人民币{words}" == amount_in_words(amount_fen)


@given(st.integers(min_value=-FEN_MAX, max_value=FEN_MAX))
def test_no_two_amounts_share_their_words(amount_fen: int) -> None:
    words = amount_in_words(amount_fen)

    assert amount_fen == _read_back(words)
    assert "零零" not in words
    assert "零元" not in words or amount_fen == 0


def test_dates_and_months_have_arabic_digits_without_leading_zeros() -> None:
    assert date_text(date(2026, 3, 1)) == "2026年3月1日"
    assert month_text(202603) == "2026年3月"


def test_a_kind_without_a_name_shows_its_code() -> None:
    assert [kind_name("pension"), kind_name("hous"), kind_name(None)] == [
        "基本养老保险",
        "hous",
        "—",
    ]


def _read_back(words: str) -> int:
    text = words.removeprefix("人民币").removesuffix("整")
    sign = -1 if text.startswith("负") else 1
    text = text.removeprefix("负")
    fen, digit, section, total = 0, 0, 0, 0
    for c in text:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c in UNITS:
            section, digit = section + digit * UNITS[c], 0
        elif c == "万":
            section, digit = (section + digit) * 10**4, 0
        elif c == "亿":
            total, section, digit = (total + section + digit) * 10**8, 0, 0
        elif c == "元":
            fen, digit, section = (total + section + digit) * 100, 0, 0
        elif c == "角":
            fen, digit = fen + digit * 10, 0
        elif c == "分":
            fen, digit = fen + digit, 0
    return sign * fen
