"""A message between regions as one side keeps it for ever: its bytes, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.envelope import Envelope, Sealed, open_wire

if TYPE_CHECKING:
    from datetime import datetime

RECEIPT: Final = "admin.receipt"
RESEND: Final = "admin.resend"
UNNUMBERED_TYPES: Final = frozenset({RECEIPT, RESEND})
"""They mend the order or prove it, so they stand outside it and no receipt is owed for them."""


class Direction(StrEnum):
    """Who wrote it: we (`out`) or the other region (`in`)."""

    OUT = "out"
    IN = "in"

    @property
    def zh(self) -> str:
        """Return 发出 or 收到."""
        return "发出" if self is Direction.OUT else "收到"


class MessageState(StrEnum):
    """Where a message is: ours wait for a signed receipt, theirs for their turn."""

    SENT = "sent"
    DELIVERED = "delivered"  # the receipt says: received and applied
    DECLINED = "declined"  # the receipt says: received and refused
    PARKED = "parked"  # an earlier one of this sender is missing
    APPLIED = "applied"
    REFUSED = "refused"

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ZH[self]


_ZH: Final = {
    MessageState.SENT: "已发出，待回执",
    MessageState.DELIVERED: "对方已收妥",
    MessageState.DECLINED: "对方已收到但拒收",
    MessageState.PARKED: "等待前序报文",
    MessageState.APPLIED: "已办理",
    MessageState.REFUSED: "已拒收",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionMessage:
    """One message and its fate.

    `at`: when we sealed it, or when its bytes reached us (the legal delivery time). `due_at`:
    until when its receipt, or what must come before it, is awaited. `settled_at`: when it reached
    the other side, as their receipt says, or when we applied or refused it. `code`: why refused.
    `arrival`: the row of `messages_in` that brought it.
    """

    direction: Direction
    peer: str
    wire: bytes
    sha256: str
    envelope: Envelope
    state: MessageState
    at: datetime
    due_at: datetime | None = None
    settled_at: datetime | None = None
    code: str | None = None
    arrival: int | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """Return the id that its sender gave it."""
        return self.envelope.id

    def sealed(self) -> Sealed:
        """Return the message opened again, its body unread."""
        return open_wire(self.wire)
