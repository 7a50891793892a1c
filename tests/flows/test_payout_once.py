"""Whatever the order of lists, releases, answers, cancels and re-issues: nothing is paid twice.

A model by hypothesis drives the real flows and looks at the database and at the bank's folder
after every step.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hub.domain.correction import Correction
from hub.domain.payout import LIVE, NEXT, BatchState, ItemState, ListState
from hub.errors import Rejected
from hub.flows.payout_approval import cancel, sign
from hub.flows.payout_progress import note_progress
from hub.flows.payout_reissue import draft_reissue
from hub.flows.payout_release import release
from hub.mappings.payout_file import read_back
from tests.office import Office
from tests.payouts import account, approve, row, sent_files, take_list

PEOPLE = st.lists(st.integers(1, 2), min_size=1, max_size=2)
PICK = st.integers(0, 10**6)
OUTCOMES = st.sampled_from([ItemState.PAID, ItemState.RETURNED, ItemState.UNKNOWN])


class Payouts(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.office = Office(Path(self.home.name))
        self.numbers = count(1)
        self.evidence = count(1)

    def teardown(self):
        self.office.store.close()
        self.home.cleanup()

    @rule(people=PEOPLE)
    def desk_sends(self, people):
        number = next(self.numbers)
        rows = [row(n, amount_fen=1000 + number) for n in people]
        take_list(self.office, rows, number)

    @rule(pick=PICK, who=st.sampled_from(["李初", "王审", "张发"]))
    def somebody_signs(self, pick, who):
        self._try(pick, self._lists(), lambda one: sign(one.id, person=who, services=self.services))

    @rule(pick=PICK)
    def somebody_cancels(self, pick):
        self._try(
            pick,
            self._lists(),
            lambda one: cancel(one.id, person="王审", reason="撤销", services=self.services),
        )

    @rule(pick=PICK)
    def cashier_releases(self, pick):
        approved = [one for one in self._lists() if one.state is ListState.APPROVED]
        self._try(
            pick, approved, lambda one: release(one.id, person="赵出", services=self.services)
        )

    @rule(pick=PICK)
    def a_list_goes_all_the_way(self, pick):
        def go(payout):
            approve(self.office, payout)
            release(payout.id, person="赵出", services=self.services)
            self.office.work()

        self._try(pick, [one for one in self._lists() if one.state is ListState.CHECKED], go)

    @rule()
    def hub_works(self):
        self.office.work()

    @rule(pick=PICK, state=OUTCOMES)
    def bank_answers(self, pick, state):
        def settle(item):
            def unit(uow):
                at = self.services.now()
                evidence = f"inbox:1/line:{next(self.evidence)}"
                uow.payout_items.settle(item, state, evidence=evidence, on=at.date())
                note_progress(item.batch_id, uow, at=at)

            self.office.store.transact(unit)

        answered = [one for one in self._items() if one.batch_id and state in NEXT[one.state]]
        self._try(pick, answered, settle)

    @rule(pick=PICK, changed=st.booleans())
    def desk_repairs(self, pick, changed):
        new = account(pick) if changed else None
        self._try(
            pick,
            self._items(),
            lambda one: draft_reissue(
                [Correction(item_id=one.id, account_no=new)], person="张发", services=self.services
            ),
        )

    @invariant()
    def an_entitlement_has_one_live_attempt(self):
        live = Counter(one.entitlement for one in self._items() if one.state in LIVE)
        assert max(live.values(), default=1) == 1

    @invariant()
    def another_attempt_follows_a_proved_return(self):
        items = {one.id: one for one in self._items()}
        for one in items.values():
            if one.state in LIVE | {ItemState.RETURNED} and one.attempt > 1:
                repaired = items[one.repairs_id]
                assert repaired.state is ItemState.RETURNED
                assert repaired.evidence
                assert (repaired.entitlement, repaired.attempt) == (
                    one.entitlement, one.attempt - 1
                )  # fmt: skip

    @invariant()
    def the_bank_gets_every_id_once_and_every_fen_that_was_sent(self):
        layout = self.services.catalog.partner("alpha").layout("payout")
        files = [read_back(layout, content) for content in sent_files(self.office).values()]
        with self.office.store.read() as uow:
            sent = uow.payout_batches.list(state=BatchState.SENT)
            sent += uow.payout_batches.list(state=BatchState.ANSWERED)
            sent += uow.payout_batches.list(state=BatchState.CLOSED)
        names = [name for _, _, found in files for name in found]
        assert len(names) == len(set(names))
        assert sum(total for _, total, _ in files) == sum(batch.total_fen for batch in sent)

    @property
    def services(self):
        return self.office.services

    def _lists(self):
        with self.office.store.read() as uow:
            return uow.payouts.list()

    def _items(self):
        with self.office.store.read() as uow:
            return [item for one in uow.payouts.list() for item in uow.payout_items.of_list(one.id)]

    def _try(self, pick, among, action):
        if among:
            try:
                action(among[pick % len(among)])
            except Rejected as refused:
                self.refused = refused.code


Payouts.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_nothing_is_paid_twice = Payouts.TestCase
