"""What a simulated day consists of: rows of the three sides, and the differences planted in them.

Every row carries the day on which its list reaches the hub (`seen_on`), which is later than the
day of business when a list is late or missing. Amounts are fen, periods are `yyyymm`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from hub.domain.verdict import Verdict


class Payer(NamedTuple):
    """A company with its people, or a person who pays for himself (灵活就业人员)."""

    payer_id: str
    name: str
    person_ids: list[str]
    person_names: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One insurance kind of one receipt, with one row a person."""

    receipt_no: str
    payer: Payer
    insurance_kind: str
    period: int
    amounts_fen: list[int]
    collected_on: date
    seen_on: date

    @property
    def amount_fen(self) -> int:
        """What the receipt says was paid for this kind."""
        return sum(self.amounts_fen)


class Deposited(NamedTuple):
    """One booking of the treasury; without a receipt number when the slip had none."""

    deposit_no: str
    receipt_no: str | None
    insurance_kind: str
    amount_fen: int
    credited_on: date
    seen_on: date


class Assessed(NamedTuple):
    """What a payer owes for one kind and period."""

    payer: Payer
    insurance_kind: str
    period: int
    amount_fen: int
    seen_on: date


class Denied(NamedTuple):
    """A receipt that the treasury itself says it does not have."""

    receipt_no: str
    stated_on: date
    amount_fen: int
    seen_on: date


class Planted(NamedTuple):
    """A difference that the hub must report on every day from `since` until before `until`."""

    receipt_no: str | None
    deposit_no: str | None
    payer_id: str | None
    insurance_kind: str
    period: int | None
    verdict: Verdict
    amount_fen: int
    why: str
    since: date
    until: date | None = None

    def stands_on(self, day: date) -> bool:
        """Tell whether the hub must report it as of `day`."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(slots=True)
class Case:
    """Rows that belong together and to no other case, with the differences among them."""

    collected: list[Collected] = field(default_factory=list)
    deposited: list[Deposited] = field(default_factory=list)
    assessed: list[Assessed] = field(default_factory=list)
    denied: list[Denied] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the tax bureau's list has for this case."""
        return sum(len(slip.amounts_fen) for slip in self.collected)
