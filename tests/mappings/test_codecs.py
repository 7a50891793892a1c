"""Field values: strict both ways, whatever `int` and `Decimal` would make of the text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.money import FEN_MAX
from hub.errors import Place, Rejected
from hub.mappings.codecs import BLANKS, CONTROL, parse, render, shown
from hub.mappings.layout import Field, FieldType

MAPS = {"kinds": {"10201": "pension", "10211": "pension", "10203": "medical"}}
PLACE = Place(file="some.txt", line=7, field="f", byte_offset=99)


def field(kind: FieldType, **rest) -> Field:
    return Field(name="f", type=kind, map="kinds" if kind is FieldType.CODE else None, **rest)


def code_of(text: str, kind: FieldType, **rest) -> str:
    with pytest.raises(Rejected) as caught:
        parse(text, field(kind, **rest), MAPS, PLACE)
    assert caught.value.place == PLACE
    return caught.value.code


ODD_NUMBERS = [
    "１２", "١٢", "1_000", " 12", "12 ", "12\u3000", "NaN", "Infinity", "1e3", "+1", "0x10",
    "1,000", "１.00", "²", "一",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD_NUMBERS)
def test_what_int_and_decimal_might_take_is_refused(text) -> None:
    assert code_of(text, FieldType.COUNT) == "count_malformed"
    assert code_of(text, FieldType.AMOUNT_FEN) == "amount_malformed"
    assert code_of(text, FieldType.AMOUNT_YUAN) == "amount_malformed"


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0), ("0.00", 0), ("1", 100), ("1.5", 150), (".44", 44), ("1234.50", 123450),
        ("000000001234.50", 123450), ("9999999999999.99", FEN_MAX),
    ],
)  # fmt: skip
def test_yuan_becomes_fen(text, fen) -> None:
    assert parse(text, field(FieldType.AMOUNT_YUAN), MAPS) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.234", "amount_malformed"), ("1.", "amount_malformed"), (".", "amount_malformed"),
        ("1.2.3", "amount_malformed"), ("-0", "amount_negative"), ("-1.00", "amount_negative"),
        ("--1", "amount_malformed"), ("10000000000000.00", "amount_too_large"),
        ("9" * 60, "amount_too_large"), ("", "field_missing"),
    ],
)  # fmt: skip
def test_amounts_that_are_none(text, code) -> None:
    assert code_of(text, FieldType.AMOUNT_YUAN) == code


def test_fen_have_the_same_limits() -> None:
    fen = field(FieldType.AMOUNT_FEN)

    assert parse(str(FEN_MAX), fen, MAPS) == FEN_MAX
    assert code_of(str(FEN_MAX + 1), FieldType.AMOUNT_FEN) == "amount_too_large"
    assert code_of(str(2**63), FieldType.AMOUNT_FEN) == "amount_too_large"
    assert code_of("-1", FieldType.AMOUNT_FEN) == "amount_negative"
    assert code_of("1.00", FieldType.AMOUNT_FEN) == "amount_malformed"


def test_separators_only_where_the_layout_says_so() -> None:
    amount = field(FieldType.AMOUNT_YUAN, separators=True)

    assert parse("1,234,567.80", amount, MAPS) == 123456780
    assert parse("1234.5", amount, MAPS) == 123450
    for text in ("12,34.00", "1,2345", ",123", "1234,567.00", "1，234.00"):
        assert code_of(text, FieldType.AMOUNT_YUAN, separators=True) == "amount_malformed"


def test_counts_fit_into_a_database_integer() -> None:
    assert parse("9" * 18, field(FieldType.COUNT), MAPS) == 10**18 - 1
    assert parse("0" * 30 + "7", field(FieldType.COUNT), MAPS) == 7
    assert code_of("9" * 19, FieldType.COUNT) == "count_malformed"
    assert code_of("-1", FieldType.COUNT) == "count_malformed"


@pytest.mark.parametrize(
    ("text", "form", "code"),
    [
        ("20261131", None, "date_malformed"), ("20270229", None, "date_malformed"),
        ("2026-11-23", None, "date_malformed"), ("20261123", "%Y-%m-%d", "date_malformed"),
        ("2026112", None, "date_malformed"), ("２０２６１１２３", None, "date_malformed"),
        ("18991231", None, "date_malformed"), ("21000101", None, "date_malformed"),
        ("00000000", None, "date_malformed"), ("20261123\n", None, "control_character"),
    ],
)  # fmt: skip
def test_dates_that_are_none(text, form, code) -> None:
    assert code_of(text, FieldType.DATE, format=form) == code


def test_dates_and_periods_follow_their_format() -> None:
    assert parse("2026/11/23", field(FieldType.DATE, format="%Y/%m/%d"), MAPS) == date(2026, 11, 23)
    assert parse("20280229", field(FieldType.DATE), MAPS) == date(2028, 2, 29)
    assert parse("202611", field(FieldType.PERIOD), MAPS) == 202611
    assert parse("2026年01月", field(FieldType.PERIOD, format="%Y年%m月"), MAPS) == 202601
    for text in ("202613", "202600", "2026-1", "20261", "189912", "２０２６１１"):
        assert code_of(text, FieldType.PERIOD) == "period_malformed"


def test_codes_are_exact() -> None:
    kind = field(FieldType.CODE)

    assert parse("10211", kind, MAPS) == "pension"
    assert render("pension", kind, MAPS) == "10201"
    for text in ("10299", " 10201", "１０２０１", "pension"):
        assert code_of(text, FieldType.CODE) == "code_unknown"
    with pytest.raises(Rejected, match="maternity"):
        render("maternity", kind, MAPS)


def test_text_loses_blanks_at_its_ends_and_may_not_hold_what_cannot_be_seen() -> None:
    assert parse("　张 三  ", field(FieldType.TEXT), MAPS) == "张 三"
    assert parse(" \u3000", field(FieldType.TEXT, required=False), MAPS) is None
    assert code_of("  ", FieldType.TEXT) == "field_missing"
    for character in ("\0", "\t", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff"):
        assert code_of(f"张{character}三", FieldType.TEXT) == "control_character"


def test_a_text_may_be_too_long() -> None:
    assert parse("𠮷" * 5, field(FieldType.TEXT, chars_max=5), MAPS) == "𠮷" * 5
    assert code_of("字" * 201, FieldType.TEXT) == "field_too_long"
    assert code_of("1" * 201, FieldType.AMOUNT_YUAN) == "field_too_long"


def test_a_refusal_shows_no_account_or_identity_number() -> None:
    assert "440605199806130013" not in shown("440605199806130013")
    with pytest.raises(Rejected) as caught:
        parse("44060519980613001X", field(FieldType.AMOUNT_YUAN), MAPS, PLACE)
    assert "19980613" not in str(caught.value.as_dict())


TEXTS = st.text(max_size=200).filter(lambda text: not CONTROL.search(text))


@given(TEXTS)
def test_every_text_reads_back(text) -> None:
    name = field(FieldType.TEXT, required=False)

    assert parse(render(text, name, MAPS), name, MAPS) == (text.strip(BLANKS) or None)


@given(st.integers(0, FEN_MAX))
def test_every_amount_reads_back(fen) -> None:
    for kind in (FieldType.AMOUNT_FEN, FieldType.AMOUNT_YUAN):
        assert parse(render(fen, field(kind), MAPS), field(kind), MAPS) == fen


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y%m%d", "%d.%m.%Y"]))
def test_every_date_reads_back(day, form) -> None:
    on = field(FieldType.DATE, format=form)

    assert parse(render(day, on, MAPS), on, MAPS) == day


@given(st.text(max_size=30), st.sampled_from(list(FieldType)))
def test_any_text_is_a_value_or_a_refusal(text, kind) -> None:
    try:
        value = parse(text, field(kind, required=False), MAPS)
    except Rejected:
        return
    if value is not None:
        assert parse(render(value, field(kind), MAPS), field(kind), MAPS) == value
