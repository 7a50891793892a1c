"""Money of transfers on its way: remittances to new places, and credits sent back (10-12, 10-6).

Both go as items of a payout list of the kind `transfer`. What a payment is for names what it
belongs to, so every attempt to pay it is found again: `转移基金 ZY000012`, `退回转入基金 DZ000003`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.payout import ItemState
from hub.domain.whole import whole
from hub.errors import Rejected

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.payout import PayoutItem

OUT: Final = "转移基金"
BACK: Final = "退回转入基金"
OUT_LETTERS, BACK_LETTERS = "ZY", "DZ"


class RemittanceState(StrEnum):
    """Where the latest payment of a remittance is."""

    LISTED = "listed"  # 拨付中: on a list, no file is with the bank yet
    SENT = "sent"  # 已汇出: the bank has the file
    PAID = "paid"  # 已到账
    RETURNED = "returned"  # 已退单: to be corrected and paid again
    CANCELLED = "cancelled"  # 已撤销

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]


_ZH: Final = {
    RemittanceState.LISTED: "拨付中",
    RemittanceState.SENT: "已汇出",
    RemittanceState.PAID: "已到账",
    RemittanceState.RETURNED: "已退单",
    RemittanceState.CANCELLED: "已撤销",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """The money of one case that goes to its new place.

    `form` is the key of the form that promises it, `month` (yyyymm) that of its list, `item_id`
    the latest attempt to pay it.
    """

    id: int
    case_id: int
    fund: str
    counterpart: str
    month: int
    form: str
    amount_fen: int
    drafted_by: str
    drafted_at: datetime
    state: RemittanceState = RemittanceState.LISTED
    item_id: int | None = None
    version: int = 1

    @property
    def number(self) -> str:
        """Return the number that people call it by: `ZY000012`."""
        return f"{OUT_LETTERS}{self.id:06d}"

    @property
    def benefit(self) -> str:
        """Return what its payments are for."""
        return f"{OUT} {self.number}"

    def payment_number(self, attempt: int) -> str:
        """Return the number of one attempt, as the other office is told it: `ZY000012-1`."""
        return f"{self.number}-{attempt}"

    def follow(self, latest: PayoutItem | None, *, is_delivered: bool) -> Remittance:
        """Return it as its latest payment makes it; without one it is cancelled."""
        if latest is None:
            return replace(self, state=RemittanceState.CANCELLED)
        return replace(self, state=_state(latest, is_delivered=is_delivered), item_id=latest.id)

    def require_state(self, *states: RemittanceState) -> None:
        """Refuse what is not possible in this state."""
        if self.state not in states:
            expected = "、".join(state.zh for state in states)
            raise Rejected(
                "remittance_state", number=self.number, found=self.state.zh, expected=expected
            )


def number_in(benefit: str) -> tuple[str, int] | None:
    """Return the letters and id that a payment's purpose names; `None` for any other payment."""
    name, _, number = benefit.partition(" ")
    letters, digits = number[:2], number[2:]
    if (name, letters) not in ((OUT, OUT_LETTERS), (BACK, BACK_LETTERS)):
        return None
    known = whole(digits)
    return None if known is None else (letters, known)


def is_send_back(benefit: str) -> bool:
    """Tell whether a payment sends a credit back: it leaves 财政专户 and clears 暂收款."""
    found = number_in(benefit)
    return found is not None and found[0] == BACK_LETTERS


def is_gone(item: PayoutItem, *, is_delivered: bool) -> bool:
    """Tell whether an attempt has left and not come back, as far as anybody knows."""
    if item.state is ItemState.PAID:
        return True
    return item.state in (ItemState.IN_FLIGHT, ItemState.UNKNOWN) and is_delivered


def _state(latest: PayoutItem, *, is_delivered: bool) -> RemittanceState:
    if latest.state is ItemState.RETURNED:
        return RemittanceState.RETURNED
    if latest.state is ItemState.PAID:
        return RemittanceState.PAID
    gone = is_gone(latest, is_delivered=is_delivered)
    return RemittanceState.SENT if gone else RemittanceState.LISTED
