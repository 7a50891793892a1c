"""Whether a downloaded statement adds up: by its running balance, and by its line of totals.

Banks list the newest entry first or last, so both orders are followed until one breaks. With
`proof = "record"` what does not hold is noted instead of refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.domain.money import yuan_text
from hub.errors import Rejected
from hub.mappings.record import DEVIATIONS_MAX, Deviation

if TYPE_CHECKING:
    from hub.errors import Place


@dataclass(frozen=True, slots=True)
class _Break:
    """The first entry whose balance does not follow from its neighbour's."""

    place: Place
    before_fen: int
    amount_fen: int
    balance_fen: int


@dataclass(slots=True)
class SheetProof:
    """Follows the entries of one table; sums are of hundredths, credits positive."""

    record_only: bool
    deviations: list[Deviation]
    count: int = 0
    credit_fen: int = 0
    debit_fen: int = 0
    balances: int = 0
    totals: int = 0
    opening_fen: int | None = None
    closing_fen: int | None = None
    _last: tuple[int, int] | None = None  # amount and balance of the entry before
    _first: tuple[int, int] | None = None
    _breaks: dict[str, _Break] = field(default_factory=dict)

    def add(self, amount_fen: int, balance_fen: int | None, place: Place) -> None:
        """Take an entry into account, and compare its balance with the entry before."""
        self.count += 1
        self.credit_fen += max(amount_fen, 0)
        self.debit_fen += max(-amount_fen, 0)
        if balance_fen is None:
            return
        self.balances += 1
        here = (amount_fen, balance_fen)
        self._first = self._first or here
        if self._last is not None:
            earlier_fen, earlier_balance = self._last
            if earlier_balance + amount_fen != balance_fen:
                found = _Break(place, earlier_balance, amount_fen, balance_fen)
                self._breaks.setdefault("oldest first", found)
            if balance_fen + earlier_fen != earlier_balance:
                found = _Break(place, balance_fen, earlier_fen, earlier_balance)
                self._breaks.setdefault("newest first", found)
        self._last = here

    def check_totals(self, stated: dict[str, int], place: Place) -> None:
        """Compare a line of totals, by field name, with the entries above it."""
        found = {
            "amount_fen": self.credit_fen - self.debit_fen,
            "credit_fen": self.credit_fen,
            "debit_fen": self.debit_fen,
        }
        self.totals += bool(stated)
        for name, fen in stated.items():
            if fen != found[name]:
                self._fail(
                    Rejected(
                        "sheet_total",
                        place=place,
                        stated=yuan_text(fen),
                        found=yuan_text(found[name]),
                        count=self.count,
                    )
                )

    def finish(self) -> str:
        """Refuse a broken chain of balances; return what proves the table."""
        if len(self._breaks) == 2:  # noqa: PLR2004 -- both orders
            told = max(self._breaks.values(), key=lambda one: one.place.line or 0)
            self._fail(
                Rejected(
                    "sheet_balance",
                    place=told.place,
                    before=yuan_text(told.before_fen),
                    amount=yuan_text(told.amount_fen),
                    expected=yuan_text(told.before_fen + told.amount_fen),
                    found=yuan_text(told.balance_fen),
                )
            )
            return "none"
        if self._first is not None and self._last is not None and self.balances == self.count:
            oldest, newest = self._first, self._last
            if "oldest first" in self._breaks:
                oldest, newest = newest, oldest
            self.opening_fen = oldest[1] - oldest[0]
            self.closing_fen = newest[1]
            return "balances"
        return "totals" if self.totals and not self.deviations else "none"

    def _fail(self, refusal: Rejected) -> None:
        if not self.record_only:
            raise refusal
        self.note(refusal)

    def note(self, refusal: Rejected) -> None:
        """Keep a refusal as a deviation."""
        if len(self.deviations) < DEVIATIONS_MAX:
            text = refusal.explain("zh") + " / " + refusal.explain("en")
            self.deviations.append(Deviation(place=refusal.place, text=text))
