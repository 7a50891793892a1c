"""Whether a camt statement adds up by its balances: opening and entries give the closing.

What is proven decides, not the schema (docs/decisions/0007). A balance without its sign is tried
with both; a closing balance that leaves out entries valued later is taken if exactly those make
the difference. Everything of that kind is noted, everything else refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.domain.money import yuan_text
from hub.errors import Place, Rejected
from hub.mappings.camt_entries import amount_fen, day, direction
from hub.mappings.codecs import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.mappings.camt_entries import Entry
    from hub.mappings.camt_node import Node

    Note = Callable[[Place, str], None]

_PAIRS: Final = (
    (("OPBD", "PRCD", "ITBD"), ("CLBD", "ITBD")),  # booked
    (("OPAV",), ("CLAV",)),  # available: only what the bank gives when nothing else is there
)

_CODES: Final = (
    ("Tp", "CdOrPrtry", "Cd"),
    ("Tp", "CdOrPrtry", "Prtry"),
    ("Tp", "Cd"),  # .01
    ("Tp", "Prtry"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """One balance; `sign` is 1, -1, or `None` where the bank left it out."""

    code: str
    fen: int
    sign: int | None
    on: date | None
    currency: str | None
    place: Place

    @property
    def possible_fen(self) -> tuple[int, ...]:
        """What the balance may be."""
        return (self.fen, -self.fen) if self.sign is None else (self.fen * self.sign,)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Adds up the entries of one statement as they come, in three ways."""

    count: int = 0
    credit_fen: int = 0
    debit_fen: int = 0
    credits: int = 0
    transactions: int = 0
    credit_transactions: int = 0
    valued: dict[date, int] = field(default_factory=dict)  # net by day of value

    def add(self, entry: Entry) -> None:
        """Count an entry."""
        fen = entry.amount_fen
        self.count += 1
        self.credit_fen += max(fen, 0)
        self.debit_fen += max(-fen, 0)
        self.credits += entry.credit
        self.transactions += entry.transactions
        self.credit_transactions += entry.transactions if entry.credit else 0
        if entry.valued_on is not None:
            self.valued[entry.valued_on] = self.valued.get(entry.valued_on, 0) + fen

    @property
    def net_fen(self) -> int:
        """Credits less debits."""
        return self.credit_fen - self.debit_fen

    def valued_after(self, on: date) -> int:
        """Return what the entries valued after a day add up to."""
        return sum(fen for day_, fen in self.valued.items() if day_ > on)


def read_balance(node: Node, place: Place) -> Balance | None:
    """Return a balance; `None` for one that names no amount."""
    amount = node.child("Amt")
    if amount is None:
        return None
    code = next((text for path in _CODES if (text := node.words(*path))), None)
    place = replace(place, field=f"Bal/{shown(code)}" if code else "Bal")
    fen, sign = amount_fen(amount, place), direction(node)
    if fen < 0:  # written with its sign instead of, or besides, the indicator
        fen, sign = -fen, -1 if sign is None else None
    return Balance(
        code=code or "",
        fen=fen,
        sign=1 if fen == 0 else sign,
        on=_day(node, place),
        currency=amount.currency,
        place=place,
    )


def prove(
    statement: str, balances: list[Balance], tally: Tally, note: Note
) -> tuple[Balance, Balance, int] | None:
    """Return opening and closing balance and the opening's amount, if entries lead to the other.

    `None` if the statement has no two balances to prove anything with; `statement_balance` if it
    has them and they do not agree with its entries.
    """
    found = _pair(balances)
    if found is None:
        return None
    opening, closing = found
    for opened in opening.possible_fen:
        if opened + tally.net_fen in closing.possible_fen:
            for one in found:
                if one.sign is None:
                    note(one.place, "the balance does not say whether it is a credit or a debit")
            return opening, closing, opened
    later = tally.valued_after(closing.on) if closing.on else 0
    for opened in opening.possible_fen:
        if later and opened + tally.net_fen - later in closing.possible_fen:
            note(closing.place, f"the balance leaves out {yuan_text(later)} valued after its day")
            return opening, closing, opened
    raise Rejected(
        "statement_balance",
        place=closing.place,
        statement=shown(statement),
        opening=yuan_text(opening.possible_fen[0]),
        net=yuan_text(tally.net_fen),
        expected=yuan_text(opening.possible_fen[0] + tally.net_fen),
        found=yuan_text(closing.possible_fen[0]),
    )


def _day(node: Node, place: Place) -> date | None:
    """Return a balance's day; it only orders balances, so one that is odd may be left out."""
    try:
        return day(node, "Dt", place)
    except Rejected:
        return None


def _pair(balances: list[Balance]) -> tuple[Balance, Balance] | None:
    """Return the earliest opening and the latest closing balance of one kind."""
    for openings, closings in _PAIRS:
        opening = _first(balances, openings, last=False)
        closing = _first(balances, closings, last=True)
        if opening is not None and closing is not None and opening is not closing:
            return opening, closing
    return None


def _first(balances: list[Balance], codes: tuple[str, ...], *, last: bool) -> Balance | None:
    """Return the balance of the first code that is there; by day, then as the file lists them."""
    for code in codes:
        found = [one for one in balances if one.code == code]
        if found:
            found.sort(key=lambda one: one.on or date.min)
            return found[-1] if last else found[0]
    return None
