"""The desk's half of the payout machine: lists come in, are signed, changed, declined, released."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hub.domain.payout_state import ItemState
from hub.errors import Rejected, Unavailable
from hub.flows import payout_approval as approval
from hub.flows.payout_release import release
from hub.flows.payout_release_again import release_again
from tests import payouts
from tests.simulation.bank import Bank
from tests.simulation.house import BANKS, House
from tests.simulation.oracle import Oracle

PEOPLE = ("李初", "王审", "赵出", "孙复")
FENS = (100, 25_000, 60_000_000)  # two of the last need a third signature
THREE_FROM = 100_000_000
DEADLINE = (16, 30)
ANY = st.integers(0, 1 << 16)
DIES = st.one_of(st.just(0), st.just(0), st.just(0), st.integers(1, 9))
DIES_LATE = st.one_of(st.just(0), st.integers(1, 40))
WHO = st.sampled_from(PEOPLE)
ROW = st.tuples(st.integers(0, 5), st.integers(0, 2), st.sampled_from(FENS), st.sampled_from(BANKS))
ROWS = st.lists(ROW, min_size=1, max_size=3)
SHANGHAI = timedelta(hours=8)
OUTCOMES = {"paid": ItemState.PAID, "returned": ItemState.RETURNED}


class Desk(RuleBasedStateMachine):
    """One office, two banks, four people: what people do until a list is released."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.banks = {code: Bank(code, keeps=code == "alpha") for code in BANKS}
        self.oracle = Oracle(self.house.rows)
        self.house.store.committed = self.oracle.committed
        for code in BANKS:
            self.house.channels[f"{code}-out"].watch = partial(self._arrives, code)
        self.wire, self.urged, self.numbers = [], set(), 0
        self.proposed = {}  # item id -> (outcome, person)
        self.taken = 0

    def _arrives(self, code, name, content):
        rows = self.banks[code].arrives(name, content, self.house.clock.at)
        local = self.house.clock.at + SHANGHAI
        day = datetime.strptime(content[36:44].decode(), "%Y%m%d").date()  # noqa: DTZ007 -- a day
        late = local.date() > day or (
            local.date() == day and (local.hour, local.minute) >= DEADLINE
        )
        assert not late or name in self.urged, f"{name} of {day} reached {code} at {local}"
        self.oracle.arrives(rows, self.banks.values())

    def _try(self, act, die=0):
        """Do what a person does; returns what came of it, `None` if it was refused or died."""
        if die:
            self.house.fuse.light(die)
        with self.house.may_die():
            try:
                return act()
            except (Rejected, Unavailable):
                return None
        return None

    def _one(self, pick, query, *values):
        found = sorted(self.house.rows(query, *values))  # by id: what is last is the newest
        return found[pick % len(found)] if found else None

    # lists and signatures

    @rule(rows=ROWS, die=DIES)
    def hand_in(self, rows, die):
        self.numbers += 1
        made = [
            payouts.row(person, period=202609 + period, amount_fen=fen, bank=bank)
            for person, period, fen, bank in rows
        ]
        name = f"FFMX_20261124_{self.numbers:03d}.csv"
        self.wire.append(("benefits-in", name, payouts.list_bytes(made)))
        self._deliver(-1, die)

    @precondition(lambda self: self.wire)
    @rule(pick=ANY, other=st.booleans(), die=DIES)
    def arrive_again(self, pick, other, die):
        self._deliver(pick, die, other=other)

    def _deliver(self, pick, die, *, other=False):
        channel, name, content = self.wire[pick % len(self.wire)]
        if other:
            self.numbers += 1
            name = name.replace(".", f"9{self.numbers}.") if name[0] == "H" else name
        self._try(lambda: self.house.receive(channel, name, content), die)

    def _lists(self):
        """Take new lists into the oracle: what they hold is what can be signed."""
        known = self.oracle.lists
        for list_id, maker, total in self.house.rows(
            "SELECT id, made_by, total_fen FROM payout_lists WHERE state <> 'draft'"
        ):
            if list_id not in known:
                levels = 3 if total >= THREE_FROM else 2
                known[list_id] = {"maker": maker, "levels": levels, "signed": []}

    def _content(self, list_id):
        return {no: (account, fen) for no, account, fen in self.house.rows(
            "SELECT item_no, account_no, amount_fen FROM payout_items WHERE list_id = ?", list_id
        )}  # fmt: skip

    @rule(pick=ANY, who=WHO, die=DIES)
    def sign(self, pick, who, die):
        self._lists()
        found = self._one(
            pick, "SELECT id FROM payout_lists WHERE state IN ('checked', 'reviewed')"
        )
        if found is None:
            return
        (list_id,) = found
        known, content = self.oracle.lists[list_id], self._content(list_id)
        signed = self._try(
            lambda: approval.sign(list_id, person=who, services=self.house.services), die
        )
        count = self._signatures(list_id)
        if count > len(known["signed"]):
            assert who not in {one for one, _ in known["signed"]}
            assert who != known["maker"]
            known["signed"].append((who, content))
        elif count < len(known["signed"]):  # void: it is not what was signed
            assert any(of != content for _, of in known["signed"])
        elif not die and signed is None and not known.pop("changed", False):
            refused = {one for one, _ in known["signed"]} | {known["maker"]}
            assert who in refused, "a signature was refused without a reason"
        self._resigned(list_id)

    def _signatures(self, list_id):
        ((count,),) = self.house.rows(
            "SELECT (signed1_by IS NOT NULL) + (signed2_by IS NOT NULL) + (signed3_by IS NOT NULL)"
            " FROM payout_lists WHERE id = ?", list_id,
        )  # fmt: skip
        return count

    def _resigned(self, list_id):
        """Forget signatures that were taken back; none may come from nowhere."""
        known, count = self.oracle.lists[list_id], self._signatures(list_id)
        assert count in (0, len(known["signed"])), (list_id, count, known["signed"])
        if count == 0:
            known["signed"].clear()

    @rule(pick=ANY, who=WHO, cancels=st.booleans(), die=DIES)
    def decline_or_cancel(self, pick, who, cancels, die):
        self._lists()
        found = self._one(
            pick, "SELECT id FROM payout_lists WHERE state IN ('reviewed', 'approved')"
        )
        if found is not None:
            act = approval.cancel if cancels else approval.decline
            self._try(
                lambda: act(found[0], person=who, reason="不办", services=self.house.services), die
            )
            self._resigned(found[0])

    @rule(pick=ANY)
    def tamper(self, pick):
        """Somebody changes an account in the database before the list is released (24)."""
        found = self._one(
            pick,
            "SELECT i.id, l.id FROM payout_items i JOIN payout_lists l ON l.id = i.list_id WHERE"
            " i.state = 'listed' AND l.state IN ('checked', 'reviewed', 'approved')",
        )
        if found is not None:
            self._lists()
            self.oracle.lists[found[1]]["changed"] = True
            with self.house.store.begin() as uow:
                uow.connection.exec_driver_sql(
                    "UPDATE payout_items SET account_no = ? WHERE id = ?",
                    (payouts.account(900 + pick % 50), found[0]),
                )

    @rule(pick=ANY, who=WHO, next_day=st.booleans(), die=DIES)
    def release(self, pick, who, next_day, die):
        self._lists()
        found = self._one(pick, "SELECT id, state FROM payout_lists WHERE state <> 'refused'")
        if found is None:
            return
        list_id, state = found
        known, content = self.oracle.lists[list_id], self._content(list_id)
        again = state in ("released", "closed")
        act = release_again if again else release
        done = self._try(
            lambda: act(list_id, person=who, services=self.house.services, next_day=next_day), die
        )
        if done is not None and not again:
            assert state == "approved"
            assert all(of == content for _, of in known["signed"]), "released what nobody signed"
        self._resigned(list_id)

    @initialize(rows=st.lists(ROW, min_size=2, max_size=4))
    def begin(self, rows):
        self.a_list_is_paid(rows, 1, 0)

    @rule(rows=ROWS, days=st.integers(0, 1), dies=DIES_LATE)
    def a_list_is_paid(self, rows, days, dies):
        """All goes well for once, but that the process may die while files are made and sent."""
        self.hand_in(rows, 0)
        self.house.drain()
        for who in PEOPLE[:3]:
            self.sign(-1, who, 0)
        self.release(-1, PEOPLE[3], True, 0)
        if days:
            self._try(self.house.drain, dies)
