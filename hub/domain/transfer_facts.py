"""What can happen to a relation transfer (关系转移): facts, each known by its key.

A fact is noted once; the same again changes nothing. What comes from outside may come in any
order, so no fact says "now": each carries its own day, number or name. Amounts are fen.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 -- the store resolves these annotations
from dataclasses import dataclass, field
from datetime import date, datetime  # noqa: TC003
from typing import Any, ClassVar, Final

from hub.domain.transfer_kinds import End, Step  # noqa: TC001


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where the new place wants the money: the fields that a letter of contact has."""

    name: str
    bank: str
    no: str
    bank_no: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What all facts share: the day that it is about."""

    TYPE: ClassVar[str]
    on: date

    @property
    def key(self) -> str:
        """Return the name that it is known by, the same at both offices where both know it."""
        return self.TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered(Fact):
    """A fact about a paper, payment or question that has a number or id."""

    number: str

    @property
    def key(self) -> str:
        """Return its type and number."""
        return f"{self.TYPE}:{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper(Numbered):
    """A letter or form of the other office: as its signed message, or typed from paper.

    Both may come of one paper, so they are two facts; what came signed counts before what was
    typed.
    """

    typed: bool = False

    @property
    def key(self) -> str:
        """Return its type and number, and whether somebody typed it."""
        return f"{self.TYPE}:{self.number}{':typed' if self.typed else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied(Fact):
    """The person applied, and the application was accepted (受理)."""

    TYPE = "applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent(Paper):
    """The new place agrees (同意转入证明, 联系函). Of several the latest counts."""

    TYPE = "consent"
    account: Account | None = None
    applied_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrears(Fact):
    """What the person or unit owes (欠费) as looked up at an instant; 0 means nothing."""

    TYPE = "arrears"
    at: datetime
    owed_fen: int

    @property
    def key(self) -> str:
        """Return the instant of the look-up: each one is a fact."""
        return f"{self.TYPE}:{self.at.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form(Paper):
    """The transfer form (转移表, 信息表, 待遇转移单) with its yearly rows as given.

    `epoch` is the number of the ownership that is offered; who continues has the next one.
    `amount_fen` is what is to be transferred; 0 for a relation without money.
    """

    TYPE = "form"
    amount_fen: int
    epoch: int
    items: Mapping[str, int] = field(default_factory=dict)
    years: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Funds(Numbered):
    """Money of the case: sent by the old place, or credited at the new one (10-6)."""

    TYPE = "funds"
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced(Numbered):
    """The old place says that it has sent money (汇款通知)."""

    TYPE = "announced"
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Numbered):
    """Money of the case that went back to the old place (10-6)."""

    TYPE = "returned"
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending(Fact):
    """The case ends here. Of several the first that was noted stands.

    `ours`: this office ended it. `form`, `epoch`: which offer was taken (done). `to`: which office
    it went on to (forwarded).
    """

    TYPE = "ending"
    how: End
    ours: bool
    reason: str | None = None
    form: str | None = None
    epoch: int | None = None
    to: str | None = None

    @property
    def key(self) -> str:
        """Return how it ended and through whom."""
        return f"{self.TYPE}:{self.how}:{'ours' if self.ours else 'theirs'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided(Fact):
    """A form, a payment or an announcement that counts no more; `target` is its key."""

    TYPE = "voided"
    target: str
    reason: str

    @property
    def key(self) -> str:
        """Return what is void."""
        return f"{self.TYPE}:{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled(Fact):
    """The old place wants its form back; it stays offered until the new place has answered."""

    TYPE = "recalled"
    target: str
    reason: str

    @property
    def key(self) -> str:
        """Return what is wanted back."""
        return f"{self.TYPE}:{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallAnswered(Fact):
    """Whether the new place gave the form back; it does not once it has continued."""

    TYPE = "recall_answered"
    target: str
    given_back: bool

    @property
    def key(self) -> str:
        """Return what was wanted back."""
        return f"{self.TYPE}:{self.target}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked(Numbered):
    """A question (clarify) to the other office, or from it."""

    TYPE = "asked"
    ours: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Numbered):
    """The answer (reply) to the question of that number."""

    TYPE = "answered"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Numbered):
    """Our clock stands still from this day on, for a reason (13-7: 调查时间不计入)."""

    TYPE = "paused"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Numbered):
    """The pause of that number is over; this day counts again."""

    TYPE = "resumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(Numbered):
    """A reminder (催办) about a step: ours to the other office; else to us, by it or by the hub."""

    TYPE = "reminded"
    ours: bool
    step: Step
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded(Fact):
    """At the new place: the office that was asked has passed the request on to another."""

    TYPE = "moved"
    sender: str
    to: str

    @property
    def key(self) -> str:
        """Return who passed it on: an office does so once a case."""
        return f"{self.TYPE}:{self.sender}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Fact):
    """The case is closed (归档): by us, or by the other office."""

    TYPE = "closed"
    ours: bool

    @property
    def key(self) -> str:
        """Return who closed it."""
        return f"{self.TYPE}:{'ours' if self.ours else 'theirs'}"


FACTS: Final = {
    one.TYPE: one
    for one in (
        Applied, Consent, Arrears, Form, Funds, Announced, Returned, Ending, Voided, Recalled,
        RecallAnswered, Asked, Answered, Paused, Resumed, Reminded, Forwarded, Closed,
    )
}  # fmt: skip
"""Every kind of fact by its type."""
