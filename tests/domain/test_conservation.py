"""Conservation by itself: which breach is named, and how much is missing."""

from __future__ import annotations

import pytest

from hub.domain.conservation import Breach, Conservation, Scope

TERMS = (
    "paid_fen", "returned_fen", "in_flight_fen", "waiting_fen", "unknown_fen", "suspense_fen",
    "cancelled_fen", "reversed_fen",
)  # fmt: skip


def account(approved_fen=100, **values):
    return Conservation(
        scope=Scope.BATCH, id=4, fund="pension", bank="alpha", approved_fen=approved_fen, **values
    )


@pytest.mark.parametrize("term", TERMS)
def test_every_term_counts_once(term):
    holds = account(**{term: 100})

    assert (holds.breach, holds.missing_fen, holds.accounted_fen) == (None, 0, 100)
    short = account(**{term: 99})
    assert (short.breach, short.missing_fen) == (Breach.TERMS, 1)
    over = account(**{term: 101})
    assert (over.breach, over.missing_fen) == (Breach.TERMS, -1)
    negative = account(**{"paid_fen": 101, term: -1} if term != "paid_fen" else
                       {"returned_fen": 101, term: -1})  # fmt: skip
    assert (negative.breach, negative.missing_fen) == (Breach.NEGATIVE, -1)


@pytest.mark.parametrize(
    ("booked", "term", "breach"),
    [
        ("booked_out_fen", "in_flight_fen", Breach.BOOKS_OUT),
        ("booked_back_fen", "returned_fen", Breach.BOOKS_BACK),
        ("booked_in_fen", "paid_fen", Breach.BOOKS_IN),
    ],
)
def test_the_books_say_the_same(booked, term, breach):
    assert account(**{term: 100, booked: 100}).breach is None
    for fen in (99, 101, 0):
        wrong = account(**{term: 100, booked: fen})
        assert (wrong.breach, wrong.missing_fen) == (breach, 100 - fen)


def test_nothing_at_all_holds_and_has_a_name():
    nothing = account(0, booked_out_fen=0, booked_back_fen=0, booked_in_fen=0)

    assert (nothing.breach, nothing.missing_fen) == (None, 0)
    assert nothing.name == "payout_batch:4"
