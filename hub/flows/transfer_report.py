"""What transfers look like: one case whole, what is due, and a month's table per other office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.domain.transfer_clock import Clock, clocks
from hub.domain.transfer_missing import Lack, missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hub.domain.region_message import RegionMessage
    from hub.domain.transfer_case import Proposal, TransferCase
    from hub.domain.transfer_kinds import Step
    from hub.flows.services import Services
    from hub.store.transfers import Noted


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One case with all that belongs to it."""

    case: TransferCase
    lacks: tuple[Lack, ...]
    clocks: tuple[Clock, ...]
    timeline: list[Noted]
    proposals: list[Proposal]
    messages: list[RegionMessage]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A clock that runs, and how many working days are left; negative once it is late."""

    case: TransferCase
    clock: Clock
    left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """How one office did with one step in one month: of what was due, in time or late.

    `open_late`: late and still not done. `mean_days`: working days from start to end, of those
    that were done.
    """

    counterpart: str
    ours: bool
    step: Step
    due: int
    on_time: int
    late: int
    open_late: int
    mean_days: float | None


def view(case_id: int, services: Services) -> View:
    """Return one case with its timeline, what is missing, its clocks and messages."""
    with services.store.read() as uow:
        case = uow.transfers.get(case_id)
        refs = {case.ref, case.peer_ref or case.ref}
        return View(
            case=case,
            lacks=missing(case),
            clocks=clocks(case, services.calendar),
            timeline=uow.transfers.timeline(case_id),
            proposals=uow.transfers.approvals.of(case_id),
            messages=[one for ref in sorted(refs) for one in uow.region_messages.of_case(ref)],
        )


def due(services: Services) -> list[Due]:
    """Return every clock that runs or stands, the most urgent first; those without a day last."""
    today, calendar = services.today(), services.calendar
    with services.store.read() as uow:
        cases = uow.transfers.list(live=True)
    found = [
        Due(case=case, clock=clock, left=_left(clock, today, services))
        for case in cases
        for clock in clocks(case, calendar)
        if clock.is_open
    ]
    return sorted(found, key=lambda one: (one.left is None, one.left or 0, one.case.id))


def table(first: date, last: date, services: Services) -> list[Punctuality]:
    """Return how punctual each other office, and we towards it, were with what was due then."""
    today = services.today()
    with services.store.read() as uow:
        cases = uow.transfers.list(since=first)
    groups: dict[tuple[str, bool, Step], list[Clock]] = {}
    for case in cases:
        for clock in clocks(case, services.calendar):
            if clock.due_on is not None and first <= clock.due_on <= last:
                key = (case.counterpart, clock.ours, clock.step)
                groups.setdefault(key, []).append(clock)
    return [
        _punctuality(key, found, today, services)
        for key, found in sorted(groups.items(), key=lambda one: (one[0][0], one[0][1], one[0][2]))
    ]


def _punctuality(
    key: tuple[str, bool, Step], found: list[Clock], today: date, services: Services
) -> Punctuality:
    counterpart, ours, step = key
    late = [one for one in found if one.is_late(today)]
    done = [one for one in found if one.ended_on is not None]
    days = list(_days(done, services))
    return Punctuality(
        counterpart=counterpart, ours=ours, step=step, due=len(found),
        on_time=sum(1 for one in done if not one.is_late(today)), late=len(late),
        open_late=sum(1 for one in late if one.is_open),
        mean_days=round(sum(days) / len(days), 1) if days else None,
    )  # fmt: skip


def _days(done: list[Clock], services: Services) -> Iterator[int]:
    for one in done:
        if one.ended_on is not None:
            yield services.calendar.count(one.started_on, one.ended_on)


def _left(clock: Clock, today: date, services: Services) -> int | None:
    if clock.due_on is None:
        return None
    if clock.due_on >= today:
        return services.calendar.count(today, clock.due_on)
    return -services.calendar.count(clock.due_on, today)
