"""File name templates, both ways."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mappings.file_names import fill, match, names_day

TEMPLATE = "ZSMX_{day:%Y%m%d}_{sequence:03d}.txt"


def test_a_name_says_its_day_and_number() -> None:
    assert match(TEMPLATE, "ZSMX_20261123_007.txt") == {"day": date(2026, 11, 23), "sequence": 7}
    assert match("{any}-{day:%d.%m.%Y}", "a-b-01.12.2026") == {"day": date(2026, 12, 1)}
    assert match("a{sequence}", "a12") == {"sequence": 12}
    assert match("a.b", "aXb") is None
    assert match("{any}.xml", ".xml") is None


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999))
def test_a_filled_name_matches(day, sequence) -> None:
    name = fill(TEMPLATE, day=day, sequence=sequence)

    assert match(TEMPLATE, name) == {"day": day, "sequence": sequence}


@pytest.mark.parametrize(
    "template", ["{day}", "{day:%Y}", "{sequence:d}", "{x}", "{day:%Y%m%d}{day:%Y%m%d}", "{any!r}"]
)
def test_a_template_that_cannot_work(template) -> None:
    with pytest.raises(ValueError, match=r"\{|format"):
        names_day(template)


@given(st.text(max_size=40))
def test_any_name_matches_or_does_not(name) -> None:
    assert match(TEMPLATE, name) is None or name.startswith("ZSMX_")


def test_a_name_longer_than_any_file_has_fits_no_template() -> None:
    """`{any}` twice takes n² steps: a hostile listing could stop the hub with one long name."""
    template = "{any}_{any}.txt"

    assert match(template, f"{'a' * 124}_{'b' * 124}.txt") == {}
    assert match(template, f"{'a_' * 125_000}.txt") is None
