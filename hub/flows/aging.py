"""How old open differences are (账龄), summed where they are kept: no row is read for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.aging import BEYOND, BUCKETS, UNKNOWN, AgingLine
from hub.errors import Rejected
from hub.store.views import discrepancies as view

if TYPE_CHECKING:
    from datetime import date

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

NAMES: Final = (*(name for _, name in BUCKETS), BEYOND, UNKNOWN)
"""The buckets, youngest first."""


def report(as_of: date, services: Services, uow: UnitOfWork) -> list[AgingLine]:
    """Return counts and sums of what is not closed, by cause, owner and age bucket."""
    days = first_days(as_of, services)
    names = NAMES if days else (UNKNOWN,)
    found = sorted(view.aged(uow, days), key=lambda one: (one.cause, one.owner, one.span))
    return [
        AgingLine(
            cause=one.cause, owner=one.owner, bucket=names[one.span], count=one.count,
            amount_fen=one.amount_fen,
        )
        for one in found
    ]  # fmt: skip


def first_days(as_of: date, services: Services) -> list[date]:
    """Return the first day of each bucket but the last, youngest first.

    Nothing when the calendar does not know the day itself: then every age is unknown.
    """
    calendar = services.calendar
    try:
        calendar.is_working(as_of)
    except Rejected:
        return []
    days, day = [], as_of
    for limit, _name in BUCKETS:
        while day > calendar.first and calendar.count(day - timedelta(days=1), as_of) <= limit:
            day -= timedelta(days=1)
        days.append(day)
    return [*days, calendar.first]


def days_of(bucket: str, as_of: date, services: Services) -> tuple[date | None, date | None]:
    """Return from when to when the ages of a bucket count; `Rejected` if there is no such one."""
    if bucket not in NAMES:
        raise Rejected("age_unknown", found=bucket[:20], known="、".join(NAMES))
    days = first_days(as_of, services)
    if not days:
        return (None, None) if bucket == UNKNOWN else (as_of, as_of - timedelta(days=1))
    at = NAMES.index(bucket)
    first = days[at] if at < len(days) else None
    last = days[at - 1] - timedelta(days=1) if at else None
    return first, last
