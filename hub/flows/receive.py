"""Bytes come in: archive, inbox row, first task, journal, in one transaction after the archive.

Files and, later, messages take the same way. Every order of crash is safe: the archive keeps
bytes under their digest before a row names them, and what was not moved aside in the channel is
seen again and found to be a repeat, which has no effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final
from uuid import uuid4

from hub.errors import Rejected
from hub.flows.restored import note_came
from hub.store.inbox import InboxState, Novelty

if TYPE_CHECKING:
    from datetime import datetime

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received
    from hub.store.tasks import Task

QUEUE: Final = "collection"

_EVENTS: Final = {
    Novelty.NEW: "file.received",
    Novelty.REPEAT: "file.repeated",
    Novelty.NAME_REUSED: "file.held",
    Novelty.KEY_CONFLICT: "file.held",
}
# What is due for a file: reading it, or showing a person that it was held back. A repeat has no
# effect, unless it is a list without rows: it may have the same bytes every day.
_STEPS: Final = {
    Novelty.NEW: "ingest",
    Novelty.REPEAT: "ingest",
    Novelty.NAME_REUSED: "hold",
}


def receive(
    channel: str,
    name: str,
    content: BinaryIO,
    services: Services,
    *,
    uow: UnitOfWork | None = None,
) -> Received:
    """Keep one file and say what is due for it.

    New content is to be ingested. Known content, under whatever name, is recorded as a repeat
    and counts nothing. A known name with other content is held for a person to decide.
    `Rejected("file_too_large")` when it passes the limit; then nothing is kept. With `uow` it is
    part of that unit.
    """
    size_bytes_max = services.settings.limits.file_bytes_max
    stored = services.archive.put(content, size_bytes_max=size_bytes_max)
    at = services.now()
    trace_id = uuid4().hex
    note_came(channel, name, stored.sha256, services)

    def unit(uow: UnitOfWork) -> Received:
        received = uow.inbox.add(
            channel=channel,
            name=name,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            at=at,
            trace_id=trace_id,
        )
        step = _STEPS.get(received.novelty)
        if step is not None:
            uow.tasks.add(
                queue=QUEUE, step=step, subject_id=str(received.id), at=at, trace_id=trace_id
            )
        uow.journal.note(
            _EVENTS[received.novelty],
            f"inbox:{received.id}",
            at=at,
            actor=f"inbox:{channel}",
            channel=channel,
            name=name,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
        )
        return received

    return services.store.transact(unit) if uow is None else unit(uow)


def require_size(size_bytes: int, services: Services) -> None:
    """Refuse a file by its announced size, before any byte of it is read."""
    size_bytes_max = services.settings.limits.file_bytes_max
    if size_bytes > size_bytes_max:
        raise Rejected("file_too_large", size_bytes=size_bytes, size_bytes_max=size_bytes_max)


def release(inbox_id: int, *, person: str, services: Services) -> Received:
    """Let a held file go on, by a person's decision: it is read like any new one."""
    at = services.now()

    def unit(uow: UnitOfWork) -> Received:
        received = uow.inbox.release(inbox_id, person=person, at=at)
        _add_ingest(received, at, uow)
        uow.journal.note("file.released", f"inbox:{inbox_id}", at=at, actor="person", person=person)
        return received

    return services.store.transact(unit)


def replay(inbox_id: int, *, person: str, services: Services) -> Task:
    """Let an archived original be read again, as when a layout was corrected.

    Nothing counts twice: facts are named by their content and a file has one arrival. Only what
    was refused or read can be replayed, and its bytes must still be in the archive.
    """
    at = services.now()

    def unit(uow: UnitOfWork) -> Task:
        received = uow.inbox.get(inbox_id)
        if received.state not in (InboxState.READ, InboxState.REFUSED):
            raise Rejected("replay_not_possible", inbox_id=inbox_id, state=received.state.value)
        services.archive.path(received.sha256)
        uow.inbox.reopen(inbox_id)
        uow.journal.note("file.replayed", f"inbox:{inbox_id}", at=at, actor="person", person=person)
        return _add_ingest(received, at, uow)

    return services.store.transact(unit)


def _add_ingest(received: Received, at: datetime, uow: UnitOfWork) -> Task:
    return uow.tasks.add(
        queue=QUEUE,
        step="ingest",
        subject_id=str(received.id),
        at=at,
        trace_id=received.trace_id,
    )


def refuse(channel: str, name: str, error: Rejected, services: Services) -> None:
    """Record a file that was not taken in; it stays with the partner, moved aside."""
    at = services.now()
    services.store.transact(
        lambda uow: uow.journal.note(
            "file.refused",
            f"channel:{channel}",
            at=at,
            actor=f"inbox:{channel}",
            name=name,
            code=error.code,
        )
    )
