"""Deadlines of transfers: each is a task with a due time, so there is no timer to lose (催办).

For every clock that runs there is a reminder some days before it is due, one on the working day
after, and more while nothing happens: to the other office by message for its clocks, to our own
desk for ours. A task that comes too late, or twice, finds that out and does nothing.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_clock import clocks, working_day_before
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_clock import Clock
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

QUEUE: Final = "transfer"
STEP: Final = "transfer_remind"
BEFORE: Final = "before"
OVERDUE: Final = "overdue"  # followed by its ordinal: overdue-1 on the day after


def plan_reminders(
    case: TransferCase, uow: UnitOfWork, services: Services, *, at: datetime
) -> None:
    """Plan the reminders of every clock that runs; each is planned once for ever."""
    for clock in clocks(case, services.calendar):
        if clock.is_open and clock.due_on is not None:
            for phase, on in _reminders(clock, clock.due_on, services):
                _plan(subject_of(case, clock, phase), on, uow, services, at)


def plan_next(
    case: TransferCase,
    clock: Clock,
    ordinal: int,
    *,
    uow: UnitOfWork,
    services: Services,
    at: datetime,
) -> None:
    """Plan the reminder after one that was not heeded."""
    days = services.settings.transfers.remind_every_working_days
    on = _after(services.today(), days, services)
    subject = subject_of(case, clock, f"{OVERDUE}-{ordinal + 1}")
    _plan(subject, on, uow, services, at)


def subject_of(case: TransferCase, clock: Clock, phase: str) -> str:
    """Return what a reminder's task is about: `7/offer/2026-12-15/overdue-1`."""
    due = clock.due_on.isoformat() if clock.due_on is not None else "-"
    return f"{case.id}/{clock.step.value}/{due}/{phase}"


def parse_subject(subject: str) -> tuple[int, str, date, str]:
    """Return case, step, due day and phase of a reminder's task."""
    case_id, step, due, phase = subject.split("/")
    return int(case_id), step, date.fromisoformat(due), phase


def ordinal_of(phase: str) -> int:
    """Return how often somebody has been reminded of being late with this one; 0 before."""
    return 0 if phase == BEFORE else int(phase.rpartition("-")[2])


def _reminders(clock: Clock, due: date, services: Services) -> Iterator[tuple[str, date]]:
    try:
        days = services.settings.transfers.remind_before_working_days
        early = working_day_before(due, days, services.calendar)
        if days and early > clock.started_on:
            yield BEFORE, early
    except Rejected:  # the calendar begins there
        pass
    yield f"{OVERDUE}-1", _after(due, 1, services)


def _after(day: date, working_days: int, services: Services) -> date:
    try:
        return services.calendar.add(day, working_days)
    except Rejected:  # the calendar ends there; so many days later is soon enough to look again
        return day + timedelta(days=working_days)


def _plan(subject: str, on: date, uow: UnitOfWork, services: Services, at: datetime) -> None:
    if uow.tasks.exists(queue=QUEUE, step=STEP, subject_id=subject):
        return
    opens_at: time = services.settings.reconciliation.opens_at
    due_at = datetime.combine(on, opens_at, services.settings.time_zone)
    uow.tasks.add(queue=QUEUE, step=STEP, subject_id=subject, at=at, due_at=due_at)
