"""A credit of transferred money at the new place (到账, 规程 10-6), entered one by one (逐笔).

A credit that names an approved case belongs to it. Any other is kept as 暂收款 until two people
say which case it is for, or it goes back to the sender with the cause that was found. It is in
one place at a time: with one case, in suspense, or on its way back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named, same_person
from hub.domain.discrepancy import worded
from hub.domain.payout import ItemState
from hub.domain.transfer_remittance import BACK, BACK_LETTERS
from hub.errors import Rejected

if TYPE_CHECKING:
    from datetime import date, datetime

    from hub.domain.payout import PayoutItem


class ReceiptState(StrEnum):
    """Where a credit is."""

    HELD = "held"  # 暂收: no case has it
    PROPOSED = "proposed"  # 待复核: one person says which case it is for; still 暂收
    JOINED = "joined"  # 已入案
    SENDING_BACK = "sending_back"  # 退回中
    SENT_BACK = "sent_back"  # 已退回

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]


_ZH: Final = {
    ReceiptState.HELD: "暂收",
    ReceiptState.PROPOSED: "待复核",
    ReceiptState.JOINED: "已入案",
    ReceiptState.SENDING_BACK: "退回中",
    ReceiptState.SENT_BACK: "已退回",
}

SUSPENSE: Final = (ReceiptState.HELD, ReceiptState.PROPOSED, ReceiptState.SENDING_BACK)
"""The states in which the money is in 暂收款."""


class How(StrEnum):
    """By what a credit came to its case."""

    REFERENCE = "reference"  # it names the case or payment, and the sum is what was expected
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One credit. `credit_no` is the bank's own number of it, once for each fund.

    `source` is where it was read: `typed`, or `inbox:12/line:3`; `document` the SHA-256 of that
    paper. `region` is the office that sent it, where its account is known. `turn` counts how often
    it went into or out of a case, so that each movement is booked once.
    """

    id: int
    credit_no: str
    fund: str
    amount_fen: int
    credited_on: date
    source: str
    document: str
    entered_by: str
    entered_at: datetime
    payer_name: str | None = None
    payer_account: str | None = None
    narrative: str | None = None
    region: str | None = None
    state: ReceiptState = ReceiptState.HELD
    turn: int = 1
    case_id: int | None = None
    joined_how: How | None = None
    proposed_by: str | None = None
    proposed_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    cause: str | None = None
    item_id: int | None = None
    version: int = 1

    @property
    def is_untouched(self) -> bool:
        """Tell whether it is held as it was entered: nobody has proposed, declined or sent it."""
        return self.state is ReceiptState.HELD and self.version == 1

    @property
    def number(self) -> str:
        """Return the number that people call it by: `DZ000003`."""
        return f"{BACK_LETTERS}{self.id:06d}"

    @property
    def benefit(self) -> str:
        """Return what the payment is for that sends it back."""
        return f"{BACK} {self.number}"

    @property
    def payment_number(self) -> str:
        """Return the number under which the case knows this credit: `DZ000003-1`."""
        return f"{self.number}-{self.turn}"

    @property
    def subject(self) -> str:
        """Return what vouchers about its present turn are about."""
        return f"transfer_receipt:{self.id}/{self.turn}"

    def joined_by_reference(self, case_id: int) -> Receipt:
        """Return it joined to the case that it names itself."""
        self.require_state(ReceiptState.HELD)
        return replace(self, state=ReceiptState.JOINED, case_id=case_id, joined_how=How.REFERENCE)

    def proposed(self, case_id: int, person: str, *, at: datetime) -> Receipt:
        """Return it with the case that one person says it is for."""
        self.require_state(ReceiptState.HELD)
        return replace(
            self, state=ReceiptState.PROPOSED, case_id=case_id, proposed_by=named(person),
            proposed_at=at,
        )  # fmt: skip

    def confirmed(self, person: str, *, at: datetime) -> Receipt:
        """Return it joined, because another person says the same."""
        self.require_state(ReceiptState.PROPOSED)
        if self.proposed_by is None or same_person(person, self.proposed_by):
            raise Rejected("receipt_same_person", number=self.number)
        return replace(
            self, state=ReceiptState.JOINED, joined_how=How.PEOPLE, confirmed_by=named(person),
            confirmed_at=at,
        )  # fmt: skip

    def free(self) -> Receipt:
        """Return it without a case again; out of a case it begins another turn."""
        self.require_state(ReceiptState.PROPOSED, ReceiptState.JOINED)
        turn = self.turn + (self.state is ReceiptState.JOINED)
        return replace(
            self, state=ReceiptState.HELD, turn=turn, case_id=None, joined_how=None,
            proposed_by=None, proposed_at=None, confirmed_by=None, confirmed_at=None,
        )  # fmt: skip

    def sent_back(self, item_id: int, cause: str) -> Receipt:
        """Return it on its way back, with what was found out about it."""
        self.require_state(ReceiptState.HELD)
        return replace(self, state=ReceiptState.SENDING_BACK, item_id=item_id, cause=worded(cause))

    def follow(self, latest: PayoutItem | None) -> Receipt:
        """Return it as the payment that sends it back makes it; without one it is held again."""
        if self.state not in (ReceiptState.SENDING_BACK, ReceiptState.SENT_BACK):
            return self
        if latest is None:
            return replace(self, state=ReceiptState.HELD, item_id=None, cause=None)
        is_paid = latest.state is ItemState.PAID
        state = ReceiptState.SENT_BACK if is_paid else ReceiptState.SENDING_BACK
        return replace(self, state=state, item_id=latest.id)

    def require_state(self, *states: ReceiptState) -> None:
        """Refuse what is not possible in this state."""
        if self.state not in states:
            expected = "、".join(state.zh for state in states)
            raise Rejected(
                "receipt_state", number=self.number, found=self.state.zh, expected=expected
            )
