"""What becomes of a file once it was looked at: taken, refused, or held for a person.

A refusal is a result and not a failure: the file's row says why, in both languages and with the
place, a discrepancy tells a person, and the files beside it go on. Each outcome is one unit of
work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.flows.events import end_event, file_conflict, file_refused, open_event, source_missing
from hub.flows.protect import repeats
from hub.flows.receive import QUEUE
from hub.flows.schedule import missing_sources
from hub.store.arrivals import Part
from hub.store.inbox import InboxState

if TYPE_CHECKING:
    from datetime import date, datetime

    from hub.bulk.intake import Intake
    from hub.errors import Rejected
    from hub.flows.protect import Opened
    from hub.flows.routed import Routed
    from hub.flows.services import Services
    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received

DEVIATIONS_NOTED_MAX: Final = 20  # in the journal; the rest is counted
REASON_CHARS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class FileRead:
    """What a file turned out to be: facts, something else with an effect, or neither."""

    partner: Partner
    layout: Layout
    intake: Intake | None = None
    facts_sha256: str | None = None
    routed: Routed | None = None
    read_as: Opened | None = None  # for files of partners that protect theirs


def accept(received: Received, read: FileRead, services: Services) -> None:
    """Take a file that was read: its arrival, its journal row, and what it makes due."""
    at, today = services.now(), services.today()
    intake = read.intake
    said = read.intake or read.routed

    def unit(uow: UnitOfWork) -> None:
        if received.state is InboxState.DUPLICATE:
            if intake is not None and not _has_arrived(received, read.partner.code, intake, uow):
                _note_read(received, read, uow, at=at)
                _arrive(received, read, services, uow, at=at)
            if read.routed is not None and read.routed.repeats:
                read.routed.effect(uow, at)
            return
        rows = said.rows if said else 0
        if read.read_as and repeats(read.read_as, read.partner.code, rows, uow):
            _note_repeated(received, read, uow, at=at)
            return
        marked = uow.inbox.mark_read(
            received.id,
            partner=read.partner.code,
            layout=read.layout.name,
            layout_sha256=read.layout.sha256,
            rows=rows,
            business_key=said.business_key if said else None,
            at=at,
            deviations=intake.deviations if intake else (),
        )
        if marked.state is InboxState.HELD:
            open_conflict(marked, read.partner.code, uow, on=today, at=at)
            return
        end_event(file_refused(received), uow, at=at)
        end_event(file_conflict(received), uow, at=at)
        _note_read(received, read, uow, at=at)
        if intake is not None:
            _arrive(received, read, services, uow, at=at)
        if read.routed is not None:
            read.routed.effect(uow, at)

    services.store.transact(unit)


def refuse_read(received: Received, error: Rejected, services: Services) -> None:
    """Refuse a file that cannot be read or does not add up, and tell a person why."""
    at, today = services.now(), services.today()
    partner = sender_of(received.id, services)
    reason = error.explain("zh")[:REASON_CHARS_MAX]

    def unit(uow: UnitOfWork) -> None:
        uow.inbox.mark_refused(received.id, error=error.as_dict(), at=at)
        refused = file_refused(received, partner=partner, note=f"{received.name}: {reason}")
        open_event(refused, uow, on=today, at=at)
        uow.journal.note(
            "file.refused",
            f"inbox:{received.id}",
            at=at,
            actor="collection",
            name=received.name,
            sha256=received.sha256,
            code=error.code,
            partner=partner,
        )

    services.store.transact(unit)


def open_conflict(
    received: Received, partner: str | None, uow: UnitOfWork, *, on: date, at: datetime
) -> None:
    """Show a person that a held file contradicts an earlier one; showing it again is harmless."""
    why = f"{received.novelty.value}: {received.name}"
    if open_event(file_conflict(received, partner=partner, note=why), uow, on=on, at=at):
        uow.journal.note(
            "file.conflict",
            f"inbox:{received.id}",
            at=at,
            actor="collection",
            name=received.name,
            sha256=received.sha256,
            novelty=received.novelty.value,
            partner=partner,
        )


def sender_of(inbox_id: int, services: Services) -> str | None:
    """Return the only partner of a file's channel; `None` when several could have sent it."""
    with services.store.read() as uow:
        channel = uow.inbox.get(inbox_id).channel
    partners = [p.code for p in services.catalog.partners.values() if p.channel == channel]
    return partners[0] if len(partners) == 1 else None


def _has_arrived(received: Received, partner: str, intake: Intake, uow: UnitOfWork) -> bool:
    """Tell whether a repeat brought what it says already, itself or as the file that it repeats."""
    there = uow.arrivals.since(intake.source, intake.day, until=intake.day)
    part = _part(intake)
    return any(
        arrival.inbox_id == received.id
        or (part is not None and arrival.part == part and arrival.partner == partner)
        for arrival in there
    )


def _arrive(
    received: Received, read: FileRead, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    intake, sha256 = read.intake, read.facts_sha256
    assert intake is not None and sha256 is not None  # noqa: S101, PT018 -- facts were read
    partner = read.partner.code
    uow.arrivals.add(
        inbox_id=received.id,
        partner=partner,
        source=intake.source,
        day=intake.day,
        rows=intake.rows,
        total_fen=intake.total_fen,
        facts_sha256=sha256,
        at=at,
        period_min=intake.period_min,
        period_max=intake.period_max,
        part=_part(intake),
    )
    if uow.arrivals.has_come(intake.day, partner=partner, source=intake.source):
        end_event(source_missing(intake.day, partner, intake.source), uow, at=at)
    _plan_reconcile(intake.day, received.trace_id, services, uow, at=at)


def _plan_reconcile(
    day: date, trace_id: str, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Make the reconciliation due now when the day is complete, or was reconciled without this."""
    latest = uow.runs.latest()
    if latest is not None and day <= latest.as_of:
        day = latest.as_of
    elif missing_sources(day, services, uow):
        return
    uow.tasks.add(
        queue=QUEUE, step="reconcile", subject_id=day.isoformat(), at=at, trace_id=trace_id
    )


def _note_read(received: Received, read: FileRead, uow: UnitOfWork, *, at: datetime) -> None:
    intake = read.intake
    facts: dict[str, Any] = {}
    if read.read_as is not None:
        facts = {"vouched": read.read_as.vouched, "content_sha256": read.read_as.received.sha256}
    if intake is not None:
        facts |= {
            "source": intake.source.value,
            "day": intake.day.isoformat(),
            "rows": intake.rows,
            "total_fen": intake.total_fen,
            "facts_sha256": read.facts_sha256,
        }
        if intake.deviations:
            facts["deviations"] = len(intake.deviations)
            facts["deviating"] = [d.text for d in intake.deviations[:DEVIATIONS_NOTED_MAX]]
    uow.journal.note(
        "file.read",
        f"inbox:{received.id}",
        at=at,
        actor="collection",
        name=received.name,
        partner=read.partner.code,
        layout=read.layout.name,
        layout_sha256=read.layout.sha256,
        **facts,
    )


def _note_repeated(received: Received, read: FileRead, uow: UnitOfWork, *, at: datetime) -> None:
    """Note that a file holds what was read before, though it was sealed anew."""
    end_event(file_refused(received), uow, at=at)
    uow.journal.note(
        "file.repeated", f"inbox:{received.id}", at=at, actor="collection", name=received.name,
        partner=read.partner.code, sha256=received.sha256,
    )  # fmt: skip


def _part(intake: Intake) -> Part | None:
    if intake.part is None:
        return None
    pack_no, no, count = intake.part
    return Part(pack_no=pack_no, no=no, count=count)
