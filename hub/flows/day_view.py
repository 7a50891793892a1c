"""What a business day of reconciliation looks like: its run, its sides, its lists, its month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from hub.bulk import look
from hub.domain.facts import Source
from hub.errors import Rejected
from hub.flows.schedule import expected_sources, missing_sources
from hub.store.views import reconciliation as view

if TYPE_CHECKING:
    from hub.domain.calendar import WorkingDays
    from hub.flows.schedule import Expected
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.runs import Run
    from hub.store.views.reconciliation import Arrived, Sides

COURSE_DAYS: Final = 30  # working days that the course of a day looks back


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A source that a partner owes of a day, and whether it is there."""

    expected: Expected
    state: Literal["arrived", "missing", "awaited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """One insurance kind of a day or month, in fen; `None` where nobody says anything."""

    insurance_kind: str
    assessed_fen: int | None = None
    collected_fen: int | None = None
    deposited_fen: int | None = None
    credited_fen: int | None = None

    @property
    def difference_fen(self) -> int | None:
        """Return deposited less collected."""
        return _less(self.deposited_fen, self.collected_fen)

    @property
    def bank_difference_fen(self) -> int | None:
        """Return credited less deposited."""
        return _less(self.credited_fen, self.deposited_fen)

    @property
    def month_difference_fen(self) -> int | None:
        """Return collected less assessed."""
        return _less(self.collected_fen, self.assessed_fen)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """A day: `run` is its reconciliation if there was one, `course` the working days up to it."""

    day: date
    run: Run | None
    kinds: tuple[KindLine, ...]
    sources: tuple[Side, ...]
    files: tuple[Arrived, ...]
    course: tuple[Sides, ...]
    before: date | None
    after: date | None

    @property
    def month(self) -> int:
        """Return the day's month `yyyymm`."""
        return self.day.year * 100 + self.day.month


def day_view(day: date | None, services: Services) -> DayView:
    """Return a day, or the last one that was reconciled; today when none ever was."""
    with services.store.read() as uow:
        if day is None:
            latest = uow.runs.latest()
            day = latest.as_of if latest else services.today()
        before, after = view.neighbours(uow, day)
        first = _working_days_back(day, COURSE_DAYS, services.calendar)
        return DayView(
            day=day,
            run=uow.runs.of_day(day),
            kinds=_kinds(day, services, uow),
            sources=tuple(_sources(day, services, uow)),
            files=tuple(view.arrived(uow, day)),
            course=tuple(view.by_day(uow, first, day)),
            before=before,
            after=after,
        )


def month_view(month: int, services: Services) -> list[KindLine]:
    """Return what was assessed and collected for a month `yyyymm`, whenever it was collected.

    Each list is summed once in the life of the process, as it never changes.
    """
    with services.store.read() as uow:
        assessed = assessed_by_kind(month, services, uow)
        collected = _sums(Source.COLLECTIONS, month, services, uow)
    return [
        KindLine(
            insurance_kind=kind, assessed_fen=assessed.get(kind), collected_fen=collected.get(kind)
        )
        for kind in sorted(assessed.keys() | collected.keys())
    ]


def assessed_by_kind(month: int, services: Services, uow: UnitOfWork) -> dict[str, int]:
    """Return what payers owe for a month, by insurance kind, in fen."""
    return _sums(Source.ASSESSMENTS, month, services, uow)


def _sums(source: Source, month: int, services: Services, uow: UnitOfWork) -> dict[str, int]:
    sums: dict[str, int] = {}
    for arrival in uow.arrivals.touching(source, period_min=month, period_max=month):
        for line in look.sums(services.archive.path(arrival.facts_sha256)):
            if line.period == month:
                sums[line.insurance_kind] = sums.get(line.insurance_kind, 0) + line.fen
    return sums


def _kinds(day: date, services: Services, uow: UnitOfWork) -> tuple[KindLine, ...]:
    assessed = assessed_by_kind(day.year * 100 + day.month, services, uow)
    found = {line.insurance_kind or "": line for line in view.by_kind(uow, day)}
    return tuple(
        KindLine(
            insurance_kind=kind,
            assessed_fen=assessed.get(kind),
            collected_fen=line.collected_fen if (line := found.get(kind)) else None,
            deposited_fen=line.deposited_fen if line else None,
            credited_fen=line.credited_fen if line else None,
        )
        for kind in sorted(found.keys() | assessed.keys())
    )


def _sources(day: date, services: Services, uow: UnitOfWork) -> list[Side]:
    """Say of each source whether it is there; nothing is owed on days of rest."""
    try:
        if not services.calendar.is_working(day):
            return []
    except Rejected:  # a year that the calendar does not know
        return []
    now, zone = services.now(), services.settings.time_zone
    missing = missing_sources(day, services, uow)
    sides = []
    for one in expected_sources(services):
        late = now >= datetime.combine(day, one.by, zone)
        absent: Literal["missing", "awaited"] = "missing" if late else "awaited"
        sides.append(Side(expected=one, state=absent if one in missing else "arrived"))
    return sides


def _working_days_back(day: date, days: int, calendar: WorkingDays) -> date:
    first = day - timedelta(days=days * 7 // 5)
    while first > calendar.first and _counted(first, day, calendar) < days:
        first -= timedelta(days=1)
    return first


def _counted(first: date, day: date, calendar: WorkingDays) -> int:
    try:
        return calendar.count(first, day)
    except Rejected:
        return COURSE_DAYS


def _less(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one - other
