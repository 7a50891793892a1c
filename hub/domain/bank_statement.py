"""Statements (对账单) and their lines: what is new in one, given what was read before.

Banks send a day again, whole or grown, in another form or page by page. A line counts once: days
are compared as bags of lines, and alike lines are told apart by their number. Amounts are fen,
receipts positive, payments negative.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from hub.domain.fund_account import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

Bag = Mapping["date", Mapping[str, int]]
"""For each day, how often each line is there."""


class Standing(StrEnum):
    """What became of a statement."""

    TAKEN = "taken"
    REPEAT = "repeat"  # nothing in it is new
    CONFLICT = "conflict"  # it contradicts what was read of the same days
    INTERIM = "interim"  # 日间 or an advice: the day's own statement brings the lines


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One booked entry of an account; `place_line` and `place_byte` are its place in the file."""

    number: int
    booked_on: date
    amount_fen: int
    reference: str | None = None
    narrative: str | None = None
    party_name: str | None = None
    party_account: str | None = None
    end_to_end_ids: tuple[str, ...] = ()
    message_id: str | None = None
    code: str | None = None
    is_return: bool = False
    place_line: int | None = None
    place_byte: int | None = None

    @property
    def direction(self) -> Direction:
        """Return which way the money went, seen from the account."""
        return Direction.IN if self.amount_fen >= 0 else Direction.OUT

    @property
    def base(self) -> str:
        """Return what the same line has in every statement that it stands in."""
        said = (
            self.booked_on, self.amount_fen, self.reference, self.narrative, self.party_account,
            *self.end_to_end_ids,
        )  # fmt: skip
        return hashlib.sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a statement says of itself; `rows` is how many of the file's lines are its own.

    Balances are unknown (`None`) where the form has none. `interim` ones bring no lines.
    """

    account_no: str | None
    reference: str | None
    sequence_no: int | None
    interim: bool
    first_on: date | None
    last_on: date | None
    opening_fen: int | None
    closing_fen: int | None
    rows: int


@dataclass(slots=True)
class Content:
    """What a statement's lines are, as they are read one after another."""

    bag: defaultdict[date, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sums: defaultdict[date, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    count: int = 0

    def add(self, line: StatementLine) -> None:
        """Take one line into account."""
        self.count += 1
        self.bag[line.booked_on][line.base] += 1
        self.sums[line.booked_on][line.amount_fen < 0] += line.amount_fen

    @property
    def credit_fen(self) -> int:
        """What was received."""
        return sum(credit for credit, _ in self.sums.values())

    @property
    def debit_fen(self) -> int:
        """What was paid, as a positive amount."""
        return -sum(debit for _, debit in self.sums.values())

    @property
    def net_fen(self) -> int:
        """What was received less what was paid."""
        return self.credit_fen - self.debit_fen

    def span(self, head: Head, named_on: date | None) -> tuple[date, date] | None:
        """Return first and last day: as the statement says, wide enough for its lines."""
        days = [*self.bag, *(day for day in (head.first_on, head.last_on) if day is not None)]
        days = days or ([named_on] if named_on is not None else [])
        return (min(days), max(days)) if days else None

    def digest(self, head: Head, first_on: date, last_on: date) -> str:
        """Return what the same statement has however often it is sent, whatever its number."""
        hashed = hashlib.sha256()
        hashed.update(f"{first_on}|{last_on}|{head.opening_fen}|{head.closing_fen}".encode())
        for day in sorted(self.bag):
            for base in sorted(self.bag[day]):
                hashed.update(f"|{base}*{self.bag[day][base]}".encode())
        return hashed.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is known of the days of a statement.

    `edges` are opening and closing balances of the statements that touch those days: one whose
    balance goes on where another ended is another page.
    """

    bag: Bag
    sums: Mapping[date, tuple[int, int]]
    edges: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What a statement adds: of each line, how often it is to be passed over as known."""

    standing: Standing
    known: Bag
    conflicts: tuple[date, ...] = ()


def merge(head: Head, content: Content, before: Before) -> Merge:
    """Compare a statement with what was read of its days.

    A page that goes on where another one ended is new as a whole. Otherwise each day is new,
    grown, a part of what is known, or the same in another form; anything else contradicts.
    """
    if _goes_on(head, before.edges):
        return Merge(standing=Standing.TAKEN, known={})
    known: dict[date, Mapping[str, int]] = {}
    conflicts: list[date] = []
    adds = not content.count
    for day, lines in content.bag.items():
        there = before.bag.get(day, {})
        how = _day(lines, there, tuple(content.sums[day]) == before.sums.get(day))
        if how is None or (how == "new" and there and _restarts(head, day, before.edges)):
            conflicts.append(day)
        else:
            known[day] = dict(lines) if how == "old" else dict(there)
            adds = adds or how != "old"
    if conflicts:
        return Merge(standing=Standing.CONFLICT, known={}, conflicts=tuple(sorted(conflicts)))
    return Merge(standing=Standing.TAKEN if adds else Standing.REPEAT, known=known)


def _day(lines: Mapping[str, int], there: Mapping[str, int], same_sums: bool) -> str | None:
    if not there:
        return "new"
    if all(there.get(base, 0) >= n for base, n in lines.items()):
        return "old"
    if all(lines.get(base, 0) >= n for base, n in there.items()):
        return "grown"
    if same_sums and sum(lines.values()) == sum(there.values()):
        return "old"  # the same day in another form
    return None if set(lines) & set(there) else "new"


def _goes_on(head: Head, edges: Iterable[tuple[int, int]]) -> bool:
    """Tell whether a statement begins where another ended, or ends where one began."""
    if head.opening_fen is None or head.closing_fen is None:
        return False
    mine = (head.opening_fen, head.closing_fen)
    if any(opening == mine[0] or closing == mine[1] for opening, closing in edges):
        return False  # it begins or ends like another one: a part of it, or the whole of it
    return any(mine[0] == closing or mine[1] == opening for opening, closing in edges)


def _restarts(head: Head, day: date, edges: Iterable[tuple[int, int]]) -> bool:
    """Tell whether other lines of a day are told from the balance that it began with."""
    first = head.first_on is None or head.first_on == day
    return first and any(opening == head.opening_fen for opening, _ in edges)


def identity(account: str, base: str, ordinal: int) -> str:
    """Return what names a line of an account for ever; alike ones are counted from 0."""
    return hashlib.sha256(f"{account}|{base}|{ordinal}".encode()).hexdigest()[:40]


class Fresh:
    """Passes the lines over that are known, and numbers alike ones from where they were."""

    def __init__(self, account: str, merging: Merge, before: Before) -> None:
        self._account = account
        self._pass = {day: Counter(dict(lines)) for day, lines in merging.known.items()}
        self._ordinals: Counter[str] = Counter()
        for lines in before.bag.values():
            self._ordinals.update(dict(lines))

    def name(self, line: StatementLine) -> str | None:
        """Return the identity of a line that is new; `None` for one that is known."""
        base = line.base
        known = self._pass.get(line.booked_on)
        if known is not None and known[base] > 0:
            known[base] -= 1
            return None
        ordinal = self._ordinals[base]
        self._ordinals[base] += 1
        return identity(self._account, base, ordinal)
