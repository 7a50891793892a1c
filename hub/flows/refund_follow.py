"""A refund case is where its payment is: moved in the unit that moves the payment.

When the bank has paid, the case ends, and with the last of them the discrepancy that showed the
over-collection; when the bank sends it back, the case is open again, and so is the discrepancy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.approval import Approval
from hub.domain.discrepancy import Action, Ending, Proposal, State
from hub.domain.payout import ItemState, PayoutKind
from hub.domain.refund import (
    RefundState,
    number_in,
    require_over_collected,
    sha256_of,
    source_of,
)
from hub.domain.voucher import Document
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hub.domain.payout import PayoutBatch, PayoutItem, PayoutList
    from hub.domain.refund import Refund
    from hub.store.engine import UnitOfWork

FORMS: Final = "refund"  # how the keys of forms begin that are made from cases
REFERENCE: Final = "多收退款"  # how the reason begins by which a refund closes a discrepancy
_NOT_COUNTED: Final = frozenset({ItemState.CANCELLED, ItemState.REFUSED})


def follow_batch(batch: PayoutBatch, uow: UnitOfWork, *, at: datetime) -> None:
    """Bring the cases in line with the payments of a batch; other kinds have none."""
    if batch.kind is PayoutKind.REFUND:
        _follow(list(uow.payout_items.of_batch(batch.id)), uow, at=at)


def follow_list(payout: PayoutList, uow: UnitOfWork, *, at: datetime) -> None:
    """Bring the cases in line with the payments of a list, as when it was made or cancelled."""
    if payout.kind is PayoutKind.REFUND:
        _follow(list(uow.payout_items.of_list(payout.id)), uow, at=at)


def require_refunds_due(payout: PayoutList, uow: UnitOfWork, *, signer: str | None = None) -> None:
    """Refuse to sign or release a list of refunds unless each is due, as its case says.

    Each payment is a case's latest; the facts still show what was taken too much; the form is of
    what the cases hold (`refund_form_outdated`); who took part in a case does not sign.
    """
    if payout.kind is not PayoutKind.REFUND:
        return
    cases: list[Refund] = []
    for item in list(uow.payout_items.of_list(payout.id, ItemState.LISTED)):
        refund = uow.refunds.of_item(item)
        if refund is None or refund.item_id != item.id or refund.amount_fen != item.amount_fen:
            raise Rejected("refund_without_case", id=payout.id, item_no=item.item_no)
        refund.require_state(RefundState.LISTED)
        if signer is not None:
            refund.require_apart(signer)
        cases.append(refund)
    for discrepancy_id in sorted({one.discrepancy_id for one in cases}):
        uow.refunds.lock(discrepancy_id)
        discrepancy = uow.discrepancies.get(discrepancy_id)
        require_over_collected(discrepancy, uow.refunds.total(discrepancy_id))
    if payout.key.startswith(f"{FORMS}/") and form_of(payout, cases, uow) != payout.source_sha256:
        raise Rejected("refund_form_outdated", id=payout.id)


def form_of(payout: PayoutList, cases: Iterable[Refund], uow: UnitOfWork) -> str:
    """Return the SHA-256 that the source of a form has with its cases as they are now."""
    papers = [(one, uow.refunds.documents(one.id)) for one in cases]
    return sha256_of(source_of(papers, person=str(payout.made_by), at=payout.added_at))


def originals(benefit: str, uow: UnitOfWork) -> tuple[Document, ...]:
    """Return the documents of the case that a payment's benefit names, for its voucher."""
    number = number_in(benefit)
    documents = uow.refunds.documents(number) if number is not None else []
    return tuple(Document(name=one.name, sha256=one.sha256) for one in documents)


def _follow(items: list[PayoutItem], uow: UnitOfWork, *, at: datetime) -> None:
    for item in items:
        before = uow.refunds.of_item(item)
        if before is None:
            continue
        attempts = uow.payout_items.attempts(item.person_id, item.benefit, item.period)
        counted = [one for one in attempts if one.state not in _NOT_COUNTED]
        latest = max(counted, key=lambda one: one.attempt, default=None)
        after = before.follow(latest)
        if after == before:
            continue
        uow.refunds.lock(after.discrepancy_id)
        saved = uow.refunds.save(after)
        event = "unlisted" if saved.state is RefundState.CHECKED else saved.state.value
        uow.journal.note(
            f"refund.{event}", f"refund:{saved.id}", at=at, actor="payout",
            item=saved.item_id, attempt=latest.attempt if latest else None,
            evidence=latest.evidence if latest else None, amount_fen=saved.amount_fen,
        )  # fmt: skip
        if saved.state is RefundState.PAID and latest is not None:
            _settle(saved, latest, uow, at=at)
        elif before.state is RefundState.PAID:
            _reopen(saved, uow, at=at)


def _settle(refund: Refund, item: PayoutItem, uow: UnitOfWork, *, at: datetime) -> None:
    """Close the discrepancy (更正) once all that was taken too much is paid back."""
    discrepancy = uow.discrepancies.get(refund.discrepancy_id)
    text = f"{REFERENCE} {refund.number}：{item.settled_on} 到账，凭据 {item.evidence}"
    paid = uow.refunds.total(refund.discrepancy_id, RefundState.PAID)
    done = paid == discrepancy.difference.amount_fen
    if not done or discrepancy.state is State.CLOSED:
        uow.discrepancies.note(discrepancy.id, "refund_paid", at=at, text=text)
        return
    signed = uow.payouts.get(item.list_id).approval.signatures
    proposal = Proposal(
        action=Action.CORRECT,
        reason=text,
        approval=Approval(levels=2, signatures=(signed[0], signed[-1])),
    )
    closed = uow.discrepancies.save(discrepancy.settle(proposal, at=at))
    uow.discrepancies.note(closed.id, "refund_paid", at=at, text=text)
    uow.journal.note(
        "discrepancy.confirmed", f"discrepancy:{closed.id}", at=at, actor="payout", text=text,
        state=closed.state.value, amount_fen=closed.difference.amount_fen,
        closed_how=Ending.CORRECT.value,
    )  # fmt: skip


def _reopen(refund: Refund, uow: UnitOfWork, *, at: datetime) -> None:
    """Open the discrepancy again that this refund had closed: the money came back."""
    discrepancy = uow.discrepancies.get(refund.discrepancy_id)
    proposal = discrepancy.proposal
    ours = proposal is not None and proposal.reason.startswith(REFERENCE)
    uow.discrepancies.note(discrepancy.id, "refund_returned", at=at, text=refund.number)
    if discrepancy.closed_how is Ending.CORRECT and ours:
        uow.discrepancies.save(discrepancy.reopen())
        uow.journal.note(
            "discrepancy.reopened", f"discrepancy:{discrepancy.id}", at=at, actor="payout",
            text=refund.number, amount_fen=discrepancy.difference.amount_fen,
        )  # fmt: skip
