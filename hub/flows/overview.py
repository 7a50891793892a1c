"""What `hub status` shows: backlogs, today's sources, the last reconciliation. Changes nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from hub.flows.bank_day import state_of
from hub.flows.schedule import expected_sources

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def overview(services: Services) -> dict[str, Any]:
    """Return the hub's state as the store knows it; instants in ISO 8601."""
    today, now = services.today(), services.now()
    with services.store.read() as uow:
        backlog = uow.tasks.backlog()
        oldest = uow.tasks.next_due_at()
        latest = uow.runs.latest()
        return {
            "today": today.isoformat(),
            "inbox": _counts("channel", uow.inbox.backlog()),
            "outbox": _counts("channel", uow.outbox.backlog()),
            "tasks": _counts("queue", backlog),
            "parked": sum(states.get("parked", 0) for states in backlog.values()),
            "oldest_due_at": oldest.isoformat() if oldest and oldest <= now else None,
            "sources": _sources(today, now, services, uow),
            "last_reconciled_on": latest.as_of.isoformat() if latest else None,
            "bank_accounts": [
                state_of(account, services, uow) for account in services.banking.accounts.values()
            ],
            "discrepancies_alive": uow.discrepancies.count_alive(),
            "letters_awaiting": sum(letter.awaits_reply for letter in uow.letters.list()),
            "letters_overdue": len(uow.letters.due(today)),
            "went_back": _went_back(uow),
        }


def _went_back(uow: UnitOfWork) -> dict[str, Any] | None:
    """Say that the store was restored and nothing leaves, until two people have lifted it."""
    found = uow.restores.open()
    if found is None:
        return None
    return {
        "epoch": found.epoch, "cause": found.cause.value, "cause_zh": found.cause.zh,
        "found_at": found.found_at.isoformat(), "files_open": uow.restores.files_open(),
        "scanned": found.scanned_at is not None, "proposed_by": found.proposed_by,
    }  # fmt: skip


def sources(services: Services, uow: UnitOfWork) -> list[dict[str, Any]]:
    """Return each source expected today: partner, source, by when, arrived, missing or awaited."""
    return _sources(services.today(), services.now(), services, uow)


def _counts(name: str, backlog: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    return [{name: key, **states} for key, states in sorted(backlog.items())]


def _sources(day: date, now: datetime, services: Services, uow: UnitOfWork) -> list[dict[str, Any]]:
    """Say of each source expected today whether it is there, missing, or not yet due."""
    if not services.calendar.is_working(day):
        return []
    found = []
    for one in expected_sources(services):
        arrived = uow.arrivals.has_come(day, partner=one.partner, source=one.source)
        due_at = datetime.combine(day, one.by, services.settings.time_zone)
        state = "arrived" if arrived else "missing" if now >= due_at else "awaited"
        found.append(
            {
                "partner": one.partner,
                "source": one.source.value,
                "by": one.by.strftime("%H:%M"),
                "state": state,
            }
        )
    return found
