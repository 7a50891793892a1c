"""Refunds of contributions that were taken too much (多收退款, 规程 10-3): a case and its life.

The cause decides which documents must be there and which desk confirms it. A confirmed case is
paid as one item of a payout list of the kind `refund`; from then on the case is where its latest
payment is, so a return by the bank comes back to it. Amounts are fen, periods `yyyymm`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hub.domain.approval import named, same_person
from hub.domain.desk import FINANCE, RELATIONS
from hub.domain.discrepancy import State, worded
from hub.domain.money import yuan_display
from hub.domain.payout import ItemState
from hub.domain.payout_form import end_to_end_id
from hub.domain.preflight import Place, item_of
from hub.domain.verdict import Verdict
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from hub.domain.discrepancy import Discrepancy
    from hub.domain.payout import PayoutItem

BENEFIT: Final = "退多收保险费"

OVER_COLLECTED: Final = frozenset({Verdict.OVER, Verdict.DUPLICATE})
"""The verdicts that show money which was taken too much."""


class RefundCause(StrEnum):
    """Who took too much."""

    AGENCY = "agency"  # 10-3(一)
    TAX = "tax"  # 10-3(二)

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return {RefundCause.AGENCY: "社保机构原因", RefundCause.TAX: "地税原因"}[self]

    @property
    def desk(self) -> str:
        """Return the desk that confirms a case of this cause."""
        return {RefundCause.AGENCY: RELATIONS, RefundCause.TAX: FINANCE}[self]


class RefundState(StrEnum):
    """Where a case is in its life."""

    OPEN = "open"  # 待审核: its documents are being gathered
    CHECKED = "checked"  # 已审核: confirmed, on no approval form
    LISTED = "listed"  # 拨付中: on an approval form, or with a bank
    RETURNED = "returned"  # 已退单: the bank sent it back; the account is to be corrected
    PAID = "paid"  # 已办结
    CANCELLED = "cancelled"  # 已撤销

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _STATE_ZH[self]


_STATE_ZH: Final = {
    RefundState.OPEN: "待审核",
    RefundState.CHECKED: "已审核",
    RefundState.LISTED: "拨付中",
    RefundState.RETURNED: "已退单",
    RefundState.PAID: "已办结",
    RefundState.CANCELLED: "已撤销",
}

_BY_PAYMENT: Final = {
    ItemState.LISTED: RefundState.LISTED,
    ItemState.IN_FLIGHT: RefundState.LISTED,
    ItemState.UNKNOWN: RefundState.LISTED,
    ItemState.RETURNED: RefundState.RETURNED,
    ItemState.PAID: RefundState.PAID,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDocument:
    """One document of a case; `kind` is a code of `refunds.documents`, the bytes are archived."""

    kind: str
    name: str
    sha256: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One case. Every change returns a new object; the store counts versions.

    `receipt_no` is the payment receipt (缴费凭证) of which too much was taken. `item_id` is the
    latest attempt to pay it. `bank` is the partner that carries it out.
    """

    id: int
    cause: RefundCause
    discrepancy_id: int
    payer_id: str
    payer_name: str
    fund: str
    period: int
    receipt_no: str
    amount_fen: int
    bank: str
    account_no: str
    account_name: str
    opened_by: str
    opened_at: datetime
    bank_no: str | None = None
    state: RefundState = RefundState.OPEN
    checked_by: str | None = None
    checked_at: datetime | None = None
    item_id: int | None = None
    ended_by: str | None = None
    reason: str | None = None
    version: int = 1

    @property
    def number(self) -> str:
        """Return the number that people call it by: `TF000007`."""
        return f"TF{self.id:06d}"

    @property
    def benefit(self) -> str:
        """Return what its payments are for; it names the case, which is so paid once."""
        return f"{BENEFIT} {self.number}"

    def check(self, person: str, *, missing: Sequence[str], at: datetime) -> Refund:
        """Confirm the case (审核确认) as another person than the one who opened it.

        `Rejected("refund_documents_missing")` names the documents that are not there.
        """
        self.require_state(RefundState.OPEN)
        if missing:
            raise Rejected("refund_documents_missing", id=self.id, missing="、".join(missing))
        if same_person(person, self.opened_by):
            raise Rejected("refund_same_person", id=self.id)
        return replace(self, state=RefundState.CHECKED, checked_by=named(person), checked_at=at)

    def cancel(self, *, person: str, reason: str) -> Refund:
        """End a case of which no payment is under way."""
        self.require_state(RefundState.OPEN, RefundState.CHECKED, RefundState.RETURNED)
        return replace(
            self, state=RefundState.CANCELLED, ended_by=named(person), reason=worded(reason)
        )

    def follow(self, latest: PayoutItem | None) -> Refund:
        """Return the case as its latest payment makes it; without one it waits for a form again.

        What was corrected for the payment is then what the case says.
        """
        if self.state in (RefundState.OPEN, RefundState.CANCELLED):
            return self
        if latest is None:
            return replace(self, state=RefundState.CHECKED, item_id=None)
        return replace(
            self, state=_BY_PAYMENT[latest.state], item_id=latest.id, bank=latest.bank,
            bank_no=latest.bank_no, account_no=latest.account_no, account_name=latest.account_name,
        )  # fmt: skip

    def require_state(self, *states: RefundState) -> None:
        """Refuse what is not possible in this state."""
        if self.state not in states:
            expected = "、".join(state.zh for state in states)
            raise Rejected("refund_state", id=self.id, found=self.state.zh, expected=expected)

    def require_apart(self, person: str) -> None:
        """Refuse the signature of one who opened or confirmed the case."""
        own = (self.opened_by, self.checked_by)
        if any(one is not None and same_person(person, one) for one in own):
            raise Rejected("refund_signer_took_part", id=self.id)


