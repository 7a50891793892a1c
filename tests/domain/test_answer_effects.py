"""What each answer does, one by one: its effect, and what of several answers counts most."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.domain.payout import ItemState
from hub.domain.payout_answer import Answer, Effect, Standing
from hub.domain.payout_return import Decision, decide, deciding
from hub.domain.transfer_kinds import Direction
from hub.domain.transfer_state import TRANSITIONS, TransferState, may_follow, starts
from tests.domain.test_payout_return import BATCH, ITEM

S, E, I = Standing, Effect, ItemState  # noqa: E741
DAY, NEXT_DAY = date(2026, 11, 24), date(2026, 11, 25)


def said(standing, **values):
    return Answer(line=1, bank="a", form=values.pop("form", "f"), standing=standing, **values)


@pytest.mark.parametrize(
    ("state", "known", "standing", "decision"),
    [
        (I.IN_FLIGHT, [], S.RECEIVED, Decision(E.NOTED)),
        (I.IN_FLIGHT, [], S.ACCEPTED, Decision(E.NOTED)),
        (I.PAID, [S.PAID], S.ACCEPTED, Decision(E.OLDER)),
        (I.UNKNOWN, [S.OPEN], S.RECEIVED, Decision(E.OLDER)),
        (I.IN_FLIGHT, [], S.OPEN, Decision(E.APPLIED, I.UNKNOWN)),
        (I.IN_FLIGHT, [], S.HELD, Decision(E.HELD, I.UNKNOWN)),
        (I.PAID, [S.PAID], S.HELD, Decision(E.HELD)),
        (I.IN_FLIGHT, [], S.PAID, Decision(E.APPLIED, I.PAID)),
        (I.UNKNOWN, [S.OPEN], S.PAID, Decision(E.APPLIED, I.PAID)),
        (I.PAID, [S.PAID], S.OPEN, Decision(E.OLDER)),
        (I.PAID, [], S.PAID, Decision(E.CONFIRMS, I.PAID)),
        (I.PAID, [S.PAID], S.RETURNED, Decision(E.APPLIED, I.RETURNED)),
        (I.RETURNED, [S.REJECTED], S.RETURNED, Decision(E.CONFIRMS, I.RETURNED)),
        (I.RETURNED, [S.RETURNED], S.REJECTED, Decision(E.CONFIRMS)),
        (I.RETURNED, [S.RETURNED], S.PAID, Decision(E.OLDER)),
        (I.PAID, [S.PAID], S.REJECTED, Decision(E.CONTRADICTS, I.RETURNED)),
        (I.RETURNED, [S.REJECTED], S.PAID, Decision(E.CONTRADICTS)),
        (I.RETURNED, [S.HELD], S.PAID, Decision(E.CONTRADICTS)),
    ],
)
def test_an_answer_and_what_was_known(state, known, standing, decision):
    item = replace(ITEM, state=state)
    before = [said(one, reference="K") for one in known]

    assert decide(item, BATCH, said(standing, reference="K"), before) == decision


@pytest.mark.parametrize("by", [-1, 1])
def test_another_amount_is_no_answer_about_the_payment(by):
    answer = said(S.PAID, amount_fen=ITEM.amount_fen + by)

    assert decide(ITEM, BATCH, answer, []) == Decision(E.DIFFERS)
    right = said(S.PAID, amount_fen=ITEM.amount_fen)
    assert decide(ITEM, BATCH, right, []) == Decision(E.APPLIED, I.PAID)


@pytest.mark.parametrize(
    ("other", "effect"),
    [
        ({}, E.CONFIRMS),  # the same booking
        ({"reference": "R2"}, E.TWICE),
        ({"settled_on": NEXT_DAY}, E.TWICE),
        ({"reference": "R2", "form": "statement"}, E.CONFIRMS),  # the same news in another message
    ],
)
def test_a_second_return_is_another_booking_in_the_same_kind_of_message(other, effect):
    first = {"reference": "R1", "settled_on": DAY}
    known = [said(S.RETURNED, **first)]
    item = replace(ITEM, state=I.RETURNED)

    assert decide(item, BATCH, said(S.RETURNED, **{**first, **other}), known).effect is effect
    assert decide(item, BATCH, said(S.PAID, **other), known).effect is E.OLDER


def test_of_equals_the_earliest_counts_and_what_needs_a_person_before_what_is_open():
    late, early = said(S.PAID, settled_on=NEXT_DAY), said(S.PAID, settled_on=DAY)
    undated, held, still = said(S.PAID), said(S.HELD, settled_on=NEXT_DAY), said(S.OPEN)

    assert deciding([late, early, undated]) is early
    assert deciding([undated, late]) is late
    assert deciding([still, held]) is held
    a, b = said(S.PAID, reference="A"), said(S.PAID, reference="B")
    assert deciding([b, a]) is a
    assert deciding([b, undated]) is undated  # without a reference comes first
    assert deciding([late, said(S.RETURNED)]).standing is S.RETURNED


def test_an_answer_for_another_agency_is_another_answer():
    answer = said(S.PAID, reference="R")
    names = {
        answer.identity(), answer.identity(1), answer.identity(foreign="SB999"),
        answer.identity(foreign="SB998"), answer.identity(1, foreign="SB999"),
    }  # fmt: skip

    assert len(names) == 5
    assert answer.identity() == replace(answer, line=9).identity(0, foreign=None)
    assert answer.identity() == replace(answer, mapping_sha256="x").identity()
    parts = said(S.PAID, raw_code="a", raw_text="b"), said(S.PAID, raw_code="ab", raw_text="")
    assert parts[0].identity() != parts[1].identity()


@pytest.mark.parametrize("direction", list(Direction))
def test_the_graph_of_a_transfer_is_what_may_follow(direction):
    for before in TransferState:
        for after in TransferState:
            known = after in TRANSITIONS[direction].get(before, ())
            assert may_follow(direction, before, after) is (before is after or known)
        begins = before.is_live and before in TRANSITIONS[direction]
        assert starts(direction, before) is begins
    assert not starts(Direction.IN, TransferState.SENT)
    assert not starts(direction, TransferState.CLOSED)
