"""What the rows of every account statement (对账单) have in common, whatever its form.

A statement gives one row an entry of the account: what was credited counts positive, what was
debited negative. The row serves as `credits`, and as `deposits` when the layout says what is
missing: an insurance kind as a constant or by words of the narrative, and where a receipt number
may be found.

Options of a statement's layout (`[layouts.<name>.options]`), besides those of its form:
`currency` refuses entries in another one; `account` refuses statements of another account;
`kind_words` names the map whose keys, found in a narrative, tell the insurance kind;
`receipt_pattern` is a regular expression that finds the receipt number in a narrative.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.errors import Rejected
from hub.mappings import codecs
from hub.mappings.record import Row

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.errors import Place
    from hub.mappings.layout import Layout

COMMON_OPTIONS: Final = frozenset({"currency", "account", "kind_words", "receipt_pattern"})
NARRATIVE_CHARS_MAX: Final = 500

_DIGITS_SHOWN: Final = 4
_ABSENT: Final = frozenset({"", "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOTAVAILABLE", "N/A"})
_CONTROL: Final = re.compile(codecs.CONTROL.pattern + "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One entry of the account. `references` are what may name it, best first."""

    line: int
    amount_fen: int  # credits positive, debits negative
    credited_on: date
    narrative: str | None
    references: tuple[str, ...] = ()
    own: Mapping[str, str | int | date | None] | None = None  # fields that the layout adds
    details: Mapping[str, str | int | date | None] | None = None  # more that the form knows


class Bookings:
    """Turns the entries of one file into rows; remembers which references are taken."""

    def __init__(self, layout: Layout) -> None:
        options = layout.options
        self._constants = {
            field.name: codecs.parse(field.constant, field, layout.maps)
            for shape in layout.records
            if shape.repeat
            for field in shape.fields
            if field.constant is not None
        }
        words = layout.maps[str(options["kind_words"])] if "kind_words" in options else {}
        self._kinds = sorted(words.items(), key=lambda word: -len(word[0]))
        pattern = options.get("receipt_pattern")
        self._receipt = re.compile(str(pattern), re.ASCII) if pattern else None
        self._taken: set[str] = set()
        self.count = self.credit_fen = self.debit_fen = 0

    @property
    def net_fen(self) -> int:
        """What all entries so far add up to."""
        return self.credit_fen - self.debit_fen

    def row(self, booking: Booking) -> Row:
        """Return the row of an entry and count it."""
        fen = booking.amount_fen
        self.count += 1
        self.credit_fen += max(fen, 0)
        self.debit_fen += max(-fen, 0)
        text = clean(booking.narrative)
        values: dict[str, str | int | date | None] = {
            "deposit_no": self._reference(booking, text),
            "receipt_no": self._receipt_no(text),
            "insurance_kind": self._kind(text),
            "amount_fen": fen,
            "credited_on": booking.credited_on,
            "narrative": text,
            "direction": "debit" if fen < 0 else "credit",
        }
        values.update(booking.own or {})
        values.update(self._constants)
        if booking.details is not None:
            values.update(booking.details)
        return Row(line=booking.line, values=values)

    def _reference(self, booking: Booking, text: str | None) -> str:
        """Return the first reference that no entry of this file has; made up if there is none.

        Banks repeat references within a file, and some give none. A made-up one comes from what
        the entry says, so that a second download of the same days gives the same numbers.
        """
        given = [name for name in map(clean, booking.references) if known(name)]
        for name in given:
            if name is not None and name not in self._taken:
                self._taken.add(name)
                return name
        base = given[0] if given else None
        if base is None:
            said = f"{booking.credited_on}|{booking.amount_fen}|{text}|{booking.own}"
            base = f"{booking.credited_on:%Y%m%d}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name)
        return name

    def _kind(self, text: str | None) -> str | None:
        """Return the insurance kind that the narrative names; two different ones are none."""
        rest, kinds = text or "", set()
        for word, kind in self._kinds:
            if word in rest:
                kinds.add(kind)
                rest = rest.replace(word, " ")  # a longer word hides the shorter ones in it
        return kinds.pop() if len(kinds) == 1 else None

    def _receipt_no(self, text: str | None) -> str | None:
        found = self._receipt.search(text) if self._receipt and text else None
        return found[found.re.groups and 1] if found else None


def clean(text: str | None) -> str | None:
    """Return text without control characters and repeated blanks, clipped; `None` if empty."""
    if text is None:
        return None
    plain = " ".join(_CONTROL.sub(" ", text).split())
    return plain[:NARRATIVE_CHARS_MAX] or None


def known(reference: str | None) -> bool:
    """Tell whether a reference says something, unlike `NOTPROVIDED` or `NONREF`."""
    return reference is not None and reference.upper() not in _ABSENT


def masked(account: str) -> str:
    """Return the last digits of an account, which is all that a refusal may show."""
    return f"…{account[-_DIGITS_SHOWN:]}" if len(account) > _DIGITS_SHOWN else "…"


def require_account(layout: Layout, account: str | None, place: Place) -> None:
    """Refuse a statement of another account than the layout's, if the layout names one."""
    wanted = layout.options.get("account")
    if wanted is not None and _plain(account or "") != _plain(str(wanted)):
        raise Rejected(
            "statement_other_account",
            place=place,
            expected=masked(str(wanted)),
            found=masked(account or ""),
        )


def require_currency(expected: object, found: str | None, place: Place) -> None:
    """Refuse an amount in another currency; both `None` means that nobody names one."""
    if expected is not None and found is not None and found != expected:
        raise Rejected("statement_currency", place=place, expected=expected, found=found[:8])


def _plain(account: str) -> str:
    return re.sub(r"[\s-]", "", account).upper()
