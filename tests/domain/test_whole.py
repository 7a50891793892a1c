"""Whole numbers as people and partners write them."""

from __future__ import annotations

import pytest

from hub.domain.whole import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_digits_are_a_number(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", [None, "", " 1", "+1", "-1", "1_0", "1.0", "１", "²", "٣", "1\n", "9" * 19, "1" * 5000]
)
def test_nothing_else_is(text):
    assert whole(text) is None
