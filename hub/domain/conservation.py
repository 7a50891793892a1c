"""Conservation of money (资金守恒): what was approved is somewhere, to the fen.

Per list and per batch: approved = paid + returned + in flight + waiting + unknown + suspense +
cancelled. The approved sum is what people signed; the terms come from the items, each settled by
evidence of its own; what the books say must be the same. A breach stops the lane (bank and fund).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BOOKED_OUT: Final = frozenset({
    "payout.released", "payout.reissued", "transfer.released", "transfer.reissued",
    "refund.paid", "refund.reissued", "transfer.sent_back",
})  # fmt: skip
BOOKED_BACK: Final = frozenset({
    "payout.returned", "transfer.returned", "refund.returned", "transfer.send_back_returned",
})  # fmt: skip
BOOKED_IN: Final = frozenset({"debit.collected"})
BOOKED_REVERSED: Final = frozenset({"debit.reversed"})


class Scope(StrEnum):
    """What an account of conservation is about."""

    LIST = "payout"
    BATCH = "payout_batch"
    DEBIT_LIST = "debit"
    DEBIT_BATCH = "debit_batch"


class Breach(StrEnum):
    """What does not hold."""

    NEGATIVE = "negative"  # more came back of something than went out
    TERMS = "terms"  # the terms do not add up to what was approved
    BOOKS_OUT = "books_out"  # the vouchers paid out another sum
    BOOKS_BACK = "books_back"  # the vouchers took back another sum than came back
    BOOKS_IN = "books_in"  # the vouchers have another sum than banks collected for us

    @property
    def zh(self) -> str:
        """Return it in Chinese."""
        return _BREACH_ZH[self]


_BREACH_ZH: Final = {
    Breach.NEGATIVE: "退回多于拨付",
    Breach.TERMS: "各项之和不等于审批金额",
    Breach.BOOKS_OUT: "凭证支出与批次金额不符",
    Breach.BOOKS_BACK: "凭证退回与退单金额不符",
    Breach.BOOKS_IN: "凭证收入与扣款成功金额不符",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conservation:
    """Where the money of one list or batch is, in fen.

    `waiting_fen` is accepted and not with a bank; `suspense_fen` came back of payments that are
    not returned as such, and no longer counts with these. The last two are what vouchers say of a
    batch that went out; `None` where they need not say anything, as for a list.

    Of direct debits `approved_fen` is what was requested, `paid_fen` what was collected,
    `returned_fen` what failed, and `reversed_fen` what was given back after it was collected. The
    vouchers of a batch, less those of what was given back, are `booked_in_fen`.
    """

    scope: Scope
    id: int
    fund: str
    bank: str | None
    approved_fen: int
    paid_fen: int = 0
    returned_fen: int = 0
    in_flight_fen: int = 0
    waiting_fen: int = 0
    unknown_fen: int = 0
    suspense_fen: int = 0
    cancelled_fen: int = 0
    reversed_fen: int = 0
    booked_out_fen: int | None = None
    booked_back_fen: int | None = None
    booked_in_fen: int | None = None

    @property
    def name(self) -> str:
        """Return what it is about: `payout_batch:12`, as the journal does."""
        return f"{self.scope.value}:{self.id}"

    @property
    def accounted_fen(self) -> int:
        """Return the sum of the terms."""
        return sum(self.terms)

    @property
    def terms(self) -> tuple[int, ...]:
        """Return the terms: no fen is in two of them."""
        return (
            self.paid_fen, self.returned_fen, self.in_flight_fen, self.waiting_fen,
            self.unknown_fen, self.suspense_fen, self.cancelled_fen, self.reversed_fen,
        )  # fmt: skip

    @property
    def breach(self) -> Breach | None:
        """Return the first thing that does not hold."""
        if min(self.terms) < 0:
            return Breach.NEGATIVE
        if self.accounted_fen != self.approved_fen:
            return Breach.TERMS
        if self.booked_out_fen is not None and self.booked_out_fen != self.approved_fen:
            return Breach.BOOKS_OUT
        if self.booked_back_fen is not None and self.booked_back_fen != self.returned_fen:
            return Breach.BOOKS_BACK
        if self.booked_in_fen is not None and self.booked_in_fen != self.paid_fen:
            return Breach.BOOKS_IN
        return None

    @property
    def missing_fen(self) -> int:
        """Return how much is not where it should be; what is there too much is negative."""
        breach = self.breach
        if breach is Breach.NEGATIVE:
            return min(self.terms)
        if breach is Breach.BOOKS_OUT:
            return self.approved_fen - (self.booked_out_fen or 0)
        if breach is Breach.BOOKS_BACK:
            return self.returned_fen - (self.booked_back_fen or 0)
        if breach is Breach.BOOKS_IN:
            return self.paid_fen - (self.booked_in_fen or 0)
        return self.approved_fen - self.accounted_fen
