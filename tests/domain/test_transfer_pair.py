"""Two offices and the messages between them, in every order: one owner always (I11)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.transfer_case import Hold, owners
from hub.domain.transfer_facts import Form, RecallAnswered, Recalled, Voided
from hub.domain.transfer_missing import Party, missing
from hub.domain.transfer_state import TransferState as S
from hub.domain.transfer_steps import advance, wins
from hub.errors import Rejected
from tests.cases import (
    AMOUNT,
    DAY,
    announced,
    applied,
    arrears,
    case_of,
    consent,
    done,
    ending,
    form,
    funds,
)


class Pair:
    """The new place, the old place, and what is under way between them."""

    def __init__(self) -> None:
        self.new = case_of("in")
        self.old = case_of("out")
        self.to_new = []
        self.to_old = []

    def act(self, what):
        getattr(self, what)()
        claims = [("new", self.new.claim), ("old", self.old.claim)]
        assert len(owners(claims)) == 1
        unlocked = [claim for _, claim in claims if claim.hold is Hold.HELD]
        assert len(unlocked) <= 1
        for case in (self.new, self.old):
            assert missing(case) or not case.state.is_live

    def apply(self):
        if self.new.state.is_live:
            self.new = advance(self.new, applied())
        if self.old.state.is_live:
            self.old = advance(self.old, applied())

    def agree(self):
        if self.new.state is S.APPLIED:
            self.new = advance(self.new, consent())
            self.to_old.append(consent())

    def offer(self):
        if self.old.state is not S.APPLIED:
            return
        self.old = advance(self.old, arrears(hour=9 + len(self.old.all(Form))))
        fresh = form(number=f"F{len(self.old.all(Form)) + 1}")
        try:
            self.old = advance(self.old, fresh)
        except Rejected:
            return  # something lacks
        self.to_new.append(fresh)

    def pay(self):
        if self.old.state is S.OFFERED and self.old.recall is None:
            self.old = advance(self.old, funds())
            self.to_new += [announced(), funds()]

    def recall(self):
        if self.old.state in (S.OFFERED, S.SENT) and self.old.recall is None:
            key = self.old.form.key
            self.old = advance(self.old, Recalled(on=DAY, target=key, reason="更正"))
            self.to_new.append(("recall", key))

    def continue_(self):
        if self.new.state is S.READY:
            taken = self.new.form
            self.new = advance(self.new, done(form_number=taken.number, epoch=taken.epoch + 1))
            self.to_old.append(done(form_number=taken.number, epoch=taken.epoch + 1, ours=False))

    def withdraw(self):
        if self.new.state in (S.APPLIED, S.AWAITING, S.READY):
            self.new = advance(self.new, ending("withdrawn"))
            self.to_old.append(ending("withdrawn", ours=False))

    def deliver(self, inbox, at):
        if not inbox:
            return
        message = inbox[at % len(inbox)]
        if inbox is self.to_old:
            self.old = advance(self.old, message) if self._fits(message) else self.old
        elif isinstance(message, tuple):
            self._give_back(message[1])
        else:
            self.new = advance(self.new, message)
        self.act("settle")

    def settle(self):
        """Nothing to do: only the invariants are looked at."""

    def _fits(self, message):
        return self.old.ending is None or not hasattr(message, "how")

    def _give_back(self, key):
        taken = self.new.state is S.DONE and f"form:{self.new.ending.form}" == key
        if self.new.ending is None:
            self.new = advance(self.new, Voided(on=DAY, target=key, reason="更正"))
        answer = RecallAnswered(on=DAY, target=key, given_back=not taken)
        if answer not in self.to_old:
            self.to_old.append(answer)


ACTS = ["apply", "agree", "offer", "pay", "recall", "continue_", "withdraw"]
MOVES = st.one_of(
    st.sampled_from(ACTS), st.tuples(st.sampled_from(["to_new", "to_old"]), st.integers(0, 20))
)


@given(st.lists(MOVES, max_size=60))
def test_there_is_one_owner_at_every_moment(moves):
    """Messages stay in the bag: any may come at any time, late, early and again."""
    pair = Pair()
    for move in moves:
        if isinstance(move, str):
            pair.act(move)
        else:
            pair.deliver(getattr(pair, move[0]), move[1])


@given(st.lists(MOVES, max_size=30), st.randoms())
def test_when_all_has_arrived_both_offices_agree(moves, order):
    pair = Pair()
    for move in moves:
        if isinstance(move, str) and move not in ("withdraw", "recall"):
            pair.act(move)
        elif not isinstance(move, str):
            pair.deliver(getattr(pair, move[0]), move[1])
    for _ in range(6):
        for inbox in (pair.to_new, pair.to_old):
            for message in order.sample(inbox, len(inbox)):
                pair.deliver(inbox, inbox.index(message))
        for act in ("apply", "agree", "offer", "pay", "continue_"):
            pair.act(act)

    assert (pair.new.state, pair.old.state) == (S.DONE, S.DONE)
    assert pair.new.funds_fen == pair.old.funds_fen == AMOUNT
    assert not [one for one in missing(pair.old) if one.who is Party.COUNTERPART]


@given(
    st.tuples(st.dates(), st.text("0123456789-", min_size=1)),
    st.tuples(st.dates(), st.text("0123456789-", min_size=1)),
)
def test_of_two_requests_for_one_person_both_offices_choose_the_same(here, there):
    assert here == there or wins(here, there) is not wins(there, here)
