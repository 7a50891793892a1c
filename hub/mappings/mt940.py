"""Reads SWIFT MT940: one row a statement line (`:61:`) of the account.

Every `:61:` becomes a row or the file is refused: nothing is skipped. Each message is proven by
its balances; a statement over several messages is chained by its intermediate ones (`:60M:`,
`:62M:`). Words of a line are those behind it and those of its `:86:` or `:NS:`; available balances
(`:64:`, `:65:`) and what is said of the whole account are left out. An MT942 has no balances and is
refused as what it is.

Options of the layout: those of `hub.mappings.statement`. SWIFT text is ASCII; `encoding` may be
another, as some banks write their own language into `:86:`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, BinaryIO, Final

from hub.domain.bank_statement import Head
from hub.domain.money import yuan_text
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.mappings.codecs import shown
from hub.mappings.mt940_tags import balance_of, entry_of, tags
from hub.mappings.record import Deviation, Reading
from hub.mappings.statement import (
    Booking,
    Bookings,
    clean,
    known,
    masked,
    require_account,
    require_currency,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.mappings.layout import Layout
    from hub.mappings.mt940_tags import Entry, Tag
    from hub.mappings.record import Row

_OPENINGS: Final = ("60F", "60M")
_CLOSINGS: Final = ("62F", "62M")
_INTERIM: Final = frozenset({"34F", "90C", "90D"})  # tags of an MT942, which has no balances


@dataclass(slots=True)
class _Statement:
    """One message: from `:20:` to its closing balance."""

    place: Place
    reference: str
    account: str | None = None
    account_place: Place | None = None
    number: str = ""
    interim: bool = False
    opening: tuple[str, int] | None = None
    closing: tuple[str, int] | None = None
    currency: str | None = None
    net_fen: int = 0
    rows: int = 0
    pending: Booking | None = None  # a line whose `:86:` may still come
    days: dict[str, date] = field(default_factory=dict)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells a message apart: some banks give all the same reference and number."""
        days = tuple(self.days.items())
        return self.account, self.reference, self.number, self.opening, self.closing, days


def read(
    layout: Layout, content: BinaryIO, *, file: str, items_max: int, line_bytes_max: int
) -> Reading:
    """Begin to read an MT940 file; every message in it is proven by its balances."""
    reading = Reading(rows=iter(()))
    found = tags(layout, content, file=file, line_bytes_max=line_bytes_max)
    reading.rows = _Reader(layout, file, items_max, reading).rows(found)
    return reading


