"""Days that hang together: balances chain, gaps are named, one break is one alarm."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.adapters import china_calendar
from hub.domain.bank_chain import Break, DayFacts, chain, missing_days, missing_numbers

FIRST = date(2026, 11, 23)
CALENDAR = china_calendar.load()
fens = st.integers(-(10**12), 10**12)


def days_of(moves, opening):
    """Return a bank's own days: each with its balances and sums."""
    facts, balance = [], opening
    for number, day in enumerate(moves):
        credit = sum(fen for fen in day if fen > 0)
        debit = -sum(fen for fen in day if fen < 0)
        closing = balance + credit - debit
        facts.append(
            DayFacts(
                on=FIRST + timedelta(days=number), credit_fen=credit, debit_fen=debit,
                openings=frozenset({balance}), closings=frozenset({closing}),
            )
        )  # fmt: skip
        balance = closing
    return facts, balance


@given(moves=st.lists(st.lists(fens, max_size=4), max_size=12), opening=fens)
def test_a_bank_that_keeps_its_books_is_never_an_alarm(moves, opening):
    facts, closing = days_of(moves, opening)

    found = chain(facts, opening)

    assert all(day.broken is None for day in found)
    assert [day.closing_fen for day in found][-1:] == ([closing] if facts else [])


@given(
    moves=st.lists(st.lists(fens, min_size=1, max_size=4), min_size=3, max_size=10),
    opening=fens,
    data=st.data(),
)
def test_a_day_that_was_left_out_breaks_the_next_one_and_no_other(moves, opening, data):
    facts, _ = days_of(moves, opening)
    gone = data.draw(st.integers(0, len(facts) - 2))
    lost = facts[gone].net_fen

    found = chain(facts[:gone] + facts[gone + 1 :], opening)

    broken = [day for day in found if day.broken is not None]
    if lost == 0:
        assert broken == []
    else:
        assert [day.on for day in broken] == [facts[gone + 1].on]
        assert broken[0].broken is Break.OPENING
        assert broken[0].broken_fen == lost


@given(
    moves=st.lists(st.lists(fens, min_size=1, max_size=3), min_size=1, max_size=6),
    opening=fens,
    lost=fens.filter(bool),
    data=st.data(),
)
def test_lines_that_were_left_out_are_named_with_their_amount(moves, opening, lost, data):
    facts, _ = days_of(moves, opening)
    where = data.draw(st.integers(0, len(facts) - 1))
    short = facts[where]
    facts[where] = DayFacts(
        on=short.on, credit_fen=short.credit_fen + max(-lost, 0),
        debit_fen=short.debit_fen + max(lost, 0),
        openings=short.openings, closings=short.closings,
    )  # fmt: skip

    found = chain(facts, opening)

    broken = [day for day in found if day.broken is not None]
    assert [(day.on, day.broken, day.broken_fen) for day in broken] == [
        (short.on, Break.LINES, lost)
    ]


def test_pages_of_one_day_are_one_day():
    day = DayFacts(
        on=FIRST, credit_fen=30, debit_fen=0, openings=frozenset({0, 10}),
        closings=frozenset({10, 30}),
    )  # fmt: skip

    (found,) = chain([day], 0)

    assert (found.opening_fen, found.closing_fen, found.broken) == (0, 30, None)


def test_missing_days_are_banking_days_only():
    covered = [(date(2026, 11, 23), date(2026, 11, 23)), (date(2026, 11, 27), date(2026, 11, 30))]

    found = missing_days(
        covered, since=date(2026, 11, 20), until=date(2026, 12, 1), calendar=CALENDAR
    )

    assert found == [
        date(2026, 11, 20), date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26),
        date(2026, 12, 1),
    ]  # fmt: skip


@given(
    last=st.integers(2, 40),
    gone=st.sets(st.integers(2, 39), max_size=6),
    order=st.randoms(use_true_random=False),
)
def test_missing_numbers_are_exactly_those_that_did_not_come(last, gone, order):
    there = [(FIRST + timedelta(days=n), n) for n in range(1, last + 1) if n not in gone]
    there = [(day.replace(year=2026), n) for day, n in there if day.year == 2026]
    highest = max(n for _, n in there)
    order.shuffle(there)

    gaps = missing_numbers(there)

    found = {n for gap in gaps for n in range(gap.first_no, gap.last_no + 1)}
    assert found == {n for n in gone if n < highest}


def test_numbers_begin_anew_with_the_year():
    assert missing_numbers([(date(2026, 12, 31), 250), (date(2027, 1, 4), 1)]) == []
