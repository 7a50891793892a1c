"""The working day (工作日程): which tasks a day brings by itself, without any file arriving.

Absence is an event, so somebody must look for it: at each source's hour a `chase` task, at the
end of the day a `reconcile` task. They are rows with a due time, so there is no timer to lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.facts import Source
from hub.flows.nightly import plan_night

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.flows.services import Services
    from hub.mappings.catalog import Partner
    from hub.settings import Settings
    from hub.store.engine import UnitOfWork

QUEUE: Final = "collection"
PLANNED: Final = "planner"  # its finished tasks remember which days were planned
CATCH_UP_DAYS_MAX: Final = 31  # how far back a hub that stood still makes up for planned days


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A source that a partner owes on every working day, by an hour (local time)."""

    partner: str
    source: Source
    by: time


def expected_by(partner: Partner, source: Source, settings: Settings) -> time | None:
    """Return the hour by which a partner owes a source: its own, else the deployment's.

    `None` when neither names one; `hub check` says so.
    """
    return partner.expects[source] or settings.reconciliation.required.get(source.value)


def expected_sources(services: Services) -> list[Expected]:
    """Return what partners owe on every working day, in the order of their codes.

    A source without an hour of its own is due when the day is reconciled.
    """
    closes_at = services.settings.reconciliation.closes_at
    return [
        Expected(
            partner=partner.code,
            source=source,
            by=expected_by(partner, source, services.settings) or closes_at,
        )
        for _, partner in sorted(services.catalog.partners.items())
        for source in sorted(partner.expects)
    ]


def missing_sources(day: date, services: Services, uow: UnitOfWork) -> list[Expected]:
    """Return what partners still owe of a day; a package that lacks a part has not come."""
    return [
        one
        for one in expected_sources(services)
        if not uow.arrivals.has_come(day, partner=one.partner, source=one.source)
    ]


def chase_subject(day: date, expected: Expected) -> str:
    """Return the subject of the task that looks for a source: `2026-11-24/tax/collections`."""
    return f"{day.isoformat()}/{expected.partner}/{expected.source.value}"


def parse_chase_subject(subject: str) -> tuple[date, str, Source]:
    """Return day, partner and source of a `chase` task."""
    day, partner, source = subject.split("/")
    return date.fromisoformat(day), partner, Source(source)


def plan_until(today: date, services: Services) -> list[date]:
    """Plan today, and the working days since the last planned one; returns the days planned.

    A hub that was never up before plans today only. A second run on one day adds nothing.
    """
    with services.store.read() as uow:
        days = [today]
        for back in range(1, CATCH_UP_DAYS_MAX + 1):
            day = today - timedelta(days=back)
            if _is_planned(day, uow):
                break
            days.append(day)
        else:
            days = [today]
    plan_night(today, services)
    return [day for day in reversed(days) if plan_day(day, services)]


def plan_day(day: date, services: Services) -> bool:
    """Add a working day's tasks, each once for ever; False when there was nothing to add.

    Days of rest bring no tasks: nobody collects or books on them. Outside the years that the
    calendar knows this is `Rejected("calendar_unknown_year")`; the hub does not guess.
    """
    if not services.calendar.is_working(day):
        return False
    now = services.now()

    def unit(uow: UnitOfWork) -> bool:
        if _is_planned(day, uow):
            return False
        done = uow.tasks.add(queue=PLANNED, step="plan", subject_id=day.isoformat(), at=now)
        uow.tasks.finish(done.id, at=now)
        for step, subject, due_at in _tasks_of(day, services):
            uow.tasks.add(queue=QUEUE, step=step, subject_id=subject, at=now, due_at=due_at)
        uow.journal.note("day.planned", f"day:{day.isoformat()}", at=now, actor="planner")
        return True

    return services.store.transact(unit)


def _tasks_of(day: date, services: Services) -> Iterator[tuple[str, str, datetime]]:
    settings = services.settings
    for one in expected_sources(services):
        due_at = datetime.combine(day, one.by, settings.time_zone)
        yield "chase", chase_subject(day, one), due_at
    closes_at = datetime.combine(day, settings.reconciliation.closes_at, settings.time_zone)
    yield "reconcile", day.isoformat(), closes_at
    if services.banking.accounts:
        by = services.banking.terms.statement_by
        yield "bank_day", day.isoformat(), datetime.combine(day, by, settings.time_zone)


def _is_planned(day: date, uow: UnitOfWork) -> bool:
    # not the reconcile task: a file that arrives early may have added that one
    return uow.tasks.exists(queue=PLANNED, step="plan", subject_id=day.isoformat())
