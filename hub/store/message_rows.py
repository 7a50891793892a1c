"""Messages as rows: those to send, those that arrived."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from hub.ports import Message

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row


class OutState(StrEnum):
    """Where a message is on its way out."""

    QUEUED = "queued"  # not sent, or what became of it is not known: it goes (again)
    CONFIRMED = "confirmed"  # durably with the broker or in the recipient's folder
    BLOCKED = "blocked"  # no queue wants it; a person sees to that and orders it again


class InState(StrEnum):
    """What became of a message that arrived."""

    NEW = "new"
    APPLIED = "applied"
    REFUSED = "refused"  # no effect; it is in quarantine too
    PARKED = "parked"  # came early, or waits for a person


@dataclass(frozen=True, slots=True)
class Queued:
    """One message that is to leave now: its row of `messages_out`, and what the road carries."""

    id: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageOut:
    """One message to send. `attempts` counts those that did not end with a confirmation."""

    id: int
    road: str
    message: Message
    state: OutState
    attempts: int
    note: str | None
    changed_at: datetime

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the message that a row of the table holds."""
        return cls(
            id=row.id, road=row.road, message=_message(row), state=OutState(row.state),
            attempts=row.attempts, note=row.note, changed_at=row.changed_at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageIn:
    """One message that arrived; `message.sender` is the account that the broker vouches for."""

    id: int
    road: str
    queue: str
    message: Message
    sha256: str
    state: InState
    note: str | None
    received_at: datetime
    changed_at: datetime

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the message that a row of the table holds."""
        return cls(
            id=row.id, road=row.road, queue=row.queue, message=_message(row, row.source),
            sha256=row.sha256, state=InState(row.state), note=row.note,
            received_at=row.received_at, changed_at=row.changed_at,
        )  # fmt: skip


def headers_of(text: str) -> dict[str, str]:
    """Return headers from the text that the store keeps of them (`headers_text`)."""
    found: dict[str, str] = json.loads(text) if text != "{}" else {}
    return found


def _message(row: Row[Any], sender: str = "") -> Message:
    return Message(
        id=row.message_id, type=row.type, key=row.key, body=row.body, at=row.at,
        headers=headers_of(row.headers), sender=sender,
    )  # fmt: skip
