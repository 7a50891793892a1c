"""Working days (工作日) in China: Monday to Friday, less holidays, plus make-up days (调休).

The calendar knows whole years, one after another, and refuses every question that touches
another year: the State Council (国务院) fixes next year's days only in autumn, and a deadline
that was guessed is worse than one that is missing (domain.md c). Answers come from tables made
once, so that `count` costs about a microsecond however far apart its dates are.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Collection

_SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDays:
    """The working days of the years `first.year` to `last.year`, all of them known."""

    first: date
    last: date
    _running: array[int]  # [i]: working days up to and including day `first + i`
    _working: array[int]  # [n]: proleptic ordinal of the n-th working day

    @classmethod
    def of_years(
        cls, years: range, *, holidays: Collection[date], make_up_days: Collection[date]
    ) -> Self:
        """Return the calendar of consecutive `years`; a make-up day wins over a holiday."""
        first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
        resting = frozenset(day.toordinal() for day in holidays)
        made_up = frozenset(day.toordinal() for day in make_up_days)
        running, working = array("i"), array("i")
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            weekend = (ordinal - 1) % 7 >= _SATURDAY  # ordinal 1 was a Monday
            if ordinal in made_up or not (weekend or ordinal in resting):
                working.append(ordinal)
            running.append(len(working))
        return cls(first=first, last=last, _running=running, _working=working)

    def is_working(self, day: date) -> bool:
        """Tell whether `day` is a working day; `calendar_unknown_year` when nobody can know."""
        at = self._at(day)
        return self._running[at] != (self._running[at - 1] if at else 0)

    def add(self, day: date, working_days: int) -> date:
        """Return the n-th working day after `day`; `day` itself for 0."""
        if working_days < 0:
            raise ValueError("working days are counted forwards")
        if working_days == 0:
            return day
        wanted = self._running[self._at(day)] + working_days - 1
        if wanted >= len(self._working):
            raise self._unknown(self.last.year + 1)
        return date.fromordinal(self._working[wanted])

    def count(self, after: date, until: date) -> int:
        """Return the number of working days in (after, until]; 0 when `until` is not later."""
        if until <= after:
            return 0
        return self._running[self._at(until)] - self._running[self._at(after)]

    def ordinals(self, first: date, last: date) -> dict[date, int]:
        """Return for each day of first..last its running number of working days.

        The difference of two numbers is `count` of their days: a small table that SQL can join.
        """
        start, end = self._at(first), self._at(last)
        return {
            first + timedelta(days=n): running
            for n, running in enumerate(self._running[start : end + 1])
        }

    def _at(self, day: date) -> int:
        if not self.first <= day <= self.last:
            raise self._unknown(day.year)
        return day.toordinal() - self.first.toordinal()

    def _unknown(self, year: int) -> Rejected:
        return Rejected(
            "calendar_unknown_year", year=year, first=self.first.year, last=self.last.year
        )
