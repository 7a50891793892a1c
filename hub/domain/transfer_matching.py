"""Which case a credit may be for (转入基金匹配): scored, with the reasons, never decided here.

Only what is written counts: the sum, the sender's account and region, names and numbers in the
bank's words (附言), and what was announced. The weights add up to 100 and order the proposals;
people decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_facts import Announced
from hub.domain.transfer_kinds import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_receipt import Receipt

PROPOSALS_MAX: Final = 10


class Reason(StrEnum):
    """Why a credit may be for a case."""

    REFERENCE = "reference"
    AMOUNT = "amount"
    NAME = "name"
    REGION = "region"
    EXPECTED = "expected"

    @property
    def zh(self) -> str:
        """Return it in Chinese."""
        return _REASONS[self][0]

    @property
    def weight(self) -> int:
        """Return what it adds to the score."""
        return _REASONS[self][1]


_REASONS: Final = {
    Reason.REFERENCE: ("附言有案号或汇款号", 35),
    Reason.AMOUNT: ("金额等于应收", 30),
    Reason.NAME: ("附言有姓名", 15),
    Reason.REGION: ("付款方为转出地", 12),
    Reason.EXPECTED: ("对方已通知汇款", 8),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One case that a credit may be for; `score` from 1 to 100."""

    case: TransferCase
    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        """Return the sum of the weights."""
        return sum(one.weight for one in self.reasons)

    @property
    def is_certain(self) -> bool:
        """Tell whether the credit names the case itself and is what it expects."""
        return Reason.REFERENCE in self.reasons and Reason.AMOUNT in self.reasons

    @property
    def is_from_there(self) -> bool:
        """Tell whether the case's other office sent it, by the account in the directory."""
        return Reason.REGION in self.reasons


def matches(receipt: Receipt, cases: Iterable[TransferCase]) -> list[Match]:
    """Return the cases that a credit may be for, the best first; those of its fund only.

    A region or an announcement alone is no reason: half of all cases would be there.
    """
    found = []
    for case in cases:
        if case.direction is Direction.IN and case.kind.fund == receipt.fund:
            match = Match(case=case, reasons=tuple(_reasons(receipt, case)))
            if set(match.reasons) - {Reason.REGION, Reason.EXPECTED}:
                found.append(match)
    return sorted(found, key=lambda one: (-one.score, one.case.id))[:PROPOSALS_MAX]


def outstanding(case: TransferCase) -> int | None:
    """Return what a case still expects (fen): by its form, else as announced; `None` if unknown."""
    if case.form is not None:
        return case.form.amount_fen - case.funds_fen
    announced = sum(one.amount_fen for one in case.valid(Announced))
    return announced - case.funds_fen if announced else None


def _reasons(receipt: Receipt, case: TransferCase) -> Iterable[Reason]:
    words = receipt.narrative or ""
    numbers = {case.ref, case.peer_ref, *(one.number for one in case.valid(Announced))}
    if any(_names(words, number) for number in numbers if number):
        yield Reason.REFERENCE
    expected = {outstanding(case), *(one.amount_fen for one in case.valid(Announced))}
    if receipt.amount_fen in expected:
        yield Reason.AMOUNT
    if case.person_name in words:
        yield Reason.NAME
    if receipt.region == case.counterpart:
        yield Reason.REGION
    if case.valid(Announced) and outstanding(case):
        yield Reason.EXPECTED


def _names(words: str, number: str) -> bool:
    """Tell whether words have a number by itself: not as a part of a longer one."""
    at = words.find(number)
    while at >= 0:
        around = words[at - 1 : at] + words[at + len(number) : at + len(number) + 1]
        if not any(one.isascii() and (one.isalnum() or one == "-") for one in around):
            return True
        at = words.find(number, at + 1)
    return False
