"""Which business day a payout file is for: today until our cutoff, else the next banking day.

Two hours matter. Until our own cutoff (截止) we release for the day; until the bank's deadline
(银行截止) it takes files for the day. What is between them is the time that a delivery may need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime, time

    from hub.domain.calendar import WorkingDays


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The business day of a file, and whether it is later than the day on which it is released."""

    business_on: date
    rolled_over: bool


def slot(local: datetime, *, cutoff: time, calendar: WorkingDays) -> Slot:
    """Return the business day for what is released at a local time."""
    today = local.date()
    if calendar.is_working(today) and local.time() < cutoff:
        return Slot(business_on=today, rolled_over=False)
    return Slot(business_on=calendar.add(today, 1), rolled_over=True)


def is_late(local: datetime, *, business_on: date, deadline: time) -> bool:
    """Tell whether the bank takes no more files of a business day at a local time."""
    today = local.date()
    return today > business_on or (today == business_on and local.time() >= deadline)
