"""Whether an account's days hang together: yesterday's closing balance is today's opening one.

What statements say of a day's beginning and end is compared with its lines and with the day
before. After a break the account goes on from what the bank says, so that one missing page is
one alarm and not one a day for ever. Amounts are fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from hub.domain.calendar import WorkingDays


class Break(StrEnum):
    """How a day's balances do not hold."""

    OPENING = "opening"  # it does not begin with what the day before ended with
    LINES = "lines"  # its lines do not lead to its closing balance

    @property
    def zh(self) -> str:
        """Return the words for it."""
        return (
            "期初余额与上日余额不符" if self is Break.OPENING else "期初余额加发生额不等于期末余额"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """What is known of a day: its lines' sums, and the balances that statements give."""

    on: date
    credit_fen: int = 0
    debit_fen: int = 0
    openings: frozenset[int] = frozenset()
    closings: frozenset[int] = frozenset()

    @property
    def net_fen(self) -> int:
        """What was received less what was paid."""
        return self.credit_fen - self.debit_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBalance:
    """A day as it stands; `broken_fen` is how much is missing (positive) or too much."""

    on: date
    opening_fen: int
    closing_fen: int
    broken: Break | None = None
    broken_fen: int = 0


def chain(days: Iterable[DayFacts], opening_fen: int) -> list[DayBalance]:
    """Follow an account through its days, in their order, from the balance before the first."""
    found: list[DayBalance] = []
    before = opening_fen
    for day in days:
        one = _balance(day, before)
        before = one.closing_fen
        found.append(one)
    return found


def _balance(day: DayFacts, before: int) -> DayBalance:
    opening = _opening(day, before)
    reached = opening + day.net_fen
    if day.closings and reached not in day.closings:
        closing = min(day.closings, key=lambda fen: (abs(fen - reached), fen))
        missing = closing - reached
        return DayBalance(
            on=day.on, opening_fen=opening, closing_fen=closing, broken=Break.LINES,
            broken_fen=missing,
        )  # fmt: skip
    if opening != before:
        return DayBalance(
            on=day.on, opening_fen=opening, closing_fen=reached, broken=Break.OPENING,
            broken_fen=opening - before,
        )  # fmt: skip
    return DayBalance(on=day.on, opening_fen=opening, closing_fen=reached)


def _opening(day: DayFacts, before: int) -> int:
    """Return the balance that a day begins with: of pages, the one from which the lines lead on."""
    if not day.openings or before in day.openings:
        return before
    leading = [fen for fen in day.openings if fen + day.net_fen in day.closings]
    return min(leading or day.openings, key=lambda fen: (abs(fen - before), fen))


def missing_days(
    covered: Iterable[tuple[date, date]], *, since: date, until: date, calendar: WorkingDays
) -> list[date]:
    """Return the banking days of since..until that no statement covers."""
    there: set[date] = set()
    for first, last in covered:
        day = max(first, since)
        while day <= min(last, until):
            there.add(day)
            day += timedelta(days=1)
    missing, day = [], since
    while day <= until:
        if day not in there and calendar.is_working(day):
            missing.append(day)
        day += timedelta(days=1)
    return missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Numbers that were not there, between two statements."""

    first_no: int
    last_no: int
    after_on: date
    before_on: date


def missing_numbers(found: Iterable[tuple[date, int]]) -> list[Gap]:
    """Return the gaps between the numbers of statements, by their days; each year begins anew.

    A number may occur twice (pages); one that is lower than the last begins another series.
    """
    gaps: list[Gap] = []
    ordered = sorted(set(found))
    for (earlier_on, earlier), (later_on, later) in pairwise(ordered):
        if later_on.year == earlier_on.year and later > earlier + 1:
            gaps.append(
                Gap(
                    first_no=earlier + 1, last_no=later - 1, after_on=earlier_on,
                    before_on=later_on,
                )
            )  # fmt: skip
    return gaps
