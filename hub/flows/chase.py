"""Absence is an event: a source that is not there by its hour is somebody's to chase (催报)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.flows.events import open_event, source_missing
from hub.flows.schedule import parse_chase_subject

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task


def chase(task: Task, services: Services) -> None:
    """Open a discrepancy against the partner whose source did not come by its hour.

    A file without a row counts as come; a package that lacks a part does not. What came in the
    meantime is left alone, so running it late or twice is harmless.
    """
    day, partner, source = parse_chase_subject(task.subject_id)
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        if uow.arrivals.has_come(day, partner=partner, source=source):
            return
        parts = uow.arrivals.of_day(day, partner=partner, source=source)
        what = f"{day.isoformat()} {source.value}"
        note = f"{what}: {len(parts)} part(s) there" if parts else what
        if open_event(source_missing(day, partner, source, note=note), uow, on=day, at=at):
            uow.journal.note(
                "source.missing",
                f"day:{day.isoformat()}",
                at=at,
                actor="collection",
                partner=partner,
                source=source.value,
                parts=len(parts),
            )

    services.store.transact(unit)