def require_over_collected(discrepancy: Discrepancy, refunded_fen: int) -> None:
    """Refuse refunds (their sum in fen) that a difference does not show to be owed."""
    difference = discrepancy.difference
    if difference.cause not in OVER_COLLECTED:
        raise Rejected(
            "refund_not_over_collected", discrepancy=discrepancy.id, found=difference.cause.zh
        )
    if discrepancy.state is State.CLOSED:
        raise Rejected("refund_discrepancy_closed", discrepancy=discrepancy.id)
    if refunded_fen > difference.amount_fen:
        raise Rejected(
            "refund_exceeds",
            discrepancy=discrepancy.id,
            over=yuan_display(difference.amount_fen),
            refunds=yuan_display(refunded_fen),
        )


def require_same_money(refund: Refund, discrepancy: Discrepancy) -> None:
    """Refuse a case whose payer, kind, period or receipt is not the one that the facts name."""
    difference = discrepancy.difference
    for field, mine, theirs in (
        ("payer_id", refund.payer_id, difference.payer_id),
        ("insurance_kind", refund.fund, difference.insurance_kind),
        ("period", refund.period, difference.period),
        ("receipt_no", refund.receipt_no, difference.receipt_no),
    ):
        if theirs is not None and mine != theirs:
            raise Rejected("refund_differs", discrepancy=discrepancy.id, field=field)


def payment_of(refund: Refund, *, item_no: int, source_sha256: str) -> PayoutItem:
    """Return the first attempt to pay a case, as an item of a list."""
    values = {
        "person_id": refund.payer_id, "person_name": refund.payer_name,
        "benefit": refund.benefit, "period": refund.period, "amount_fen": refund.amount_fen,
        "bank": refund.bank, "bank_no": refund.bank_no, "account_no": refund.account_no,
        "account_name": refund.account_name,
    }  # fmt: skip
    name = end_to_end_id(source_sha256, item_no, 1)
    return item_of(values, Place(list_id=0, item_no=item_no, end_to_end_id=name))


def number_in(benefit: str) -> int | None:
    """Return the id of the case that a payment's benefit names; `None` when it names none."""
    name, _, number = benefit.rpartition(" TF")
    digits = number.isascii() and number.isdecimal()
    return int(number) if name == BENEFIT and digits else None


def source_of(
    cases: Iterable[tuple[Refund, Sequence[RefundDocument]]], *, person: str, at: datetime
) -> bytes:
    """Return what an approval form of cases rests on: their facts and every document's SHA-256.

    It is archived, and computed again whenever somebody signs: what was not seen is not signed.
    """
    form = {
        "article": "10-3",
        "by": person,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "cases": [_facts(refund, documents) for refund, documents in cases],
    }
    return (json.dumps(form, ensure_ascii=False, indent=1) + "\n").encode()


def sha256_of(source: bytes) -> str:
    """Return the name that a form's source has in the archive."""
    return hashlib.sha256(source).hexdigest()


def _facts(refund: Refund, documents: Sequence[RefundDocument]) -> dict[str, object]:
    names = (
        "id", "discrepancy_id", "payer_id", "payer_name", "fund", "period", "receipt_no",
        "amount_fen", "bank", "bank_no", "account_no", "account_name", "opened_by", "checked_by",
    )  # fmt: skip
    papers = sorted((one.kind, one.sha256) for one in documents)
    return {
        "cause": refund.cause.value,
        **{name: getattr(refund, name) for name in names},
        "documents": [{"kind": kind, "sha256": sha256} for kind, sha256 in papers],
    }
