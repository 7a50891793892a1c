"""The people's half of the transfer machine: requests, decisions, money, changes of mind."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hub.domain.transfer_kinds import Direction, Kind
from hub.errors import Rejected, Unavailable
from hub.flows import transfer_decide as decide
from hub.flows import transfer_desk as desk
from hub.flows import transfer_receive as receive
from hub.flows import transfer_remit as remit
from hub.flows import transfer_talk as talk
from hub.flows.payout_approval import sign as sign_list
from hub.flows.payout_release import release
from hub.flows.transfer_apply import Application, apply
from tests.simulation.bank import Bank
from tests.simulation.pair import Pair
from tests.transfers import person

DESK = "周受"
SIGNERS = ("李初", "王复", "赵批")
FENS = (1_234_567, 98_765)
PEOPLE = (0, 1)
STATES = {  # I14, written down a second time
    "in": {
        None: {"unasked", "applied"}, "unasked": {"applied"}, "applied": {"awaiting", "ready"},
        "awaiting": {"ready"}, "ready": {"awaiting", "done"},
    },
    "out": {
        None: {"unasked", "applied"}, "unasked": {"applied"}, "applied": {"offered", "sent"},
        "offered": {"applied", "sent", "done"}, "sent": {"applied", "offered", "done"},
    },
}  # fmt: skip
ENDED = {"refused", "withdrawn", "done", "forwarded"}
ANY = st.integers(0, 1 << 16)
DIES = st.one_of(st.just(0), st.just(0), st.just(0), st.integers(1, 9))
SIDE = st.sampled_from(("new", "old"))


class Desks(RuleBasedStateMachine):
    """Two people who move, two offices, one bank: what is done at the desks."""

    def __init__(self) -> None:
        super().__init__()
        self.pair = Pair()
        self.new, self.old = self.pair.new, self.pair.old
        self.bank = Bank("alpha", keeps=True)
        channel = self.old.house.channels["alpha-out"]
        channel.watch = lambda name, content: self.bank.arrives(name, content, self.pair.clock.at)
        self.credits, self.numbers, self.taken = [], 0, 0
        self.seen = {side: {} for side in ("new", "old")}
        for side in self.seen:
            house = getattr(self, side).house
            house.store.committed = lambda side=side: self._committed(side)

    def _committed(self, side):
        """Check, after each unit of work, that no case went where none may go (I14)."""
        seen = self.seen[side]
        for case, direction, state in getattr(self, side).house.rows(
            "SELECT id, direction, state FROM transfers"
        ):
            before = seen.get(case)
            allowed = STATES[direction].get(before, set())
            allowed = allowed | {"closed"} | (ENDED - {"done"} if before not in ENDED else set())
            assert state == before or state in allowed, (side, case, before, state)
            seen[case] = state

    def _try(self, office, act, die=0):
        if die:
            office.house.fuse.light(die)
        with office.house.may_die():
            try:
                return act()
            except (Rejected, Unavailable):
                return None
        return None

    def _case(self, office, pick, where="1"):
        found = office.house.rows(
            f"SELECT id FROM transfers WHERE {where} ORDER BY (state = 'closed'), id"
        )
        return found[pick % len(found)][0] if found else None

    def _apply(self, office, direction, number):
        other = self.old if office is self.new else self.new
        asked = Application(
            direction=Direction(direction), kind=Kind.PENSION, person_id=person(number),
            person_name="张三", counterpart=other.region,
        )  # fmt: skip
        return apply(asked, person=DESK, services=office.house.services)

    def _sign(self, office, case, who):
        return decide.sign(case, person=who, services=office.house.services)

    # people at both offices

    @initialize(number=st.sampled_from(PEOPLE), far=st.integers(0, 5))
    def begin(self, number, far):
        """Begin somewhere on the way, up to where only the money is missing."""
        self.apply_in(number, 0)
        if far > 0:
            self.decide_something("new", 0, 0, 0)
            self.sign_all("new", 0, 0)
            self.rest()
        if far > 2:
            self.decide_something("old", 0, 0, 0)
            self.sign_all("old", 0, 0)
        if far > 3:
            self.remit(0, 0)

    @rule(number=st.sampled_from(PEOPLE), die=DIES)
    def apply_in(self, number, die):
        self._try(self.new, lambda: self._apply(self.new, "in", number), die)

    @rule(number=st.sampled_from(PEOPLE), die=DIES)
    def apply_out(self, number, die):
        self._try(self.old, lambda: self._apply(self.old, "out", number), die)

    @rule(side=SIDE, pick=ANY, fen=st.integers(0, 1), die=DIES)
    def decide_something(self, side, pick, fen, die):
        office = getattr(self, side)
        case, services = self._case(office, pick), office.house.services
        if case is None:
            return
        if side == "old":
            self._try(office, lambda: desk.check_arrears(case, 0, person=DESK, services=services))
            self._try(office, lambda: decide.propose_form(
                case, amount_fen=FENS[fen], items={"pooled_fen": FENS[fen]},
                years=({"year": 2025, "base_fen": 600_000},), person=DESK, services=services,
            ), die)  # fmt: skip
            return
        acts = [
            lambda: decide.propose_consent(case, account=None, person=DESK, services=services),
            lambda: decide.propose_continuation(case, person=DESK, services=services),
        ]
        for act in acts:
            self._try(office, act, die)

    @rule(side=SIDE, pick=ANY, who=st.sampled_from((*SIGNERS, DESK)), die=DIES)
    def sign_one(self, side, pick, who, die):
        office = getattr(self, side)
        case = self._case(office, pick)
        if case is not None:
            self._try(office, lambda: self._sign(office, case, who), die)

    @rule(side=SIDE, pick=ANY, die=DIES)
    def sign_all(self, side, pick, die):
        for who in SIGNERS:
            self.sign_one(side, pick, who, die)

    @rule(side=SIDE, pick=ANY, how=ANY, die=DIES)
    def change_of_mind(self, side, pick, how, die):
        office = getattr(self, side)
        case, services = self._case(office, pick), office.house.services
        if case is None:
            return
        forms = office.house.rows(
            "SELECT key FROM transfer_facts WHERE case_id = ? AND type IN ('form', 'consent')", case
        )
        acts = [
            lambda: talk.refuse(case, "不符合条件", person=DESK, services=services),
            lambda: talk.withdraw(case, "本人撤销", person=DESK, services=services),
            lambda: talk.close(case, person=DESK, services=services),
            lambda: desk.pause(case, "补材料", person=DESK, services=services),
            lambda: desk.resume(case, person=DESK, services=services),
            lambda: talk.clarify(case, "缴费年限?", person=DESK, services=services),
            lambda: talk.invalidate(case, forms[how % len(forms)][0], "填错", person=DESK,
                                    services=services) if forms else None,
        ]  # fmt: skip
        self._try(office, acts[how % len(acts)], die)

    # money

    @rule(pick=ANY, die=DIES)
    def remit(self, pick, die):
        case, services = self._case(self.old, pick), self.old.house.services
        if case is None:
            return
        made = self._try(
            self.old,
            lambda: remit.draft([case], bank="alpha", person="郑编", services=services),
            die,
        )
        if made is not None:
            for who in ("李初", "王审"):
                self._try(
                    self.old, lambda who=who: sign_list(made.id, person=who, services=services)
                )
            self._try(self.old, lambda: release(
                made.id, person="赵出", services=services, next_day=True), die)  # fmt: skip

    @precondition(lambda self: self.bank.payments)
    @rule(pick=ANY, how=ANY, tells=st.booleans(), named=st.booleans())
    def bank_settles(self, pick, how, tells, named):
        """The bank pays, refuses or brings back; what it pays is on its way to Hangzhou."""
        payment = list(self.bank.payments.values())[pick % len(self.bank.payments)]
        before = payment["truth"]
        if before == "received":
            self.bank.settle(payment, how)
        if before == "received" and payment["truth"] == "paid":
            ((benefit, attempt),) = self.old.house.rows(
                "SELECT benefit, attempt FROM payout_items WHERE end_to_end_id = ?", payment["id"]
            )
            words = f"养老转移 {benefit}-{attempt}" if named else None
            self.credits.append({"no": f"LS{len(self.credits):03d}", "fen": payment["fen"],
                                 "words": words, "entered": False})  # fmt: skip
        if tells:
            self.numbers += 1
            told = [(payment, at) for at in range(len(payment["history"]))]
            self.bank.answer(told, number=self.numbers)
            name, content, *_ = self.bank.answers[-1]
            self._try(self.old, lambda: self.old.house.receive("alpha-in", name, content))

    @precondition(lambda self: self.credits)
    @rule(pick=ANY, die=DIES)
    def credit_is_entered(self, pick, die):
        one = self.credits[pick % len(self.credits)]
        asked = receive.Credit(
            credit_no=one["no"], fund="pension", amount_fen=one["fen"],
            credited_on=self.pair.clock.at.date(), narrative=one["words"],
        )  # fmt: skip
        services = self.new.house.services
        done = self._try(
            self.new, lambda: receive.enter(asked, person="钱财", services=services), die
        )
        assert done is None or not one["entered"], "one credit was entered twice"
        found = self.new.house.rows(
            "SELECT count(*) FROM transfer_receipts WHERE credit_no = ?", one["no"]
        )
        one["entered"] = found[0][0] == 1

    @rule(
        pick=ANY, case=ANY, who=st.sampled_from(("钱财", "孙二")), how=st.integers(0, 2), die=DIES
    )
    def suspense_is_cleared(self, pick, case, who, how, die):
        found = self.new.house.rows("SELECT id, state, proposed_by FROM transfer_receipts")
        target, services = self._case(self.new, case), self.new.house.services
        if not found or target is None:
            return
        receipt, state, by = found[pick % len(found)]
        acts = [
            lambda: receive.propose(receipt, target, person=who, services=services),
            lambda: receive.confirm(receipt, person=who, services=services),
            lambda: receive.decline(receipt, person=who, services=services),
        ]
        done = self._try(self.new, acts[how], die)
        if done is not None and how == 1:
            assert state == "proposed"
            assert by != who, "one person alone has moved money out of suspense"

    @rule(pick=ANY, named=st.booleans(), die=DIES)
    def money_goes_the_whole_way(self, pick, named, die):
        """A case is paid; what came without words is joined by two people, one after the other."""
        self.remit(pick, die)
        self.old.house.drain(within=timedelta(days=4))
        for at, payment in enumerate(list(self.bank.payments.values())):
            if payment["truth"] == "received":
                self.bank_settles(at, 0, True, named)
        for at in range(len(self.credits)):
            self.credit_is_entered(at, 0)
        services = self.new.house.services
        cases = self.new.house.rows("SELECT id FROM transfers ORDER BY id")
        for (receipt,) in self.new.house.rows("SELECT id FROM transfer_receipts"):
            for (case,) in cases:
                self._try(self.new, lambda one=receipt, case=case: receive.propose(
                    one, case, person="钱财", services=services))  # fmt: skip
            for who in ("钱财", "孙二"):
                self._try(self.new, lambda one=receipt, who=who: receive.confirm(
                    one, person=who, services=services), die)  # fmt: skip