class _Reader:
    def __init__(self, layout: Layout, file: str, items_max: int, reading: Reading) -> None:
        self._layout = layout
        self._file = file
        self._items_max = items_max
        self._reading = reading
        self._bookings = Bookings(layout)
        self._seen: set[tuple[object, ...]] = set()
        self._opened: int | None = None
        self._closed: dict[str | None, int] = {}  # by account: what a `:62M:` left open
        self._count = 0

    def rows(self, found: Iterator[Tag]) -> Iterator[Row]:
        """Yield a row for each statement line, then complete the head."""
        statement: _Statement | None = None
        for tag in found:
            if tag.name == "20":
                yield from self._finish(statement)
                statement = _Statement(tag.place, clean(tag.text) or "")
                continue
            if statement is None:
                raise Rejected("mt940_without_reference", place=tag.place)
            if tag.name == "61" or tag.name in _CLOSINGS:  # a later :86: is not the last line's
                yield from self._flush(statement)
            if tag.name == "61":
                statement.pending = self._line(statement, tag)
            elif tag.name in ("86", "NS") and statement.pending is not None:
                words = statement.pending.narrative
                said = f"{words} {tag.text}" if words else tag.text
                statement.pending = replace(statement.pending, narrative=said)
            else:
                self._note_tag(statement, tag)
        yield from self._finish(statement)
        if self._count == 0:
            raise Rejected("mt940_empty", place=Place(file=self._file))
        self._complete()

    def _note_tag(self, statement: _Statement, tag: Tag) -> None:
        if tag.name == "25":
            statement.account = clean(tag.text.split("\n")[0]) or ""
            statement.account_place = tag.place
        elif tag.name in ("28", "28C"):
            statement.number = tag.text.strip()
        elif tag.name in _OPENINGS and statement.opening is None:
            statement.opening = (tag.name, self._balance(statement, tag))
        elif tag.name in _CLOSINGS:
            statement.closing = (tag.name, self._balance(statement, tag))
        elif tag.name in _INTERIM:
            statement.interim = True

    def _balance(self, statement: _Statement, tag: Tag) -> int:
        found = balance_of(tag)
        require_currency(self._layout.options.get("currency"), found.currency, tag.place)
        statement.currency = statement.currency or found.currency
        require_currency(statement.currency, found.currency, tag.place)
        statement.days[tag.name] = found.on
        return found.fen

    def _line(self, statement: _Statement, tag: Tag) -> Booking:
        found = entry_of(tag)
        statement.net_fen += found.fen
        statement.rows += 1
        return Booking(
            line=tag.place.line or 0,
            amount_fen=found.fen,
            credited_on=found.booked_on,
            narrative=found.words or None,
            references=tuple(filter(None, (found.banks, found.ours))),
            details=_details(found, tag) if self._layout.source is None else None,
        )

    def _flush(self, statement: _Statement) -> Iterator[Row]:
        if statement.pending is not None:
            if self._bookings.count >= self._items_max:
                place = Place(file=self._file, line=statement.pending.line)
                raise Rejected("items_too_many", place=place, items_max=self._items_max)
            yield self._bookings.row(statement.pending)
            statement.pending = None

    def _finish(self, statement: _Statement | None) -> Iterator[Row]:
        """Prove one message: opening and lines give the closing balance."""
        if statement is None:
            return
        yield from self._flush(statement)
        place = statement.place
        if statement.key in self._seen:
            raise Rejected("statement_twice", place=place, statement=shown(statement.reference))
        self._seen.add(statement.key)
        self._count += 1
        if statement.account is not None:
            statement.account = _without_currency(statement.account, statement.currency)
        number = (statement.account or "").rpartition("/")[2]
        require_account(self._layout, number or None, statement.account_place or place)
        if statement.opening is None or statement.closing is None:
            code = "mt940_interim" if statement.interim else "mt940_without_balance"
            raise Rejected(code, place=place)
        (opening, opened), (closing, closed) = statement.opening, statement.closing
        left = self._closed.pop(statement.account, None)
        begun = left if opening == "60M" and left is not None else opened
        if begun != opened or opened + statement.net_fen != closed:
            raise Rejected(
                "statement_balance",
                place=place,
                statement=shown(statement.reference),
                opening=yuan_text(begun),
                net=yuan_text(statement.net_fen),
                expected=yuan_text(begun + statement.net_fen),
                found=yuan_text(closed if begun == opened else opened),
            )
        if closing == "62M":
            self._closed[statement.account] = closed
        self._note_head(statement, opened, closed)
        self._keep(statement, opened, closed)

    def _note_head(self, statement: _Statement, opened: int, closed: int) -> None:
        head = self._reading.head
        head.setdefault("header.statement_id", statement.reference or None)
        head.setdefault("header.account", masked(statement.account or ""))
        head.setdefault("header.currency", statement.currency)
        head.setdefault("header.opening_fen", opened)
        head["header.closing_fen"] = closed
        head["header.closing_on"] = max(statement.days.values())

    def _keep(self, statement: _Statement, opened: int, closed: int) -> None:
        digits = statement.number.partition("/")[0]
        closed_on = max(statement.days.values())
        self._reading.statements.append(
            Head(
                account_no=statement.account,
                reference=statement.reference or None,
                sequence_no=whole(digits),
                interim=False,
                first_on=closed_on,
                last_on=closed_on,
                opening_fen=opened,
                closing_fen=closed,
                rows=statement.rows,
            )
        )

    def _complete(self) -> None:
        head = self._reading.head
        if len({account for account, *_ in self._seen}) > 1:  # of which account would it be?
            head["header.opening_fen"] = head["header.closing_fen"] = None
        head["header.statements"] = self._count
        head["header.entries"] = self._bookings.count
        head["header.credit_fen"] = self._bookings.credit_fen
        head["header.debit_fen"] = self._bookings.debit_fen
        head["header.proof"] = "balances"
        for closed in self._closed.values():
            self._reading.deviations.append(
                Deviation(
                    place=Place(file=self._file),
                    text=f"the last balance, {yuan_text(closed)}, is an intermediate one (:62M:); "
                    "more pages must come",
                )
            )


def _without_currency(account: str, currency: str | None) -> str:
    """Return an account without the currency that some banks write behind it."""
    plain = account.removesuffix(currency or "").rstrip(" /")
    return plain or account


def _details(found: Entry, tag: Tag) -> dict[str, str | int | date | None]:
    """Return what a line says of the payment, for a statement of our own account."""
    return {
        "place_line": tag.place.line,
        "reference": found.banks or None,
        "message_id": found.ours if known(clean(found.ours)) else None,
        "code": found.code,
    }
