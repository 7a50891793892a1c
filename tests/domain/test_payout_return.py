"""Answers in any order come to the same: a property of the fold, over all permutations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.payout import BatchState, ItemState, PayoutBatch, PayoutItem, PayoutKind
from hub.domain.payout_answer import COUNTED, RANK, Answer, Effect, Standing
from hub.domain.payout_return import contradict, decide, deciding

ITEM = PayoutItem(
    id=1, list_id=1, item_no=1, person_id="x", person_name="x", benefit="b", period=202611,
    amount_fen=100, bank="alpha", account_no="1", account_name="x", end_to_end_id="E",
    state=ItemState.IN_FLIGHT, batch_id=1,
)  # fmt: skip
BATCH = PayoutBatch(
    id=1, list_id=1, bank="alpha", kind=PayoutKind.SOCIAL, fund="pension",
    business_on=date(2026, 11, 24), sequence=1, message_id="M", file_name="F", item_count=1,
    total_fen=100, created_at=datetime(2026, 11, 24, tzinfo=UTC), state=BatchState.SENT,
)  # fmt: skip

_ANSWERS = st.builds(
    Answer,
    line=st.just(1),
    bank=st.just("alpha"),
    form=st.sampled_from(["delimited", "pain002", "pacs004"]),
    standing=st.sampled_from(list(Standing)),
    raw_code=st.sampled_from([None, "AC01", "BE01", "zz"]),
    reason=st.sampled_from([None, "AC01", "BE01"]),
    settled_on=st.sampled_from([None, date(2026, 11, 24), date(2026, 11, 25)]),
    amount_fen=st.sampled_from([None, 100]),
)


def run(answers):
    """Return the state, and the reason that counts, after answers in an order."""
    item, known, effects = ITEM, [], []
    for one in answers:
        decision = decide(item, BATCH, one, known)
        effects.append(decision.effect)
        if decision.effect in COUNTED:
            known.append(one)
        if decision.state is not None:
            item = replace(item, state=decision.state, outcome_code=one.reason)
    return item, effects, known


@given(st.lists(_ANSWERS, min_size=5, max_size=5, unique_by=lambda a: a.identity()))
def test_five_answers_in_every_order_end_in_the_same_state(answers):
    ends = set()
    for order in permutations(answers):
        item, effects, known = run(order)
        ends.add((item.state, contradict(known), Effect.TWICE in effects, Effect.HELD in effects))

    assert len(ends) == 1


@given(st.lists(_ANSWERS, min_size=2, max_size=4, unique_by=lambda a: a.identity()))
def test_the_reason_that_counts_does_not_depend_on_the_order(answers):
    returns = [a for a in answers if a.standing is Standing.RETURNED]
    if len({a.form for a in returns}) < len(returns):
        return  # a second return: people decide
    assert len({run(order)[0].outcome_code for order in permutations(answers)}) == 1


@given(st.lists(_ANSWERS, max_size=6))
def test_nothing_ever_goes_backwards(answers):
    order = [ItemState.IN_FLIGHT, ItemState.UNKNOWN, ItemState.PAID, ItemState.RETURNED]
    item, known = ITEM, []
    for one in answers:
        decision = decide(item, BATCH, one, known)
        if decision.state is not None:
            assert order.index(decision.state) >= order.index(item.state)
            item = replace(item, state=decision.state)
        known.append(one)


def test_a_contradiction_is_seen_whichever_came_first():
    both = [
        Answer(line=1, bank="a", form="f", standing=s) for s in (Standing.PAID, Standing.REJECTED)
    ]

    for order in permutations(both):
        item, effects, _ = run(order)
        assert effects[1] is Effect.CONTRADICTS
        assert item.state is ItemState.RETURNED


def test_paid_after_people_called_it_returned_is_a_contradiction():
    returned = replace(ITEM, state=ItemState.RETURNED)
    unclear = Answer(line=1, bank="a", form="f", standing=Standing.HELD)
    paid = Answer(line=2, bank="a", form="f", standing=Standing.PAID)
    back = Answer(line=3, bank="a", form="f", standing=Standing.RETURNED)

    assert decide(returned, BATCH, paid, [unclear]).effect is Effect.CONTRADICTS
    assert decide(returned, BATCH, paid, [unclear]).state is None
    assert decide(returned, BATCH, paid, [back]).effect is Effect.OLDER


@pytest.mark.parametrize("state", [BatchState.READY])
def test_an_answer_to_what_was_not_delivered_waits(state):
    answer = Answer(line=1, bank="a", form="f", standing=Standing.PAID)

    assert decide(ITEM, replace(BATCH, state=state), answer, []).effect is Effect.PARKED


def test_a_standing_without_an_end_decides_nothing():
    assert deciding([Answer(line=1, bank="a", form="f", standing=Standing.ACCEPTED)]) is None
    assert max(RANK, key=RANK.__getitem__) is Standing.RETURNED
