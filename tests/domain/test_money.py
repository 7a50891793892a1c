"""Fen and yuan: one amount has one text, and what would have to be guessed is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.money import FEN_MAX, parse_yuan, yuan_display, yuan_text
from hub.errors import Place, Rejected

FENS = st.integers(-FEN_MAX, FEN_MAX)
HERE = Place(file="a.csv", line=3)


@given(FENS)
def test_an_amount_comes_back_from_its_text(fen):
    assert parse_yuan(yuan_text(fen)) == fen
    assert parse_yuan(yuan_display(fen).replace(",", "")) == fen


@pytest.mark.parametrize(
    ("fen", "text", "display"),
    [
        (0, "0.00", "0.00"), (5, "0.05", "0.05"), (-5, "-0.05", "-0.05"), (99, "0.99", "0.99"),
        (100, "1.00", "1.00"), (123_450, "1234.50", "1,234.50"), (-199, "-1.99", "-1.99"),
        (-123_456_789, "-1234567.89", "-1,234,567.89"),
    ],
)  # fmt: skip
def test_an_amount_as_it_is_written(fen, text, display):
    assert (yuan_text(fen), yuan_display(fen)) == (text, display)


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12", 1200), (".4", 40), (".44", 44), ("1234.5", 123_450), ("-0.01", -1)],
)
def test_an_amount_as_others_write_it(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text", ["", ".", "-", "1,000.00", "1_000", "1e3", " 1", "1 ", "１２", "1.005", "NaN", "--1"]
)
def test_what_is_no_amount_is_refused_with_its_place(text):
    with pytest.raises(Rejected) as found:
        parse_yuan(text, place=HERE)
    assert (found.value.code, found.value.place) == ("amount_malformed", HERE)
    assert found.value.facts == {"found": text}


def test_the_greatest_amount_and_the_next():
    assert parse_yuan(yuan_text(FEN_MAX)) == FEN_MAX
    for text in (yuan_text(FEN_MAX + 1), "9" * 50):
        with pytest.raises(Rejected) as found:
            parse_yuan(text)
        assert (found.value.code, found.value.facts) == ("amount_malformed", {"found": text[:40]})
