"""A file that leaves: its row in the outbox and the task that delivers it, in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.lanes import delivery_lane

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing

DELIVER: Final = "deliver"  # the step that delivers one file


def put_out(
    uow: UnitOfWork,
    *,
    channel: str,
    name: str,
    sha256: str,
    at: datetime,
    due_at: datetime | None = None,
    original_sha256: str | None = None,
) -> Outgoing:
    """Put a file into a channel's outbox, to be delivered once it is due: now, unless told.

    `original_sha256`: what it was before it was encrypted or signed for the partner.
    """
    outgoing = uow.outbox.add(
        channel=channel, file_name=name, content_sha256=sha256, at=at,
        original_sha256=original_sha256,
    )  # fmt: skip
    queue(outgoing, uow, at=at, due_at=due_at)
    return outgoing


def queue(
    outgoing: Outgoing, uow: UnitOfWork, *, at: datetime, due_at: datetime | None = None
) -> None:
    """Have a file of the outbox delivered, or looked at again by who delivers."""
    uow.tasks.add(
        queue=delivery_lane(outgoing.channel), step=DELIVER, subject_id=str(outgoing.id), at=at,
        due_at=due_at,
    )  # fmt: skip
