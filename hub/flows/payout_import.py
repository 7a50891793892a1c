"""A desk's list that somebody hands in at the command line takes the way of every file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.errors import Rejected
from hub.flows.ingest import ingest_received
from hub.flows.receive import receive
from hub.store.inbox import InboxState

if TYPE_CHECKING:
    from pathlib import Path

    from hub.domain.payout import PayoutList
    from hub.flows.services import Services


def import_list(
    path: Path, channel: str, services: Services, *, person: str | None = None
) -> PayoutList:
    """Receive a list, read and check it; returns it as it is then.

    `person` is who hands it in, for the journal. The same file again is the list that is there.
    `payout_import_without_list` when it was refused or is held.
    """
    with path.open("rb") as content:
        received = receive(channel, path.name, content, services)
    if person is not None:
        who, at = named(person), services.now()
        services.store.transact(
            lambda uow: uow.journal.note(
                uow.way.event("handed_in"), f"inbox:{received.id}", at=at, actor="person",
                person=who, name=path.name, sha256=received.sha256,
            )
        )  # fmt: skip
    ingest_received(received.id, services)
    with services.store.read() as uow:
        now = uow.inbox.get(received.id)
        repeated = now.earlier_id if now.state is InboxState.DUPLICATE else None
        payout = uow.payouts.of_inbox(repeated or now.id)
    if payout is None:
        why = str((now.error or {}).get("zh") or now.novelty.value)
        raise Rejected("payout_import_without_list", why=why, inbox_id=now.id)
    return payout
