"""A relation transfer (关系转移) at one office: its facts, its state, and who owns the relation.

The state is a function of the facts. Consent, form and money are accepted in any order and any
number of times; only what this office decides itself depends on where the case stands.

Ownership (invariant I11): an offer (the form) locks the relation at the old place, continuation
at the new place takes it with the next epoch, and the answer releases it at the old place. Of two
claims the higher epoch is the owner's, and a locked claim moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from hub.domain.transfer_facts import (
    Answered,
    Applied,
    Arrears,
    Asked,
    Closed,
    Consent,
    Ending,
    Form,
    Forwarded,
    Funds,
    Numbered,
    Paper,
    Paused,
    RecallAnswered,
    Recalled,
    Resumed,
    Returned,
    Voided,
)
from hub.domain.transfer_kinds import Direction, End, Kind, Step
from hub.domain.transfer_state import BY_ENDING, TransferState, may_follow
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from hub.domain.approval import Approval
    from hub.domain.transfer_facts import Fact
    from hub.domain.transfer_rules import Governing

F = TypeVar("F", bound="Fact")
N = TypeVar("N", bound=Numbered)

FIRST_EPOCH = 1


class Hold(StrEnum):
    """What an office says about whose a relation is."""

    NONE = "none"
    HELD = "held"
    LOCKED = "locked"  # offered: ours until the other office has taken it
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An office's claim on a relation; of two claims that hold, the higher epoch is the owner's."""

    hold: Hold
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A decision of this office that waits for signatures: the fact that it will become.

    `number` counts the proposals of a step in a case; `digest` is the SHA-256 of what is signed.
    """

    step: Step
    number: int
    fact: Fact
    digest: str
    approval: Approval
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferCase:
    """One round of one case at one office. Every change returns a new object.

    `ref` is the same at both offices, or each knows the other's. `origin` is the office that the
    case began with (region code); `counterpart` may be another when it was passed on. `rules` are
    what held on the day it was opened. `supplement`: the relation itself went over in an earlier
    round. `on_paper`: the other office has no hub.
    """

    id: int
    ref: str
    direction: Direction
    kind: Kind
    person_id: str
    person_name: str
    origin: str
    opened_on: date
    opened_by: str
    rules: tuple[Governing, ...]
    epoch: int = FIRST_EPOCH
    round: int = 1
    peer_ref: str | None = None
    supplement: bool = False
    on_paper: bool = False
    proposal: Proposal | None = None
    facts: tuple[Fact, ...] = ()
    version: int = 1

    @property
    def counterpart(self) -> str:
        """Return the region code of the other office: who is asked, or to whom it was passed on."""
        onward = {one.sender: one.to for one in self.all(Forwarded)}
        at = self.origin
        for _ in onward:
            at = onward.get(at, at)
        return at

    @property
    def ending(self) -> Ending | None:
        """Return how the case ended; the first ending that was noted stands."""
        return self.first(Ending)

    @property
    def form(self) -> Form | None:
        """Return the form that counts: the latest that is not void."""
        return max(self.valid(Form), key=_order, default=None)

    @property
    def consent(self) -> Consent | None:
        """Return the consent that counts."""
        return max(self.valid(Consent), key=_order, default=None)

    @property
    def arrears(self) -> Arrears | None:
        """Return the latest look-up of what is owed."""
        return max(self.all(Arrears), key=lambda one: one.at, default=None)

    @property
    def funds_fen(self) -> int:
        """Return the money that was sent or credited and has not gone back."""
        sent = sum(one.amount_fen for one in self.valid(Funds))
        return sent - sum(one.amount_fen for one in self.all(Returned))

    @property
    def is_funded(self) -> bool:
        """Tell whether the money is there that the form names; without a form nobody knows."""
        return self.form is not None and self.funds_fen == self.form.amount_fen

    @property
    def recall(self) -> Recalled | None:
        """Return the recall of the form that the other office has not answered."""
        answered = {one.target for one in self.all(RecallAnswered)}
        form = self.form
        return next(
            (
                one
                for one in self.all(Recalled)
                if one.target not in answered and form is not None and one.target == form.key
            ),
            None,
        )

    @property
    def pause(self) -> Paused | None:
        """Return the pause that lasts."""
        over = {one.number for one in self.all(Resumed)}
        return next((one for one in self.all(Paused) if one.number not in over), None)

    @property
    def questions(self) -> tuple[Asked, ...]:
        """Return the questions without an answer."""
        answered = {one.number for one in self.all(Answered)}
        return tuple(one for one in self.all(Asked) if one.number not in answered)

    @property
    def state(self) -> TransferState:
        """Return where the case stands."""
        if self.ending is not None:
            return TransferState.CLOSED if self.all(Closed) else BY_ENDING[self.ending.how]
        return _incoming(self) if self.direction is Direction.IN else _outgoing(self)

    @property
    def claim(self) -> Claim:
        """Return what this office may say about whose the relation is."""
        ended = self.ending
        if self.direction is Direction.IN:
            taken = ended is not None and ended.epoch is not None
            epoch = ended.epoch if ended is not None and ended.epoch is not None else self.epoch
            held = taken or self.supplement
            return Claim(hold=Hold.HELD if held else Hold.NONE, epoch=epoch if held else 0)
        if self.supplement or self.state_is_done:
            return Claim(hold=Hold.RELEASED, epoch=self.epoch)
        if ended is not None and ended.how is End.FORWARDED:
            return Claim(hold=Hold.NONE, epoch=0)  # another office has it; we never did
        locked = ended is None and self.form is not None
        return Claim(hold=Hold.LOCKED if locked else Hold.HELD, epoch=self.epoch)

    @property
    def state_is_done(self) -> bool:
        """Tell whether the transfer succeeded, closed or not."""
        return self.ending is not None and BY_ENDING[self.ending.how] is TransferState.DONE

    def rule(self, step: Step) -> Governing:
        """Return what holds for a step of this case."""
        return next(one for one in self.rules if one.step is step)

    def all(self, kind: type[F]) -> tuple[F, ...]:
        """Return the facts of a kind in the order in which they were noted."""
        return tuple(one for one in self.facts if isinstance(one, kind))

    def first(self, kind: type[F]) -> F | None:
        """Return the fact of a kind that was noted first."""
        return next(iter(self.all(kind)), None)

    def valid(self, kind: type[N]) -> tuple[N, ...]:
        """Return the facts of a kind that are not void; what voids them may have come first."""
        void = {one.target for one in self.all(Voided)}
        void |= {one.target for one in self.all(RecallAnswered) if one.given_back}
        return tuple(one for one in self.all(kind) if one.key not in void)

    def known(self, key: str) -> Fact | None:
        """Return the fact of a key, void or not."""
        return next((one for one in self.facts if one.key == key), None)

    def require(self, *states: TransferState) -> None:
        """Refuse what is not possible in this state."""
        if self.state not in states:
            expected = "、".join(one.zh for one in states)
            raise Rejected("transfer_state", ref=self.ref, found=self.state.zh, expected=expected)


def note(case: TransferCase, fact: Fact) -> TransferCase:
    """Return the case with one more fact; the same case when it is known.

    `Rejected`: `transfer_fact_differs` when its key is known with other content,
    `transfer_transition` when the state graph has no such step. What this office may decide when
    is `hub.domain.transfer_steps.advance`'s to say.
    """
    known = case.known(fact.key)
    if known is not None:
        if known == fact:
            return case
        raise Rejected("transfer_fact_differs", ref=case.ref, fact=fact.key)
    noted = replace(case, facts=(*case.facts, fact))
    if not may_follow(case.direction, case.state, noted.state):
        raise Rejected(
            "transfer_transition", ref=case.ref, found=case.state.zh, after=noted.state.zh
        )
    return noted


def owners(claims: Sequence[tuple[str, Claim]]) -> list[str]:
    """Return which of some offices own a relation: one, unless something is badly wrong."""
    holding = [(o, c) for o, c in claims if c.hold in (Hold.HELD, Hold.LOCKED)]
    highest = max((claim.epoch for _, claim in holding), default=0)
    return [office for office, claim in holding if claim.epoch == highest]


def _order(one: Paper) -> tuple[bool, date, str]:
    return not one.typed, one.on, one.number


def _incoming(case: TransferCase) -> TransferState:
    if case.consent is None:
        return TransferState.APPLIED if case.all(Applied) else TransferState.UNASKED
    return TransferState.READY if case.is_funded else TransferState.AWAITING


def _outgoing(case: TransferCase) -> TransferState:
    if case.form is not None:
        return TransferState.SENT if case.is_funded else TransferState.OFFERED
    needs_application = case.rule(Step.OFFER).application
    asked = bool(case.all(Applied)) or (bool(case.all(Consent)) and not needs_application)
    return TransferState.APPLIED if asked else TransferState.UNASKED
