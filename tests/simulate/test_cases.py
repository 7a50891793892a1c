"""Every shape: its records balance on exactly those days on which no difference is planted."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from hub.adapters.china_calendar import load
from hub.domain.verdict import Verdict
from hub.simulate.cases import SHAPES, cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.draft import Draft
from hub.simulate.mint import Mint
from hub.simulate.shapes import clean

MONDAY = date(2026, 11, 23)
CALENDAR = load()
DAYS = [CALENDAR.add(MONDAY, n) for n in range(8)]
ALL_LISTS = Dates(calendar=CALENDAR, transit_days=3)
NO_TREASURY = Dates(
    calendar=CALENDAR, transit_days=3, missing=frozenset({(MONDAY, Sender.TREASURY)})
)


def drawn(shape, dates=ALL_LISTS, seed=1):
    draft = Draft(Mint(seed), dates, MONDAY)
    shape(draft)
    return draft.case


def balances(case, as_of) -> bool:
    """Tell whether what was seen by a day adds up, kind by kind and payer by payer."""
    collected, owed, booked, assessed = Counter(), Counter(), Counter(), Counter()
    for slip in case.collected:
        if slip.seen_on <= as_of:
            collected[slip.insurance_kind] += slip.amount_fen
            owed[slip.payer.payer_id, slip.insurance_kind, slip.period] += slip.amount_fen
    for booking in case.deposited:
        if booking.seen_on <= as_of:
            booked[booking.insurance_kind] += booking.amount_fen
    for due in case.assessed:
        if due.seen_on <= as_of:
            assessed[due.payer.payer_id, due.insurance_kind, due.period] += due.amount_fen
    return collected == booked and owed == assessed


@pytest.mark.parametrize("dates", [ALL_LISTS, NO_TREASURY], ids=["all-lists", "no-treasury"])
@pytest.mark.parametrize("name", SHAPES)
def test_a_case_balances_on_exactly_the_days_without_a_planted_difference(name, dates):
    case = drawn(SHAPES[name], dates)

    for day in DAYS:
        planted = [p for p in case.planted if p.stands_on(day)]
        assert balances(case, day) is not bool(planted), (name, day, planted)


def test_a_plain_case_balances_at_once_and_waits_when_the_treasury_list_is_missing():
    def plain(draft):
        clean.plain(draft, rows_max=50)

    on_time, waiting = drawn(plain), drawn(plain, NO_TREASURY)

    assert on_time.planted == []
    assert {p.verdict for p in waiting.planted} == {Verdict.IN_TRANSIT}
    assert all(p.until == DAYS[1] for p in waiting.planted)


def test_money_that_never_comes_is_in_transit_for_three_working_days_and_then_overdue():
    draft = Draft(Mint(1), ALL_LISTS, MONDAY)
    slip = draft.collect(draft.mint.individual(), "pension")

    draft.wait(slip, None)

    said = [[p.verdict for p in draft.case.planted if p.stands_on(day)] for day in DAYS[:6]]
    assert said == [[Verdict.IN_TRANSIT]] * 4 + [[Verdict.OVERDUE]] * 2


@pytest.mark.parametrize("name", SHAPES)
def test_a_record_never_has_two_verdicts_on_one_day(name):
    case = drawn(SHAPES[name])

    for day in DAYS:
        records = [
            (p.receipt_no, p.deposit_no, p.insurance_kind) for p in case.planted if p.stands_on(day)
        ]
        assert len(records) == len(set(records))


def test_amounts_that_may_be_searched_for_meet_no_other_receipt():
    mint = Mint(5)
    made = list(cases(mint, ALL_LISTS, [MONDAY], rows=20_000))
    loose = [b.amount_fen for c in made for b in c.deposited if b.receipt_no is None]
    totals = Counter(s.amount_fen for c in made for s in c.collected)

    assert len(loose) > 2
    assert len(loose) == len(set(loose))
    assert max(totals[fen] for fen in loose) == 2  # the two of an ambiguous case
    assert all(totals[fen] <= 2 for fen in loose)


def test_a_list_that_is_missing_on_two_days_comes_on_the_third():
    dates = Dates(
        calendar=CALENDAR,
        transit_days=3,
        missing=frozenset({(DAYS[0], Sender.TAX), (DAYS[1], Sender.TAX)}),
    )

    assert dates.seen(Sender.TAX, MONDAY) == DAYS[2]
    assert dates.seen(Sender.TREASURY, MONDAY) == MONDAY


def test_counting_back_skips_weekends_and_takes_make_up_days():
    assert ALL_LISTS.before(date(2026, 10, 12), 2) == date(2026, 10, 9)
    assert ALL_LISTS.before(MONDAY, 0) == MONDAY
