"""The bank reconciliation statement (银行存款余额调节表) of an account at the end of a day.

Both sides are led to one sum: the bank's balance with what only our books have, and our balance
with what only the bank has. Amounts are fen, receipts positive, payments negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """What only one side has: a voucher (`pension-202611-3`) or a bank line (`bank_line:7`)."""

    on: date
    amount_fen: int
    what: str
    text: str
    age_working_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One account at the end of a day; `book_only` the bank has not shown, `bank_only` we not."""

    account: str
    title: str
    on: date
    statement_on: date | None  # of the last balance that the bank gave
    bank_fen: int
    book_fen: int
    book_only: tuple[OpenItem, ...]
    bank_only: tuple[OpenItem, ...]

    @property
    def bank_adjusted_fen(self) -> int:
        """Return the bank's balance with what only our books have."""
        return self.bank_fen + _sum(self.book_only)

    @property
    def book_adjusted_fen(self) -> int:
        """Return our balance with what only the bank has."""
        return self.book_fen + _sum(self.bank_only)

    @property
    def difference_fen(self) -> int:
        """Return what nothing explains; zero when both sides agree."""
        return self.bank_adjusted_fen - self.book_adjusted_fen

    def received(self, items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
        """Return the receipts (已收) among items."""
        return tuple(one for one in items if one.amount_fen > 0)

    def paid(self, items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
        """Return the payments (已付) among items."""
        return tuple(one for one in items if one.amount_fen < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarter:
    """The interest of an account up to a quarter's end (10-4), and what of it was swept."""

    account: str
    end_on: date
    due_on: date
    interest_fen: int
    swept_fen: int
    proposed_fen: int  # booked, and not seen at the bank

    @property
    def left_fen(self) -> int:
        """Return what is still to be paid into 财政专户."""
        return self.interest_fen - self.swept_fen - self.proposed_fen

    @property
    def unseen_fen(self) -> int:
        """Return what the bank has not paid yet, proposed or not."""
        return self.interest_fen - self.swept_fen

    @property
    def name(self) -> str:
        """Return what it is called: `2026Q3`."""
        return f"{self.end_on.year}Q{(self.end_on.month + 2) // 3}"


def quarter_end(before: date) -> date:
    """Return the last day of the quarter that ended before a day."""
    first = before.replace(month=(before.month - 1) // 3 * 3 + 1, day=1)
    return first.fromordinal(first.toordinal() - 1)


def _sum(items: Iterable[OpenItem]) -> int:
    return sum(one.amount_fen for one in items)
