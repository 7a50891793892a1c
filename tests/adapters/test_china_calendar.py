"""China's calendar as published, and the override file that corrects it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import chinese_calendar
import pytest

from hub.adapters.china_calendar import OVERRIDE_SIZE_BYTES_MAX, load
from hub.errors import Rejected

CONFIG = Path(__file__).resolve().parents[2] / "config" / "calendar.toml"
MAKE_UP_DAYS = """
2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
"""


@pytest.fixture
def override(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "calendar.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def test_the_make_up_days_of_2024_to_2026_are_the_published_ones():
    calendar = load()
    weekend_work = [
        day
        for day in calendar.ordinals(date(2024, 1, 1), date(2026, 12, 31))
        if day.weekday() > 4 and calendar.is_working(day)
    ]

    assert [date.fromisoformat(day) for day in MAKE_UP_DAYS.split()] == weekend_work


def test_every_known_day_agrees_with_the_library():
    calendar = load()
    days = calendar.ordinals(calendar.first, calendar.last)

    assert len(days) == 8401  # 2004..2026 with six leap years
    assert [day for day in days if calendar.is_working(day)] == [
        day for day in days if chinese_calendar.is_workday(day)
    ]


def test_the_spring_festival_of_2026_is_skipped():
    assert date(2026, 2, 24) == load().add(date(2026, 2, 14), 1)


def test_the_file_that_ships_is_valid_and_does_not_claim_2027():
    with pytest.raises(Rejected, match="2027"):
        load(CONFIG).is_working(date(2027, 1, 4))


def test_an_override_wins_over_the_library(override):
    calendar = load(
        override("""
        [[day]]
        on = 2026-11-23
        working = false
        source = "notice 1"
        [[day]]
        on = 2026-02-14
        working = false
        source = "notice 2"
        [[day]]
        on = 2026-10-01
        working = true
        source = "notice 3"
        """)
    )

    assert not calendar.is_working(date(2026, 11, 23))
    assert not calendar.is_working(date(2026, 2, 14))
    assert calendar.is_working(date(2026, 10, 1))


def test_a_complete_year_is_added_and_an_incomplete_one_is_not(override):
    year = """
    [years.2027]
    complete = {complete}
    source = "notice"
    holidays = [2027-01-01]
    make_up_days = [2027-02-06]
    """

    known = load(override(year.format(complete="true")))

    assert not known.is_working(date(2027, 1, 1))
    assert known.is_working(date(2027, 2, 6))
    assert date(2027, 1, 4) == known.add(date(2026, 12, 31), 1)
    with pytest.raises(Rejected, match="2027"):
        load(override(year.format(complete="false"))).is_working(date(2027, 1, 4))


def test_every_mistake_is_named_at_once(override):
    with pytest.raises(Rejected) as refusal:
        load(
            override("""
            holiday = 1
            [[day]]
            on = "2026-11-23"
            working = false
            source = "x"
            [[day]]
            on = 2026-11-24
            working = true
            sauce = "x"
            [years.2027]
            complete = true
            source = "x"
            holidays = [2026-01-01]
            """)
        )

    problems = refusal.value.facts["problems"]
    assert refusal.value.code == "calendar_override_invalid"
    for part in ('"holiday"', "day 1", '"sauce"', "needs `source`", "years.2027.holidays"):
        assert part in problems


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[years.2029]\ncomplete = true\nsource = 'x'\nholidays = [2029-01-01]", "gap"),
        ("[years.2027]\ncomplete = true\nsource = 'x'", "has holidays"),
        (
            """
            day = [{on = 2026-11-23, working = true, source = "x"},
                   {on = 2026-11-23, working = false, source = "x"}]
            """,
            "2026-11-23: both",
        ),
        ("not toml", ""),
        ("day = 3", "[[day]]"),
        ("#" * (OVERRIDE_SIZE_BYTES_MAX + 1), "larger"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(override, text, part):
    with pytest.raises(Rejected) as refusal:
        load(override(text))

    assert part in refusal.value.facts["problems"]


def test_a_missing_override_file_is_refused(tmp_path):
    with pytest.raises(Rejected, match="calendar"):
        load(tmp_path / "calendar.toml")
