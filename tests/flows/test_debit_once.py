"""Whatever the order of lists, releases, answers, attempts and decisions: nothing is taken twice.

A model by hypothesis drives the real flows, the bank's answers among them, and looks at the
database, the books and the bank's folder after every step.
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
from hub.domain.payout import BACK, LIVE, BatchState, ItemState, ListState
from hub.errors import Rejected
from hub.flows.payout_approval import cancel, sign
from hub.flows.payout_decision import decide
from hub.flows.payout_reissue import draft_reissue
from hub.flows.payout_release import release
from hub.flows.verify import verify
from hub.mappings.payout_file import read_back
from tests.answers import answer, line
from tests.debits import approve, list_bytes, of_debits, row
from tests.office import Office
from tests.payouts import sent_files

PICK = st.integers(0, 10**6)
SAID = st.sampled_from(["7", "6", "8", "9", "1"])
CHECKS = {"debit_conservation", "debited_once", "debit_items", "debit_files", "debit_mandates",
          "trial_balance"}  # fmt: skip


class Debits(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        self.office = Office(Path(self.home.name))
        self.numbers = count(1)

    def teardown(self):
        self.office.store.close()
        self.home.cleanup()

    @rule(people=st.lists(st.integers(1, 2), min_size=1, max_size=2))
    def desk_sends(self, people):
        number = next(self.numbers)
        content = list_bytes([row(n, amount_fen=1000 + number) for n in people])
        self.office.send("contributions-in", f"DSMX_20261124_{number:03d}.csv", content)
        self.office.work()

    @rule(pick=PICK)
    def somebody_signs_or_cancels(self, pick):
        do = (
            lambda one: sign(one.id, person="李初", services=self.services),
            lambda one: cancel(one.id, person="王审", reason="撤销", services=self.services),
        )
        self._try(pick // 2, self._lists(), do[pick % 2])

    @rule(pick=PICK)
    def a_list_goes_all_the_way(self, pick):
        def go(listed):
            approve(self.office, listed)
            release(listed.id, person="赵出", services=self.services)
            self.office.work()

        self._try(pick, [one for one in self._lists() if one.state is ListState.CHECKED], go)

    @rule(pick=PICK, said=SAID)
    def bank_answers(self, pick, said):
        sent = [one for one in self._items() if one.batch_id is not None]
        number = next(self.numbers)
        why = "余额不足" if said in "68" else ""

        def say(item):
            reference = f"R{item.id}" if said == "8" else ""
            found = [line(item, said, why, reference=reference)]
            answer(self.office, found, f"{number}", bank="gamma")

        self._try(pick, sent, say)

    @rule(pick=PICK, outcome=st.sampled_from([ItemState.PAID, ItemState.FAILED]))
    def two_people_decide(self, pick, outcome):
        def both(item):
            for who in ("李甲", "王乙"):
                decide(item.id, outcome, person=who, reason="查过", services=self.services)

        self._try(pick, self._items(), both)

    @rule(pick=PICK)
    def desk_tries_again(self, pick):
        self._try(
            pick,
            self._items(),
            lambda one: draft_reissue(
                [Correction(item_id=one.id)], person="张征", services=self.services
            ),
        )

    @rule()
    def a_day_passes(self):
        self.office.clock.advance(days=1)
        self.office.work()

    @invariant()
    def a_contribution_has_one_live_attempt_and_follows_proved_failures(self):
        items = {one.id: one for one in self._items()}
        live = Counter(one.entitlement for one in items.values() if one.state in LIVE)
        assert max(live.values(), default=1) == 1
        for one in items.values():
            if one.state in LIVE | BACK and one.attempt > 1:
                repaired = items[one.repairs_id]
                assert repaired.state in BACK
                assert repaired.evidence
                assert one.attempt <= 3

    @invariant()
    def everything_that_must_hold_holds(self):
        broken = [one for one in verify(self.office.services) if not one.ok]
        assert [one for one in broken if one.name in CHECKS] == []

    @invariant()
    def the_bank_is_asked_once_for_each_attempt(self):
        layout = self.services.catalog.partner("gamma").layout("collection")
        files = [read_back(layout, c) for c in sent_files(self.office, "gamma").values()]
        with self.services.store.read() as uow:
            sent = [one for one in uow.payout_batches.list() if one.state is not BatchState.READY]
        names = [name for _, _, found in files for name in found]
        assert len(names) == len(set(names))
        assert sum(total for _, total, _ in files) == sum(batch.total_fen for batch in sent)

    @property
    def services(self):
        return of_debits(self.office)

    def _lists(self):
        with self.services.store.read() as uow:
            return uow.payouts.list()

    def _items(self):
        with self.services.store.read() as uow:
            return [item for one in uow.payouts.list() for item in uow.payout_items.of_list(one.id)]

    def _try(self, pick, among, action):
        if among:
            try:
                action(among[pick % len(among)])
            except Rejected as refused:
                self.refused = refused.code


Debits.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_nothing_is_taken_twice = Debits.TestCase
