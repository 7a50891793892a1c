"""Working days: known make-up days, arithmetic, and the refusal to guess."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.domain.calendar import WorkingDays
from hub.errors import Rejected

TWO_YEARS = WorkingDays.of_years(
    range(2025, 2027),
    holidays={date(2025, 1, 1), date(2025, 10, 1), date(2025, 10, 2), date(2026, 1, 1)},
    make_up_days={date(2025, 10, 11), date(2026, 1, 4)},  # a Saturday and a Sunday
)
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))


def test_weekends_and_holidays_rest_and_make_up_days_work():
    days = {
        date(2025, 9, 30): True,
        date(2025, 10, 1): False,
        date(2025, 10, 3): True,
        date(2025, 10, 4): False,
        date(2025, 10, 11): True,
        date(2025, 10, 12): False,
        date(2025, 1, 1): False,
        date(2026, 12, 31): True,
    }

    assert days == {day: TWO_YEARS.is_working(day) for day in days}


def test_the_next_working_day_skips_holidays_and_takes_a_make_up_day():
    assert date(2025, 10, 3) == TWO_YEARS.add(date(2025, 9, 30), 1)
    assert date(2025, 10, 11) == TWO_YEARS.add(date(2025, 10, 10), 1)
    assert date(2025, 10, 12) == TWO_YEARS.add(date(2025, 10, 12), 0)


@given(day=DAYS, n=st.integers(1, 300))
def test_count_undoes_add(day, n):
    assume(n <= TWO_YEARS.count(day, TWO_YEARS.last))

    later = TWO_YEARS.add(day, n)

    assert TWO_YEARS.is_working(later)
    assert n == TWO_YEARS.count(day, later)


@given(day=DAYS, n=st.integers(1, 300))
def test_a_day_beyond_the_last_known_year_is_refused(day, n):
    beyond = TWO_YEARS.count(day, TWO_YEARS.last) + n

    with pytest.raises(Rejected, match="2027"):
        TWO_YEARS.add(day, beyond)


@given(after=DAYS, until=DAYS)
def test_count_is_what_looking_at_every_day_gives(after, until):
    span = (after + timedelta(days=n) for n in range(1, (until - after).days + 1))

    assert sum(map(TWO_YEARS.is_working, span)) == TWO_YEARS.count(after, until)


@given(first=DAYS, length=st.integers(0, 40))
def test_ordinals_differ_by_the_count(first, length):
    last = min(first + timedelta(days=length), date(2026, 12, 31))

    numbers = TWO_YEARS.ordinals(first, last)

    assert [*numbers] == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert all(TWO_YEARS.count(first, day) == n - numbers[first] for day, n in numbers.items())


@pytest.mark.parametrize(
    "ask",
    [
        lambda: TWO_YEARS.is_working(date(2024, 12, 31)),
        lambda: TWO_YEARS.count(date(2026, 12, 30), date(2027, 1, 4)),
        lambda: TWO_YEARS.add(date(2026, 12, 30), 5),
        lambda: TWO_YEARS.ordinals(date(2026, 12, 30), date(2027, 1, 1)),
    ],
)
def test_a_question_about_an_unknown_year_is_refused_with_what_to_do(ask):
    with pytest.raises(Rejected) as refusal:
        ask()

    assert refusal.value.code == "calendar_unknown_year"
    assert refusal.value.facts["year"] in {2024, 2027}
    assert "config/calendar.toml" in refusal.value.explain("zh")


def test_nothing_lies_between_a_day_and_an_earlier_one():
    assert TWO_YEARS.count(date(2026, 5, 8), date(2026, 5, 8)) == 0
    assert TWO_YEARS.count(date(2026, 5, 8), date(2026, 5, 1)) == 0


def test_counting_over_a_year_costs_no_more_than_counting_over_a_day():
    started = time.perf_counter()
    for _ in range(1000):
        TWO_YEARS.count(date(2025, 1, 1), date(2026, 12, 31))

    assert time.perf_counter() - started < 0.1  # 100 microseconds each, on the slowest machine
