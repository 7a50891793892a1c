"""What two people order about a batch whose file is made: withdraw it, or send it again.

The first proposes, another confirms; both look at the file's real state at the other side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from hub.domain.approval import named, same_person
from hub.errors import Rejected

if TYPE_CHECKING:
    from datetime import datetime


class OrderKind(StrEnum):
    """What is ordered."""

    WITHDRAW = "withdraw"  # 撤回: the file never leaves; its payments wait for another batch
    RESEND = "resend"  # 重发: the same bytes once more, because the bank asks for them

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return "撤回" if self is OrderKind.WITHDRAW else "重发"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOrder:
    """One order. `file_name` is the name under which a file is sent again.

    `proof_sha256` shows that a withdrawn file never left, `digest` is what its list's waiting
    payments are after that. `begun_at` and `done_at` are of sending again.
    """

    id: int
    kind: OrderKind
    batch_id: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    proof_sha256: str | None = None
    digest: str | None = None
    file_name: str | None = None
    begun_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def is_confirmed(self) -> bool:
        """Tell whether two people want it."""
        return self.confirmed_by is not None

    def confirm(self, person: str, *, at: datetime) -> BatchOrder:
        """Confirm it as another person than the one who proposed it."""
        if same_person(person, self.proposed_by):
            raise Rejected("batch_order_same_person", kind=self.kind.zh, batch=self.batch_id)
        return replace(self, confirmed_by=named(person), confirmed_at=at)
