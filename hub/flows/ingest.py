"""A received file becomes facts: found by its name, read whole, checked, stored.

A file is read completely before anything is written, so it is taken whole or refused whole. What
then becomes of it stands in `hub.flows.file_outcomes`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.bulk.intake import take_in
from hub.errors import Rejected
from hub.flows import (
    bank_intake,
    payout_answers,
    payout_intake,
    protect,
    received_file,
    transfer_paper,
)
from hub.flows.file_outcomes import FileRead, accept, open_conflict, refuse_read, sender_of
from hub.flows.restored import require_answerable
from hub.flows.scratch import scratch
from hub.mappings.file_names import match
from hub.mappings.unpack import plain_name
from hub.store.inbox import InboxState

if TYPE_CHECKING:
    from pathlib import Path

    from hub.flows.routed import Routed
    from hub.flows.services import Services
    from hub.mappings.catalog import Partner
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received
    from hub.store.tasks import Task

FACTS: Final = "facts.parquet"
OURS: Final = frozenset(
    {"archive_missing", "store_damaged", "protection_key_unusable", "secret_missing"}
)  # no fault of the file


def ingest(task: Task, services: Services) -> None:
    """Read the received file that the task names.

    A second run finds it read and does nothing.
    """
    ingest_received(int(task.subject_id), services)


def ingest_received(inbox_id: int, services: Services) -> None:
    """Read a received file, unless it was read or has no effect.

    A bank's waits while files of ours are outside and unknown: it may answer one of them.
    """
    with services.store.read() as uow:
        received = uow.inbox.get(inbox_id)
        if not _is_to_be_read(received, uow):
            return
        require_answerable(received.channel, services, uow)
    try:
        with scratch(services) as folder:
            accept(received, _read(received, services, folder), services)
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


def _read(received: Received, services: Services, folder: Path) -> FileRead:
    """Read a file to its end; what does not fit into memory waits in `folder`."""
    about = protect.signed_name(received, services)
    if about is not None:
        partner, layout = services.catalog.identify(received.channel, plain_name(about))
        return FileRead(partner, layout, routed=protect.signature(received, about))
    partner, layout = services.catalog.identify(received.channel, plain_name(received.name))
    read_as = protect.opened(received, partner, services, folder)
    if read_as is None:
        return _taken(received, partner, layout, services, folder)
    taken = _taken(read_as.received, partner, layout, services, folder)
    return replace(taken, read_as=read_as)


def _taken(
    received: Received, partner: Partner, layout: Layout, services: Services, folder: Path
) -> FileRead:
    """Read the plain file of a partner."""
    name = plain_name(received.name)
    if layout.source is None:
        return FileRead(partner, layout, routed=_routed(received, layout, services, folder))
    with received_file.plain(received, services, folder) as path:
        facts = folder / FACTS
        intake = take_in(
            path,
            layout,
            file=received.name,
            file_values=match(layout.file_name, name) or {},
            limits=services.settings.limits,
            out=facts,
        )
        kept = services.archive.put_file(facts).sha256
    return FileRead(partner, layout, intake, kept, bank_intake.beside(received, layout, services))


def _routed(received: Received, layout: Layout, services: Services, folder: Path) -> Routed | None:
    """Read what carries no facts but does something; `None` for a file that is only kept."""
    if payout_intake.is_list(layout):
        return payout_intake.routed(received, layout, services, folder)
    if payout_answers.is_answer(layout):
        return payout_answers.routed(received, layout, services, folder)
    if bank_intake.is_statement(layout):
        return bank_intake.routed(received, layout, services)
    if transfer_paper.is_paper(layout):
        return transfer_paper.routed(received, layout, services)
    return None
