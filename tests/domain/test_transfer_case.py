"""A transfer's state follows from its facts, in whatever order and however often they come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.transfer_case import Claim, Hold, owners
from hub.domain.transfer_facts import (
    Answered,
    Asked,
    Closed,
    Forwarded,
    Paused,
    RecallAnswered,
    Recalled,
    Reminded,
    Resumed,
    Returned,
    Voided,
)
from hub.domain.transfer_kinds import Direction, Step
from hub.domain.transfer_messages import MessageType, may_send, may_take
from hub.domain.transfer_missing import What, missing
from hub.domain.transfer_state import BY_ENDING, TRANSITIONS, may_follow
from hub.domain.transfer_state import TransferState as S
from hub.domain.transfer_steps import advance, reopened
from hub.errors import Rejected
from tests.cases import (
    AMOUNT,
    DAY,
    OLD,
    OTHER,
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
)

FROM_OUTSIDE = [
    applied(),
    form(),
    announced(),
    funds(number="M1", amount_fen=4_000),
    funds(number="M2", amount_fen=6_000),
    announced(number="M9", amount_fen=1),
    Voided(on=DAY, target="announced:M9", reason="退单"),
    form(number="F2", amount_fen=1),
    Voided(on=DAY, target="form:F2", reason="更正"),
    Forwarded(on=DAY, sender=OLD, to=OTHER),
    Asked(on=DAY, number="Q1", ours=False, text="年限？"),
    Reminded(on=DAY, number="R1", ours=False, step=Step.CONSENT, due_on=DAY),
]


def decide(case):
    """Do what the new place can decide now."""
    if case.state is S.APPLIED:
        case = advance(case, consent())
    return advance(case, done()) if case.state is S.READY else case


@given(st.permutations(FROM_OUTSIDE), st.lists(st.sampled_from(FROM_OUTSIDE), max_size=8))
def test_every_order_and_repetition_ends_alike(order, repeated):
    case = case_of("in")
    for at, fact in enumerate([*order, *repeated]):
        case = decide(advance(case, fact))
        if at < len(repeated):
            again = advance(case, repeated[at]) if repeated[at] in case.facts else case
            assert again is case
        assert bool(missing(case)) or not case.state.is_live

    assert case.state is S.DONE
    assert case.claim == Claim(hold=Hold.HELD, epoch=2)
    assert case.counterpart == OTHER
    assert {one.key for one in case.facts} == (
        {one.key for one in FROM_OUTSIDE} | {"consent:L1", "ending:done:ours"}
    )
    assert [one.what for one in missing(case)] == [What.ANSWER]


ANYTHING = [
    *FROM_OUTSIDE,
    consent(),
    consent(day(9), "L2"),
    arrears(500),
    arrears(0, hour=10),
    funds(number="M3"),
    done(),
    done(ours=False),
    ending("refused"),
    ending("refused", ours=False),
    ending("withdrawn"),
    ending("withdrawn", ours=False),
    ending("forwarded"),
    Recalled(on=DAY, target="form:F1", reason="更正"),
    RecallAnswered(on=DAY, target="form:F1", given_back=True),
    Voided(on=DAY, target="funds:M3", reason="退单"),
    Returned(on=DAY, number="T1", amount_fen=AMOUNT),
    Paused(on=DAY, number="1", reason="调查"),
    Resumed(on=day(5), number="1"),
    Answered(on=DAY, number="Q1", text="十年"),
    Closed(on=DAY, ours=True),
    Closed(on=DAY, ours=False),
]


@pytest.mark.parametrize("direction", ["in", "out"])
@given(data=st.data())
def test_only_listed_transitions_occur_and_what_is_closed_stays(direction, data):
    case = case_of(direction)
    for fact in data.draw(st.lists(st.sampled_from(ANYTHING), max_size=40)):
        try:
            after = advance(case, fact)
        except Rejected:
            continue
        assert may_follow(case.direction, case.state, after.state)
        if case.state is S.CLOSED:
            assert after is case
        if not case.state.is_live:
            assert after.state in (case.state, S.CLOSED)
            assert after.ending == case.ending
        if after.state.is_live:
            assert missing(after)
        assert after.claim.hold is not Hold.LOCKED or after.direction is Direction.OUT
        case = after


@pytest.mark.parametrize("direction", list(Direction))
def test_the_graph_has_one_end(direction):
    graph = TRANSITIONS[direction]

    assert graph[S.CLOSED] == frozenset()
    assert all(graph[state] == {S.CLOSED} for state in BY_ENDING.values())
    assert all(S.CLOSED in after for state, after in graph.items() if state is not S.CLOSED)


def test_a_fact_that_is_known_otherwise_is_refused():
    case = advance(case_of("in"), form())

    assert advance(case, form()) is case
    with pytest.raises(Rejected) as refused:
        advance(case, form(amount_fen=1))
    assert refused.value.code == "transfer_fact_differs"


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (form(), "transfer_lacks"),
        (funds(), "transfer_state"),
        (done(), "transfer_state"),
        (done(ours=False), "transfer_not_offered"),
        (announced(), "transfer_fact_side"),
        (Recalled(on=DAY, target="form:F1", reason="x"), "transfer_state"),
        (Closed(on=DAY, ours=True), "transfer_state"),
        (Answered(on=DAY, number="Q9", text="x"), "transfer_question_unknown"),
        (Resumed(on=DAY, number="1"), "transfer_not_paused"),
        (Returned(on=DAY, number="T", amount_fen=1), "transfer_return_exceeds"),
        (Voided(on=DAY, target="form:F1", reason="x"), "transfer_not_voidable"),
    ],
)
def test_the_old_place_decides_nothing_before_its_time(fact, code):
    with pytest.raises(Rejected) as refused:
        advance(case_of("out", applied(), consent()), fact)
    assert refused.value.code == code


def test_arrears_are_paid_before_the_form():
    case = case_of("out", applied(), consent(), arrears(123_45))
    (lack,) = missing(case)
    assert lack.text("zh") == "补缴欠费 123.45 ← 申办人"
    with pytest.raises(Rejected):
        advance(case, form())

    assert advance(advance(case, arrears(0, hour=10)), form()).state is S.OFFERED


def test_what_was_offered_is_taken_once_and_only_with_the_next_ownership():
    case = case_of("out", applied(), consent(), arrears(), form())
    assert case.claim == Claim(hold=Hold.LOCKED, epoch=1)
    for wrong in (done(ours=False, epoch=1), done(ours=False, form_number="F9")):
        with pytest.raises(Rejected) as refused:
            advance(case, wrong)
        assert refused.value.code == "transfer_not_offered"

    assert advance(case, done(ours=False)).claim == Claim(hold=Hold.RELEASED, epoch=1)


def test_a_form_stays_locked_until_the_recall_is_answered():
    offered = case_of("out", applied(), consent(), arrears(), form())
    recalled = advance(offered, Recalled(on=DAY, target="form:F1", reason="更正"))
    assert recalled.claim.hold is Hold.LOCKED
    assert missing(recalled)[0].what is What.RECALL_ANSWER

    back = advance(recalled, RecallAnswered(on=DAY, target="form:F1", given_back=True))
    kept = advance(recalled, RecallAnswered(on=DAY, target="form:F1", given_back=False))
    assert (back.state, back.claim.hold) == (S.APPLIED, Hold.HELD)
    assert (kept.state, kept.claim.hold) == (S.OFFERED, Hold.LOCKED)


def test_another_round_begins_where_the_last_one_left_the_ownership():
    new = case_of("in", applied(), consent(), form(), funds(), done())
    old = case_of("out", applied(), consent(), arrears(), form(), funds(), done(ours=False))
    again = [reopened(case, frozenset({Step.OFFER, Step.FUNDS}), DAY) for case in (new, old)]

    assert [case.round for case in again] == [2, 2]
    assert [case.state for case in again] == [S.AWAITING, S.APPLIED]
    assert owners([("new", again[0].claim), ("old", again[1].claim)]) == ["new"]
    with pytest.raises(Rejected):
        reopened(case_of("in", applied()), frozenset({Step.OFFER}), DAY)


def test_what_the_state_does_not_allow_is_neither_sent_nor_taken():
    asking = case_of("in", applied())
    closed = case_of("in", applied(), ending("refused"), Closed(on=DAY, ours=True))

    assert MessageType.CONTACT_LETTER in may_send(asking)
    assert MessageType.COMPLETED not in may_send(asking)
    assert MessageType.REPLY not in may_send(asking)
    assert MessageType.FORM in may_take(asking)
    assert MessageType.CONTACT_LETTER not in may_take(asking)
    assert may_send(closed) == may_take(closed) == {MessageType.REOPEN}


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (form(amount_fen=-1), "transfer_epoch"),
        (form(epoch=0), "transfer_epoch"),
        (funds(amount_fen=0), "transfer_amount"),
        (announced(amount_fen=-5), "transfer_amount"),
    ],
)
def test_amounts_that_cannot_be_are_not_taken(fact, code):
    with pytest.raises(Rejected) as refused:
        advance(case_of("in", applied()), fact)
    assert refused.value.code == code
