"""What two agencies do all day: people move from one to the other, and each asks the other.

Every move is gone on with from what the stores say, so that a step whose outcome nobody knows is
looked up and not repeated blindly: as staff does that has a list of cases before it.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_state import TransferState as S
from hub.errors import Rejected, Unavailable
from hub.flows import transfer_decide as decide
from hub.flows import transfer_desk as desk
from hub.flows import transfer_talk as talk
from hub.flows.assistance import ask
from tests.transfers import SIGNERS, person


class Traffic:
    """Moves from the second agency to the first, and questions both ways."""

    def __init__(self, agencies, seed) -> None:
        self.new, self.old = agencies
        self.rng = random.Random(seed)
        self.movers: dict[int, int] = {}  # how many steps each has taken
        self.open: set[int] = set()
        self.cases: dict[tuple[str, int], int] = {}
        self.funded: set[tuple[str, int]] = set()
        self.asked: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.unavailable = 0

    def __str__(self) -> str:
        return (
            f"{len(self.movers)} movers, open {sorted(self.open)[:5]}, asked {dict(self.asked)}, "
            f"unavailable {self.unavailable}, refusals {dict(self.refusals)}"
        )

    def begin(self, count: int) -> None:
        """Let so many more people move."""
        first = len(self.movers)
        for number in range(first, first + count):
            self.movers[number] = 0
            self.open.add(number)

    def ask(self, count: int) -> None:
        """Let each agency put so many questions to the other, each a signed message."""
        for _ in range(count):
            for here, there in ((self.new, self.old), (self.old, self.new)):
                if self.tried(lambda h=here, t=there: self.question(h, t)) is not None:
                    self.asked[here.region] += 1

    def step(self) -> bool:
        """Go one step on with everybody; tell whether all have arrived."""
        for number in sorted(self.open):
            self.tried(lambda n=number: self._go_on(n))
        return not self.open

    def question(self, here, there):
        """Put one question to the other agency."""
        due_on = here.services.today() + timedelta(days=30)
        return ask(
            peer=there.region, person_id=person(self.rng.randrange(900)), person_name="张三",
            due_on=due_on, person="周受", services=here.services,
        )  # fmt: skip

    def tried(self, call):
        """Return what a call of the desk returns; None when it must be looked at again."""
        try:
            return call()
        except Unavailable:
            self.unavailable += 1
        except Rejected as error:
            self.refusals[error.code] += 1
        return None

    def _go_on(self, number: int) -> None:
        theirs = self._case(self.old, number)
        if theirs is not None:
            self._old_goes_on(number, theirs)
        ours = self._case(self.new, number)
        if ours is None:
            self.new.apply("in", self.old, kind=Kind.PENSION, number=number)
            return
        self._new_goes_on(number, ours, theirs)

    def _new_goes_on(self, number, ours, theirs) -> None:
        services = self.new.services
        if ours.state is S.APPLIED:
            if not waits(ours):
                ours = decide.propose_consent(
                    ours.id, account=None, person="周受", services=services
                )
            self._sign(self.new, ours)
        elif ours.state is S.AWAITING and ours.form:
            self._funds(self.new, ours, f"DZ-{number}", amount(number))
        elif ours.state is S.READY:
            if not waits(ours):
                ours = decide.propose_continuation(ours.id, person="周受", services=services)
            self._sign(self.new, ours)
        elif ours.state is S.DONE and theirs is not None and theirs.state is S.DONE:
            talk.close(ours.id, person="周受", services=services)
        elif ours.state is S.CLOSED and theirs is not None and theirs.state is S.CLOSED:
            self.open.discard(number)

    def _old_goes_on(self, number, theirs) -> None:
        services = self.old.services
        if theirs.state is S.APPLIED:
            if not waits(theirs):
                desk.check_arrears(theirs.id, 0, person="周受", services=services)
                theirs = decide.propose_form(
                    theirs.id, amount_fen=amount(number), items={"pooled_fen": amount(number)},
                    years=({"year": 2025, "base_fen": 600_000},), person="周受",
                    services=services,
                )  # fmt: skip
            self._sign(self.old, theirs)
        elif theirs.state is S.OFFERED:
            self._funds(self.old, theirs, f"HK-{number}", amount(number))

    def _sign(self, office, case) -> None:
        approval = case.proposal.approval
        have = {one.person for one in approval.signatures}
        left = [one for one in SIGNERS if one not in have]
        for who in left[: approval.levels - len(have)]:
            decide.sign(case.id, person=who, services=office.services)

    def _funds(self, office, case, number, amount_fen) -> None:
        if (office.region, case.id) not in self.funded:
            try:
                office.funds(case, number, amount_fen)
            except Unavailable:  # it may have been noted all the same
                return
            self.funded.add((office.region, case.id))

    def _case(self, office, number):
        key = (office.region, number)
        if key not in self.cases:
            found = office.case(number)
            if found is None:
                return None
            self.cases[key] = found.id
        with office.store.read() as uow:
            return uow.transfers.get(self.cases[key])


def amount(number: int) -> int:
    """Return what moves with the n-th person, fen."""
    return 100_000 + number


def waits(case) -> bool:
    """Tell whether something is proposed that not all have signed."""
    return case.proposal is not None and not case.proposal.approval.is_complete
