"""The clocks of a transfer against a day-by-day count, and whose they are."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.adapters import china_calendar
from hub.domain.transfer_clock import Pause, clocks, due_on, working_day_before
from hub.domain.transfer_facts import Answered, Asked, Paused, Resumed
from hub.domain.transfer_kinds import Step
from hub.domain.transfer_steps import reopened
from tests.cases import (
    announced,
    applied,
    arrears,
    case_of,
    consent,
    day,
    done,
    ending,
    form,
    funds,
    rules,
)

CALENDAR = china_calendar.load()
DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31))


def counted(started_on, working_days, pauses):
    """Go day by day."""
    at, left = started_on, working_days
    while left and at < date(2026, 12, 31):
        at += timedelta(days=1)
        paused = any(p.first <= at and (p.until is None or at < p.until) for p in pauses)
        left -= CALENDAR.is_working(at) and not paused
    return at if not left else None


@given(DAYS, st.integers(1, 30), st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=5))
def test_a_clock_counts_the_working_days_outside_of_pauses(started_on, days, paused):
    pauses = [
        Pause(first=first, until=first + timedelta(days=length), reason="x")
        for first, length in paused
    ]

    assert due_on(started_on, days, pauses, CALENDAR) == counted(started_on, days, pauses)


@given(DAYS, st.integers(1, 30), DAYS)
def test_a_clock_that_stands_is_due_only_if_it_was_before(started_on, days, first):
    pauses = [Pause(first=first, until=None, reason="x")]

    assert due_on(started_on, days, pauses, CALENDAR) == counted(started_on, days, pauses)


@given(DAYS, st.integers(0, 20))
def test_so_many_working_days_before(on, days):
    earlier = working_day_before(on, days, CALENDAR)

    assert CALENDAR.count(earlier, on) == days
    assert CALENDAR.count(earlier + timedelta(days=1), on) < max(days, 1)


def by_step(case):
    return {one.step: one for one in clocks(case, CALENDAR)}


def test_each_step_has_a_clock_of_its_side():
    case = case_of(
        "in", applied(day(3)), consent(day(5)), form(day(10)), announced(day(11)), funds(day(13)),
        done(day(20)),
    )  # fmt: skip
    found = by_step(case)

    assert [(s, c.ours, c.started_on, c.ended_on) for s, c in found.items()] == [
        (Step.CONSENT, True, day(3), day(5)),
        (Step.OFFER, False, day(5), day(10)),
        (Step.FUNDS, False, day(5), day(11)),
        (Step.CONTINUE, True, day(13), day(20)),
    ]
    assert found[Step.CONSENT].due_on == CALENDAR.add(day(3), 20)
    assert found[Step.CONSENT].by.article == "3-14"


def test_money_waits_for_the_month_where_the_rule_says_so():
    case = case_of(
        "out", applied(), consent(), arrears(), form(day(6)), rules=rules(month_end=True)
    )

    assert by_step(case)[Step.FUNDS].due_on == date(2026, 11, 30)
    assert Step.CONTINUE not in by_step(case)


def test_arrears_and_pauses_stop_our_clock_and_their_questions_theirs():
    owing = case_of("out", applied(day(3)), consent(day(3)), arrears(100, day(4)))
    paid = case_of("out", *owing.facts, arrears(0, day(11)))
    assert by_step(owing)[Step.OFFER].is_paused
    assert by_step(owing)[Step.OFFER].due_on is None
    assert by_step(paid)[Step.OFFER].due_on == CALENDAR.add(day(3), 25)

    pause = (Paused(on=day(4), number="1", reason="调查"), Resumed(on=day(6), number="1"))
    asked = (
        Asked(on=day(5), number="Q", ours=False, text="?"),
        Answered(on=day(9), number="Q", text="!"),
    )
    new = by_step(case_of("in", applied(day(3)), consent(day(4)), *pause, *asked))
    assert new[Step.CONSENT].due_on == CALENDAR.add(day(3), 22)
    assert new[Step.OFFER].due_on == CALENDAR.add(day(4), 22)


def test_a_case_that_ends_stops_its_clocks_and_late_is_late():
    case = case_of("in", applied(day(3)), ending("refused", day(20)))
    (clock,) = clocks(case, CALENDAR)

    assert (clock.ended_on, clock.is_open, clock.is_late(date(2026, 12, 31))) == (
        day(20), False, False,
    )  # fmt: skip
    (open_,) = clocks(case_of("in", applied(day(3))), CALENDAR)
    assert not open_.is_late(open_.due_on)
    assert open_.is_late(open_.due_on + timedelta(days=1))


def test_where_the_calendar_ends_nobody_knows_the_day():
    (clock,) = clocks(case_of("in", applied(date(2026, 12, 20))), CALENDAR)

    assert clock.due_on is None
    assert clock.calendar_ends
    assert not clock.is_late(date(2026, 12, 31))


def test_another_round_has_clocks_of_its_own():
    first = case_of(
        "out", applied(day(3)), consent(day(3)), arrears(), form(day(4)), funds(day(4)),
        done(day(6), ours=False),
    )  # fmt: skip
    second = reopened(first, frozenset({Step.OFFER, Step.FUNDS}), day(20))

    assert list(by_step(first)) == [Step.OFFER, Step.FUNDS, Step.CONTINUE]
    (offer,) = by_step(second).values()
    assert (offer.step, offer.started_on) == (Step.OFFER, day(20))


def test_a_letter_that_comes_late_starts_the_clock_when_it_comes():
    case = case_of("out", consent(day(3)), opened_on=day(12), rules=rules(application=False))

    assert by_step(case)[Step.OFFER].started_on == day(12)
