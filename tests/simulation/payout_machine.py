"""Payouts under every order of business, fault and crash that hypothesis thinks of.

People, banks, the line and the clock are rules; what is due is run in any order; the process dies
at any commit and at any call to a bank. `oracle.py` says what must be true meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule

from hub.domain.correction import Correction
from hub.domain.payout_state import ItemState
from hub.flows.payout_decision import decide
from hub.flows.payout_reissue import draft_reissue
from hub.flows.payout_resend import resend
from hub.flows.payout_withdraw import withdraw
from hub.flows.verify import verify
from tests import payouts
from tests.simulation.crashing import LossyChannel
from tests.simulation.house import BANKS, DAY
from tests.simulation.payout_desk import ANY, DIES, ROWS, WHO, Desk

OUTCOMES = {"paid": ItemState.PAID, "returned": ItemState.RETURNED}


class Payouts(Desk):
    """The rest: work, faults, time, banks, and people who put things right."""

    # what is due, and what goes wrong on the way

    @rule(pick=ANY, die=DIES)
    def work(self, pick, die):
        tasks = self.house.due()
        if tasks:
            self._try(lambda: self.house.run(tasks[pick % len(tasks)]), die)

    @rule(pick=ANY, die=DIES)
    def work_on(self, pick, die):
        for turn in range(1 + pick % 4):
            self.work(pick >> turn, die if turn == 0 else 0)

    @rule(
        bank=st.sampled_from(BANKS),
        fault=st.sampled_from(LossyChannel.FAULTS),
    )
    def break_the_line(self, bank, fault):
        self.house.channels[f"{bank}-out"].next_fault = fault

    @rule(minutes=st.sampled_from((2, 45, 300, 1440)))
    def time_passes(self, minutes):
        self.house.clock.at += timedelta(minutes=minutes)

    @rule(rows=ROWS, fault=st.sampled_from(LossyChannel.FAULTS), die=DIES, how=ANY)
    def a_bad_day(self, rows, fault, die, how):
        """Deliveries break off, the banks may answer all the same; it goes on the next morning."""
        self.a_list_is_paid(rows, 0, 0)
        self._run("payout")
        if not any(one.step == "deliver" for one in self.house.due()):
            self.house.clock.at += DAY  # they are for the next day
        for bank in BANKS:
            self.break_the_line(bank, fault)
        self._run("deliver:", die)
        for bank in self.banks.values():
            told = [one for one in bank.payments.values() if one["truth"] == "received"]
            for payment in told:
                bank.settle(payment, how)
            if told and how % 3:
                self._answer(bank, [(one, 0) for one in told], "", 0)
                self._run("collection")
        self.house.clock.at += DAY
        self._run("deliver:", die)

    def _run(self, queue, die=0):
        for task in self.house.due():
            if task.queue.startswith(queue):
                self._try(lambda task=task: self.house.run(task), die)

    @rule(pick=ANY)
    def operator_retries(self, pick):
        parked = self.house.parked()
        if parked:
            task = parked[pick % len(parked)]
            if task.queue.startswith("deliver:") and task.step == "deliver":
                self._urge(int(task.subject_id))
            self._try(lambda: self.house.retry(task))

    def _urge(self, outgoing):
        ((name,),) = self.house.rows("SELECT file_name FROM outbox WHERE id = ?", outgoing)
        self.urged.add(name)

    # the banks

    @rule()
    def bank_empties_its_folder(self):
        channel = self.house.channels["beta-out"]
        for name in list(channel.files):
            channel.take(name)

    def _payment(self, pick):
        found = [one for bank in self.banks.values() for one in bank.payments.values()]
        if not found:
            return None, None
        payment = found[pick % len(found)]
        return next(b for b in self.banks.values() if payment["id"] in b.payments), payment

    @rule(pick=ANY, how=ANY)
    def bank_settles(self, pick, how):
        bank, payment = self._payment(pick)
        if bank is not None:
            bank.settle(payment, how)

    @rule(pick=ANY, how=ANY)
    def bank_remarks(self, pick, how):
        bank, payment = self._payment(pick)
        if bank is not None:
            bank.remark(payment, how)

    @rule(
        bank=st.sampled_from(BANKS), picks=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=4),
        flaw=st.sampled_from(("", "", "", "", "stray", "foreign", "amount", "total")),
        read=st.booleans(), die=DIES,
    )  # fmt: skip
    def bank_answers(self, bank, picks, flaw, read, die):
        bank = self.banks[bank]
        picked, payments = [], list(bank.payments.values())
        for pick, how in picks if payments else ():
            one = payments[pick % len(payments)]
            if not one["history"]:
                bank.settle(one, how)
            picked.append((one, how % len(one["history"])))
        if not picked and flaw != "stray":
            return
        self._answer(bank, picked, flaw, die)
        if read:
            self.work(-1, 0)

    def _answer(self, bank, picked, flaw, die):
        self.numbers += 1
        bank.answer(picked, number=self.numbers, flaw=flaw)
        name, content, flaw, lines = bank.answers[-1]
        self.oracle.contents[sha256(content).hexdigest()] = (flaw, lines)
        self.wire.append((f"{bank.code}-in", name, content))
        self._deliver(-1, die)

    @rule(pick=ANY, words=st.sampled_from(("76", "67", "68", "88", "79", "97")), who=WHO)
    def bank_says_two_things(self, pick, words, who):
        """Two answers about one payment, each in a file of its own; then it is paid again."""
        bank, payment = self._payment(pick)
        if bank is None:
            return
        payment["lied"] = True
        for at, result in enumerate(words):
            payment["history"].append((result, "余额不足" if result in "68" else "", f"T{at}"))
            self._answer(bank, [(payment, len(payment["history"]) - 1)], "", 0)
            self.house.drain()
        self._pay_again(payment["id"], who)

    # people put things right

    @rule(pick=ANY, other=st.booleans(), who=WHO, die=DIES)
    def pay_again(self, pick, other, who, die):
        found = self._one(pick, "SELECT id, end_to_end_id FROM payout_items WHERE batch_id > 0")
        if found is not None:
            account = payouts.account(500 + pick % 100) if other else None
            self._pay_again(found[1], who, account, die)

    def _pay_again(self, e2e, who, account=None, die=0):
        ((item, state),) = self.house.rows(
            "SELECT id, state FROM payout_items WHERE end_to_end_id = ?", e2e
        )
        correction = Correction(item_id=item, account_no=account, explanation="已核实")
        contradicted = self.oracle.contradicts(e2e) and e2e not in self.oracle.decided
        made = self._try(
            lambda: draft_reissue([correction], person=who, services=self.house.services), die
        )
        if made is not None:
            assert state == "returned", "pays again what did not come back"
            assert not contradicted, "pays again what the bank also calls paid"
        self._lists()

    @rule(pick=ANY, outcome=st.sampled_from(("paid", "returned")), who=WHO, die=DIES)
    def people_decide(self, pick, outcome, who, die):
        found = self._one(pick, "SELECT id, state, end_to_end_id FROM payout_items WHERE state IN"
                                " ('unknown', 'returned', 'in_flight')")  # fmt: skip
        if found is None:
            return
        item, state, e2e = found
        done = self._try(
            lambda: decide(item, OUTCOMES[outcome], person=who, reason="电话问过",
                           services=self.house.services), die,
        )  # fmt: skip
        first = self.proposed.get(item)
        if done is not None:
            assert state == "unknown" or state == outcome == "returned"
        now = self.house.rows(
            "SELECT event, person FROM journal WHERE subject = ? AND event LIKE 'payout.decision%'"
            " ORDER BY n", f"payout_item:{item}",
        ) if done is not None or die else []  # fmt: skip
        if now and now[-1][0] == "payout.decision_confirmed" and first is not None:
            assert first[0] == outcome
            assert first[1] != who
            self.oracle.decided[e2e] = outcome
            self.proposed.pop(item, None)
        elif now and now[-1][0] == "payout.decision_proposed":
            self.proposed[item] = (outcome, who) if first is None else first

    @rule(pick=ANY, who=WHO, again=st.booleans(), die=DIES)
    def people_order(self, pick, who, again, die):
        """Withdraw a file that missed its day, or send one again that the bank asks for."""
        found = self._one(pick, "SELECT id, file_name FROM payout_batches WHERE outgoing_id > 0")
        if found is None:
            return
        batch, name = found
        act = resend if again else withdraw
        if again:
            self.urged.add(name)
        made = self._try(
            lambda: act(batch, person=who, reason="银行要求", services=self.house.services), die
        )
        if made is not None and made.confirmed_by is not None:
            assert made.confirmed_by != made.proposed_by
            if not again:
                arrived = {n for c in self.house.channels.values() for n, _ in c.arrived}
                assert name not in arrived, "withdrawn, and the bank has it"

    @rule()
    def rest(self):
        """Everything heals for a while; what is due is done, and then the accounts agree."""
        self._heal()
        self.house.drain()
        self.oracle.at_rest()

    def _heal(self):
        for channel in self.house.channels.values():
            channel.next_fault = None

    @invariant()
    def money_is_somewhere(self):
        self.taken += 1
        self.oracle.books()
        self.oracle.only_one_lives()

    def teardown(self):
        try:
            self._end()
        finally:
            self.house.close()

    def _end(self):
        """I15: faults stop, banks answer, parked work is retried: all is paid, back, or shown."""
        self._heal()
        self.house.drain()
        before = None
        while (parked := self.house.parked()) and [one.id for one in parked] != before:
            before = [one.id for one in parked]  # behind one the next may be late as well
            for task in parked:
                if task.queue.startswith("deliver:") and task.step == "deliver":
                    self._urge(int(task.subject_id))
                self.house.retry(task)
            self.house.drain()
        for bank in self.banks.values():
            self._tells_all(bank)
        self.house.drain()
        self.oracle.at_rest()
        self.money_is_somewhere()
        self._nothing_forgotten()
        broken = [one for one in verify(self.house.services) if not one.ok]
        assert not broken, broken

    def _tells_all(self, bank):
        """Let a bank settle what it has, and say once more all that it ever said."""
        for payment in bank.payments.values():
            if payment["truth"] == "received":
                bank.settle(payment, 0)
        told = [(one, at) for one in bank.payments.values() for at in range(len(one["history"]))]
        if told:
            self.numbers += 1
            bank.answer(told, number=self.numbers)
            name, content, flaw, lines = bank.answers[-1]
            self.oracle.contents[sha256(content).hexdigest()] = (flaw, lines)
            self.house.receive(f"{bank.code}-in", name, content)

    def _nothing_forgotten(self):
        for item, state, code in self.house.rows(
            "SELECT i.id, i.state, o.state FROM payout_items i JOIN payout_batches b"
            " ON b.id = i.batch_id JOIN outbox o ON o.id = b.outgoing_id WHERE i.state <> 'refused'"
        ):
            shown = state == "unknown" or code == "blocked"
            assert state in ("paid", "returned") or shown, (item, state, code)
        assert not self.house.rows("SELECT id FROM inbox WHERE state = 'received'")
        assert not self.house.rows("SELECT id FROM tasks WHERE state = 'due' AND note IS NULL")
