"""A received file becomes facts: found by its name, read whole, checked, stored.

A file is read completely before anything is written, so it is taken whole or refused whole. What
then becomes of it stands in `hub.flows.file_outcomes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.bulk.intake import take_in
from hub.errors import Rejected
from hub.flows import payout_answers, payout_intake
from hub.flows.file_outcomes import FileRead, accept, open_conflict, refuse_read, sender_of
from hub.flows.scratch import scratch
from hub.mappings.file_names import match
from hub.mappings.unpack import plain_name, unpacked
from hub.store.inbox import InboxState

if TYPE_CHECKING:
    from hub.flows.routed import Routed
    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received
    from hub.store.tasks import Task

FACTS: Final = "facts.parquet"
OURS: Final = frozenset({"archive_missing", "store_damaged"})  # no fault of the file


def ingest(task: Task, services: Services) -> None:
    """Read the received file that the task names.

    A second run finds it read and does nothing.
    """
    ingest_received(int(task.subject_id), services)


def ingest_received(inbox_id: int, services: Services) -> None:
    """Read a received file, unless it was read or has no effect."""
    with services.store.read() as uow:
        received = uow.inbox.get(inbox_id)
        if not _is_to_be_read(received, uow):
            return
    try:
        accept(received, _read(received, services), services)
    except Rejected as error:
        if error.code in OURS:
            raise
        refuse_read(received, error, services)


def hold(task: Task, services: Services) -> None:
    """Show a person that a file is held: its name was used before for other content."""
    at, today = services.now(), services.today()
    partner = sender_of(int(task.subject_id), services)

    def unit(uow: UnitOfWork) -> None:
        received = uow.inbox.get(int(task.subject_id))
        if received.state is InboxState.HELD:
            open_conflict(received, partner, uow, on=today, at=at)

    services.store.transact(unit)


def _is_to_be_read(received: Received, uow: UnitOfWork) -> bool:
    """Tell whether a file is to be read: a new one is, and a repeat of a list without rows.

    Such lists may have the same bytes every day, and each says that its own day brought nothing.
    """
    if received.state is InboxState.DUPLICATE and received.earlier_id is not None:
        earlier = uow.inbox.get(received.earlier_id)
        return earlier.state is InboxState.READ and earlier.rows == 0
    return received.state is InboxState.RECEIVED


def _read(received: Received, services: Services) -> FileRead:
    name = plain_name(received.name)
    partner, layout = services.catalog.identify(received.channel, name)
    if layout.source is None:
        return FileRead(partner, layout, routed=_routed(received, layout, services))
    original = services.archive.path(received.sha256)
    size_bytes_max = services.settings.limits.file_bytes_max
    with (
        scratch(services) as folder,
        unpacked(
            original, file=received.name, size_bytes_max=size_bytes_max, work_dir=folder
        ) as path,
    ):
        facts = folder / FACTS
        intake = take_in(
            path,
            layout,
            file=received.name,
            file_values=match(layout.file_name, name) or {},
            limits=services.settings.limits,
            out=facts,
        )
        return FileRead(partner, layout, intake, services.archive.put_file(facts).sha256)


def _routed(received: Received, layout: Layout, services: Services) -> Routed | None:
    """Read what carries no facts but does something; `None` for a file that is only kept."""
    if payout_intake.is_list(layout):
        return payout_intake.routed(received, layout, services)
    if payout_answers.is_answer(layout):
        return payout_answers.routed(received, layout, services)
    return None
