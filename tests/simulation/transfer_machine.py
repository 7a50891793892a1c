"""Relations move between two offices: consent, form and money in any order, over a bad broker.

Chengdu pays through its bank; what the bank paid arrives at Hangzhou as a credit, perhaps late or
without a word that says what it is for. The oracle is a table of who said what, and two banks.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis.stateful import invariant, precondition, rule

from hub.flows.verify import verify
from tests.simulation.transfer_desk import ANY, DIES, SIDE, Desks

FAULTS = ("lost", "full", "unconfirmed", "down")


class Transfers(Desks):
    """The rest: the broker, time, and what must be true."""

    # the broker, the line, the clock

    @rule(side=SIDE, fault=st.sampled_from((None, *FAULTS)), die=DIES)
    def send(self, side, fault, die):
        office = getattr(self, side)
        office.road.next_fault = fault
        self._try(office, lambda: self.pair.send(office), die)

    @precondition(lambda self: self.pair.broker.messages)
    @rule(pick=ANY, again=st.booleans(), die=DIES)
    def deliver(self, pick, again, die):
        broker = self.pair.broker
        among = list(range(len(broker.messages))) if again else broker.waiting()
        if among:
            index = among[pick % len(among)]
            office = self.pair.of(index)
            self._try(office, lambda: broker.deliver(index, office.house, office.region), die)

    @rule(side=SIDE, fault=st.sampled_from(FAULTS))
    def break_the_broker(self, side, fault):
        getattr(self, side).road.next_fault = fault

    @rule(side=SIDE, pick=ANY, die=DIES)
    def work(self, side, pick, die):
        office = getattr(self, side)
        tasks = office.house.due()
        if tasks:
            self._try(office, lambda: office.house.run(tasks[pick % len(tasks)]), die)

    @rule(hours=st.sampled_from((1, 30, 400)))
    def time_passes(self, hours):
        self.pair.clock.at += timedelta(hours=hours)

    @rule()
    def rest(self):
        self.pair.rest()
        self._carried()

    # what must be true

    @invariant()
    def one_owner(self):
        """I11: of the claims that hold, the highest epoch is one office's, at any moment."""
        self.taken += 1
        claims = {}
        for side in ("new", "old"):
            for who, hold, epoch in getattr(self, side).house.rows(
                "SELECT person_id, hold, hold_epoch FROM transfers"
            ):
                if hold in ("held", "locked"):
                    claims.setdefault(who, set()).add((epoch, side))
        old = {who for (who,) in self.old.house.rows(
            "SELECT person_id FROM transfers WHERE direction = 'out'")}  # fmt: skip
        for who in old:
            held = claims.get(who)
            assert held, "nobody has the relation"
            top = max(held)[0]
            assert len({side for epoch, side in held if epoch == top}) == 1, held

    @invariant()
    def money_is_conserved(self):
        """What left Chengdu is what its bank was told; what came is joined, or in suspense."""
        new, old = self.new.house, self.old.house
        for house in (new, old):
            assert not house.rows(
                "SELECT voucher_no FROM voucher_lines GROUP BY voucher_no"
                " HAVING sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END) <> 0"
            )
        booked = Counter()
        for event, fen in new.rows("SELECT event, amount_fen FROM vouchers"):
            booked[event] += fen
        came = sum(fen for (fen,) in new.rows("SELECT amount_fen FROM transfer_receipts"))
        assert came == sum(one["fen"] for one in self.credits if one["entered"])
        assert booked["transfer.received"] + booked["transfer.held"] == came
        joined = new.rows(
            "SELECT case_id, amount_fen FROM transfer_receipts WHERE state = 'joined'"
        )
        assert booked["transfer.received"] + booked["transfer.recognised"] == sum(
            f for _, f in joined
        )
        sent = Counter(dict(old.rows("SELECT state, sum(amount_fen) FROM payout_items GROUP BY 1")))
        out = Counter()
        for event, fen in old.rows("SELECT event, amount_fen FROM vouchers"):
            out[event] += fen
        built = sum(sent[state] for state in ("in_flight", "paid", "returned", "unknown"))
        assert out["transfer.released"] + out["transfer.reissued"] == built
        assert out["transfer.returned"] == sent["returned"]
        told = {p["id"] for p in self.bank.payments.values()}
        assert len(told) <= old.rows("SELECT count(*) FROM payout_items WHERE batch_id > 0")[0][0]

    def _carried(self):
        """I10: all that was sent has come, once; nothing has come that was not sent."""
        for here, there in ((self.new, self.old), (self.old, self.new)):
            out = here.house.rows("SELECT message_id, state FROM messages_out")
            come = Counter(one for (one,) in there.house.rows("SELECT message_id FROM messages_in"))
            assert all(state == "confirmed" for _, state in out), out
            assert come == Counter(one for one, _ in out)
            waiting = there.house.rows("SELECT id, state FROM messages_in WHERE state = 'new'")
            assert not waiting, waiting

    def teardown(self):
        try:
            self.pair.rest()
            for office in (self.new, self.old):
                for task in office.house.parked():
                    office.house.retry(task)
            self.pair.rest()
            self._carried()
            self.one_owner()
            self.money_is_conserved()
            for office in (self.new, self.old):
                broken = [one for one in verify(office.house.services) if not one.ok]
                assert not broken, (office.region, broken)
        finally:
            self.pair.close()
