"""Payouts (基金拨付): the list that a benefit desk hands over, its items, and the bank's batches.

A list (明细清单) is checked, signed by different people (《社会保险基金拨付审批表》), released,
and split into batches, one file each. An entitlement - person, benefit, period - is paid once:
it has at most one live attempt, and another attempt only after proof that the last one came
back. A bank's answer that leaves the outcome open keeps the attempt alive. Amounts are fen,
periods are integers `yyyymm`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.domain.approval import Approval, named, same_person
from hub.domain.discrepancy import worded
from hub.domain.payout_state import (
    BACK,
    BEFORE_RELEASE,
    LIVE,
    NEXT,
    BatchState,
    ItemState,
    ListState,
    PayoutKind,
)
from hub.domain.way import way_of
from hub.errors import Rejected

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = [
    "BACK", "BEFORE_RELEASE", "LIVE", "NEXT", "NOBODY_YET", "BatchState", "Finding", "ItemState",
    "ListState", "PayoutBatch", "PayoutItem", "PayoutKind", "PayoutList", "Stop",
]  # fmt: skip

NOBODY_YET: Final = Approval(levels=2)
"""No signatures; how many are needed is known when the list is checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutList:
    """A list with its approval form (拨付审批表). Changes are counted by `version`.

    `key` names it once among all lists. `fund` is the insurance kind whose books it is in.
    `item_count` and `total_fen` are of the accepted items; `stated_count` and `stated_fen` are
    what the desk's list had. `digest` is the SHA-256 of what is signed. `made_by` put it together
    by hand; a list that came as a file has none.
    """

    id: int
    key: str
    kind: PayoutKind
    fund: str
    title: str
    month: int
    state: ListState
    item_count: int
    total_fen: int
    stated_count: int
    stated_fen: int
    source_sha256: str
    added_at: datetime
    approval: Approval = NOBODY_YET
    digest: str | None = None
    inbox_id: int | None = None
    made_by: str | None = None
    ended_by: str | None = None
    reason: str | None = None
    version: int = 1

    def sign(self, person: str, *, digest: str, at: datetime) -> PayoutList:
        """Sign what `digest` stands for; the last signature needed approves the list.

        `Rejected` when this person made the list or signed it already, or it is not this digest.
        """
        self.require_state(ListState.CHECKED, ListState.REVIEWED)
        if digest != self.digest:
            raise Rejected("payout_digest_differs", id=self.id)
        if self.made_by is not None and same_person(person, self.made_by):
            raise Rejected("payout_maker_signs", id=self.id)
        approval = self.approval.sign(person, at=at)
        state = ListState.APPROVED if approval.is_complete else ListState.REVIEWED
        return replace(self, approval=approval, state=state)

    def void(self, digest: str) -> PayoutList:
        """Take all signatures back, because what was signed is not what is there now."""
        approval = replace(self.approval, signatures=())
        return replace(self, approval=approval, state=ListState.CHECKED, digest=digest)

    def cancel(self, *, person: str, reason: str) -> PayoutList:
        """Cancel a list that was not released."""
        self.require_state(*BEFORE_RELEASE)
        return replace(
            self, state=ListState.CANCELLED, ended_by=named(person), reason=worded(reason)
        )

    def release(self) -> PayoutList:
        """Let an approved list go to the banks; there is no way back."""
        self.require_state(ListState.APPROVED)
        return replace(self, state=ListState.RELEASED)

    def require_state(self, *states: ListState) -> None:
        """Refuse what is not possible in this state."""
        if self.state not in states:
            expected = "、".join(state.value for state in states)
            raise Rejected(
                "payout_list_state", id=self.id, found=self.state.value, expected=expected,
                way=way_of(self.kind).value,
            )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutItem:
    """One attempt to pay one entitlement.

    `attempt` counts from 1; from 2 on `repairs_id` is the returned item that it repairs.
    `bank` is the code of the partner that carries it out, `bank_no` the payee's bank (CNAPS).
    `evidence` says what proves the end: `inbox:12/line:33`, `decision:7`.
    """

    id: int
    list_id: int
    item_no: int
    person_id: str
    person_name: str
    benefit: str
    period: int
    amount_fen: int
    bank: str
    account_no: str
    account_name: str
    end_to_end_id: str
    bank_no: str | None = None
    attempt: int = 1
    repairs_id: int | None = None
    state: ItemState = ItemState.LISTED
    batch_id: int | None = None
    outcome_code: str | None = None
    outcome_raw: str | None = None
    outcome_version: str | None = None
    evidence: str | None = None
    settled_on: date | None = None

    @property
    def entitlement(self) -> tuple[str, str, int]:
        """Return what is paid once: person, benefit, period."""
        return (self.person_id, self.benefit, self.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutBatch:
    """One file for one bank. Everything that its bytes depend on is fixed before it is built."""

    id: int
    list_id: int
    bank: str
    kind: PayoutKind
    fund: str
    business_on: date
    sequence: int
    message_id: str
    file_name: str
    item_count: int
    total_fen: int
    created_at: datetime
    state: BatchState = BatchState.READY
    content_sha256: str | None = None
    outgoing_id: int | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check says about an item; `refuses` strikes it from the list, else it is a doubt.

    `code` is a refusal code with words in both languages; no identity or account numbers.
    """

    item_no: int
    code: str
    refuses: bool
    field: str | None = None
    other_no: int | None = None  # the item, or with `other_list_id` the earlier one, that it meets
    other_list_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A benefit that is not to be paid (停发): a death that a bank reported, or a decision."""

    person_id: str
    benefit: str | None  # every benefit, if absent
    reason: str
    evidence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A stop as it is kept, and who lifted it when, if anybody has."""

    stop: Stop
    lifted_by: str | None = None
    lifted_at: datetime | None = None

    def is_of(self, benefit: str) -> bool:
        """Tell whether a benefit is among what was stopped."""
        return self.stop.benefit in (None, benefit)
