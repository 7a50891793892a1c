"""The life of a discrepancy, as sentences and as a state machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from hub.domain.approval import same_person
from hub.domain.discrepancy import (
    Action,
    Difference,
    Discrepancy,
    Ending,
    Event,
    Level,
    State,
    cause,
    key_of,
)
from hub.domain.verdict import Verdict
from hub.errors import Rejected

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
LIMIT_FEN = 100_000
PEOPLE = ("李梅", "王强", "Li Mei", "li mei")


def short_by(amount_fen: int) -> Difference:
    return Difference(
        key=key_of(Level.RECEIPT, "R1", "pension"), level=Level.RECEIPT, cause=Verdict.SHORT,
        amount_fen=amount_fen, receipt_no="R1", insurance_kind="pension",
        collected_fen=500_000, deposited_fen=500_000 - amount_fen,
    )  # fmt: skip


def opened(amount_fen: int = 200_000) -> Discrepancy:
    return Discrepancy(
        id=1, difference=short_by(amount_fen), owner="财务管理", opened_on=DAY, seen_on=DAY
    )


def proposed(discrepancy: Discrepancy, person: str = "李梅") -> Discrepancy:
    return discrepancy.propose(
        Action.EXPLAIN, reason="次日到账", person=person, at=AT, two_people_from_fen=LIMIT_FEN
    )


def test_below_the_limit_one_person_closes_a_difference():
    closed = proposed(opened(LIMIT_FEN - 1))

    assert (closed.state, closed.closed_how) == (State.CLOSED, Ending.EXPLAIN)


def test_from_the_limit_upwards_another_person_must_confirm():
    waiting = proposed(opened(LIMIT_FEN))

    closed = waiting.confirm(person="王强", at=AT)

    assert (waiting.state, closed.state) == (State.PROPOSED, State.CLOSED)
    with pytest.raises(Rejected, match="two different people"):
        waiting.confirm(person="李梅", at=AT)


def test_a_declined_proposal_leaves_the_difference_open_for_another():
    again = proposed(proposed(opened()).decline(), person="王强")

    assert again.proposal is not None
    assert again.proposal.by.person == "王强"


def test_unchanged_facts_leave_a_closed_difference_closed():
    closed = proposed(opened(1))

    seen = closed.observe(replace(short_by(1), rule="another", note="said otherwise"), on=DAY)

    assert (seen.state, seen.closed_how) == (State.CLOSED, Ending.EXPLAIN)


def test_changed_facts_withdraw_a_proposal_made_on_other_facts():
    seen = proposed(opened(200_000)).observe(short_by(300_000), on=DAY)

    assert (seen.state, seen.proposal) == (State.OPEN, None)
    assert seen.difference.amount_fen == 300_000


def test_changed_facts_reopen_what_a_person_had_closed():
    seen = proposed(opened(1)).observe(short_by(2), on=DAY)

    assert (seen.state, seen.closed_how, seen.closed_at) == (State.OPEN, None, None)


def test_what_cleared_by_itself_opens_again_when_it_is_found_again():
    cleared = opened().end(Ending.CLEARED, at=AT)

    assert cleared.observe(cleared.difference, on=DAY).state is State.OPEN


def test_its_age_counts_from_the_day_the_money_was_taken():
    known = replace(opened(), difference=replace(short_by(1), collected_on=date(2026, 2, 13)))

    assert (known.since_on, opened().since_on) == (date(2026, 2, 13), DAY)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001])
def test_a_proposal_without_a_usable_reason_is_refused(reason):
    with pytest.raises(Rejected) as refused:
        opened().propose(
            Action.ACCEPT, reason=reason, person="李梅", at=AT, two_people_from_fen=LIMIT_FEN
        )

    assert refused.value.code == "reason_unusable"


def test_a_cause_is_a_verdict_or_an_event_and_nothing_else():
    assert (cause("short"), cause("flood")) == (Verdict.SHORT, Event.FLOOD)
    with pytest.raises(Rejected, match="no kind of discrepancy"):
        cause("shrot")


def test_every_cause_has_a_chinese_name():
    assert all(event.zh for event in Event)


def test_a_separator_inside_a_number_cannot_forge_another_key():
    assert key_of(Level.RECEIPT, "a|b", None) != key_of(Level.RECEIPT, "a", "b")
    assert key_of(Level.RECEIPT, "a%7Cb") != key_of(Level.RECEIPT, "a|b")


class Life(RuleBasedStateMachine):
    """Any order of what people and facts do; illegal moves change nothing."""

    @initialize(amount_fen=st.sampled_from([1, LIMIT_FEN - 1, LIMIT_FEN, 900_000]))
    def open(self, amount_fen: int) -> None:
        self.it = opened(amount_fen)

    def attempt(self, change) -> None:
        before = self.it
        try:
            self.it = change()
        except Rejected:
            assert self.it == before

    @rule(person=st.sampled_from(PEOPLE), action=st.sampled_from(Action))
    def propose(self, person: str, action: Action) -> None:
        self.attempt(
            lambda: self.it.propose(
                action, reason="理由", person=person, at=AT, two_people_from_fen=LIMIT_FEN
            )
        )

    @rule(person=st.sampled_from(PEOPLE))
    def confirm(self, person: str) -> None:
        self.attempt(lambda: self.it.confirm(person=person, at=AT))

    @rule()
    def decline(self) -> None:
        self.attempt(self.it.decline)

    @rule(owner=st.sampled_from(PEOPLE))
    def assign(self, owner: str) -> None:
        self.attempt(lambda: self.it.assign(owner))

    @rule(how=st.sampled_from([Ending.CLEARED, Ending.ARRIVED]))
    def end(self, how: Ending) -> None:
        self.attempt(lambda: self.it.end(how, at=AT))

    @rule(amount_fen=st.sampled_from([1, LIMIT_FEN, 900_000]))
    def observe(self, amount_fen: int) -> None:
        self.it = self.it.observe(short_by(amount_fen), on=DAY)

    @precondition(lambda self: self.it.state is not State.CLOSED)
    @rule()
    def alive_means_no_ending(self) -> None:
        assert (self.it.closed_how, self.it.closed_at) == (None, None)

    @invariant()
    def closed_means_an_ending(self) -> None:
        closed = self.it.state is State.CLOSED
        assert closed == (self.it.closed_how is not None) == (self.it.closed_at is not None)

    @invariant()
    def a_person_never_closes_a_large_difference_alone(self) -> None:
        by_people = self.it.closed_how in (Ending.EXPLAIN, Ending.CORRECT, Ending.ACCEPT)
        if by_people and self.it.difference.amount_fen >= LIMIT_FEN:
            first, second = self.it.proposal.approval.signatures
            assert not same_person(first.person, second.person)

    @invariant()
    def only_a_proposal_in_waiting_is_incomplete(self) -> None:
        waiting = self.it.proposal is not None and not self.it.proposal.approval.is_complete
        assert waiting == (self.it.state is State.PROPOSED)


TestLife = Life.TestCase
