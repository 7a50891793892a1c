"""When things happen in a simulated office, and when the hub gets to see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.domain.calendar import WorkingDays


class Sender(StrEnum):
    """Who sends lists to the hub; the value is also the name of the sender's folder."""

    TAX = "tax"
    TREASURY = "treasury"
    BANK = "bank"
    CORE = "core"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The working calendar of a simulation and the lists that do not come on their day."""

    calendar: WorkingDays
    transit_days: int  # working days that money may take before it is overdue (在途期限)
    missing: frozenset[tuple[date, Sender]] = frozenset()

    def after(self, day: date, working_days: int) -> date:
        """Return the n-th working day after `day`; `day` for 0."""
        return self.calendar.add(day, working_days)

    def before(self, day: date, working_days: int) -> date:
        """Return the n-th working day before `day`."""
        while working_days:
            day -= timedelta(days=1)
            working_days -= self.calendar.is_working(day)
        return day

    def overdue_from(self, collected_on: date) -> date:
        """Return the first day on which money collected then is late."""
        return self.calendar.add(collected_on, self.transit_days + 1)

    def seen(self, sender: Sender, day: date) -> date:
        """Return when a list of `day` reaches the hub: a missing one comes with the next."""
        while (day, sender) in self.missing:
            day = self.calendar.add(day, 1)
        return day
