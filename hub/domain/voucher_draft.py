"""Voucher drafts (凭证草稿): one person prepares (制单), another one confirms (复核)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from hub.domain.approval import named, same_person
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from hub.domain.voucher import Document


class DraftState(StrEnum):
    """What became of a draft."""

    OPEN = "open"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manual:
    """An event that a person wants to book: what a notice or a slip says; the amount in fen."""

    event: str
    subject: str
    fund: str
    amount_fen: int
    on: date
    documents: tuple[Document, ...]
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """A voucher that a person wants to reverse, and why."""

    no: str
    fund: str
    on: date
    reason: str
    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherDraft:
    """What somebody prepared, and who ended it. `voucher_no` is what became of it."""

    id: int
    content: Manual | Undoing
    prepared_by: str
    prepared_at: datetime
    state: DraftState = DraftState.OPEN
    ended_by: str | None = None
    ended_at: datetime | None = None
    voucher_no: str | None = None

    def confirmed(self, person: str, *, no: str, at: datetime) -> VoucherDraft:
        """Return it booked by another person than the one who prepared it."""
        self.require_other(person)
        return replace(
            self, state=DraftState.BOOKED, ended_by=named(person), ended_at=at, voucher_no=no
        )

    def withdrawn(self, person: str, *, at: datetime) -> VoucherDraft:
        """Return it withdrawn, by whoever it was."""
        self._require_open()
        return replace(self, state=DraftState.WITHDRAWN, ended_by=named(person), ended_at=at)

    def require_other(self, person: str) -> None:
        """Refuse the person who prepared it, and a draft that has ended."""
        self._require_open()
        if same_person(person, self.prepared_by):
            raise Rejected("voucher_same_person", id=self.id)

    def _require_open(self) -> None:
        if self.state is not DraftState.OPEN:
            raise Rejected("voucher_draft_ended", id=self.id, found=self.state.value)
