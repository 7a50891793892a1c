"""A refund case until it is confirmed (多收退款, 规程 10-3): opened, documents, checked, cancelled.

The reconciliation shows what was taken too much; the documents say whose mistake it was. Nothing
is accepted for payment before every document of its cause is archived and another person has
confirmed the case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.domain import preflight
from hub.domain.approval import named
from hub.domain.discrepancy import worded
from hub.domain.payout import PayoutKind
from hub.domain.refund import (
    Refund,
    RefundCause,
    RefundDocument,
    RefundState,
    payment_of,
    require_over_collected,
    require_same_money,
)
from hub.errors import Rejected, catalogue
from hub.flows.payout_banks import Banks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from hub.domain.discrepancy import Difference
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

OTHER: Final = "other"  # a document that no rule asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is asked for; what the reconciliation knows of it may be left out. Amount in fen."""

    cause: RefundCause
    amount_fen: int
    payer_name: str
    bank: str
    account_no: str
    account_name: str | None = None
    bank_no: str | None = None
    payer_id: str | None = None
    fund: str | None = None
    period: int | None = None
    receipt_no: str | None = None


def open_case(
    discrepancy_id: int,
    claim: Claim,
    *,
    papers: Sequence[tuple[str, Path]] = (),
    person: str,
    services: Services,
) -> Refund:
    """Open a case about what a discrepancy shows; `papers` are documents by their kind.

    `Rejected` when it is not over-collection, or not that much (`refund_exceeds`), or another
    payer, kind, period or receipt (`refund_differs`), or claimed already (`refund_exists`).
    """
    who, at = named(person), services.now()
    documents = [
        _kept(kind, path, cause=claim.cause, person=who, services=services) for kind, path in papers
    ]

    def unit(uow: UnitOfWork) -> Refund:
        uow.refunds.lock(discrepancy_id)
        discrepancy = uow.discrepancies.get(discrepancy_id)
        drafted = _drafted(claim, discrepancy_id, discrepancy.difference, person=who, at=at)
        refund = payable(drafted, services)
        require_over_collected(discrepancy, uow.refunds.total(discrepancy_id))
        require_same_money(refund, discrepancy)
        opened = uow.refunds.add(refund)
        require_over_collected(discrepancy, uow.refunds.total(discrepancy_id))
        uow.discrepancies.note(
            discrepancy_id, "refund_opened", at=at, person=who, text=opened.number
        )
        uow.journal.note(
            "refund.opened", f"refund:{opened.id}", at=at, actor="person", person=who,
            cause=opened.cause.value, discrepancy=discrepancy_id, fund=opened.fund,
            period=opened.period, amount_fen=opened.amount_fen,
        )  # fmt: skip
        for document in documents:
            _attach(opened, document, uow)
        return opened

    return services.store.transact(unit)


def attach(refund_id: int, kind: str, path: Path, *, person: str, services: Services) -> Refund:
    """Add a document to a case that nobody has confirmed yet; the same bytes count once."""
    who = named(person)
    with services.store.read() as uow:
        cause = uow.refunds.get(refund_id).cause
    document = _kept(kind, path, cause=cause, person=who, services=services)

    def unit(uow: UnitOfWork) -> Refund:
        refund = uow.refunds.get(refund_id)
        refund.require_state(RefundState.OPEN)
        is_new = _attach(refund, document, uow)
        return uow.refunds.save(refund) if is_new else refund  # who confirms has to see it

    return services.store.transact(unit)


def check(refund_id: int, *, person: str, services: Services, version: int | None = None) -> Refund:
    """Confirm a case (审核确认) as another person; every document of its cause must be there.

    `version` is what the person has seen; `Rejected("refund_changed")` when it is another.
    """
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Refund:
        refund = uow.refunds.get(refund_id)
        if version is not None and version != refund.version:
            raise Rejected("refund_changed", id=refund_id)
        gone = missing(refund, uow.refunds.documents(refund_id), services)
        checked = refund.check(who, missing=list(gone.values()), at=at)
        uow.refunds.lock(refund.discrepancy_id)
        discrepancy = uow.discrepancies.get(refund.discrepancy_id)
        require_over_collected(discrepancy, uow.refunds.total(refund.discrepancy_id))
        require_same_money(refund, discrepancy)
        saved = uow.refunds.save(checked)
        documents = uow.refunds.documents(refund_id)
        uow.journal.note(
            "refund.checked", f"refund:{refund_id}", at=at, actor="person", person=who,
            desk=refund.cause.desk, amount_fen=refund.amount_fen,
            documents=[f"{one.kind}:{one.sha256}" for one in documents],
        )  # fmt: skip
        return saved

    return services.store.transact(unit)


def cancel(refund_id: int, *, person: str, reason: str, services: Services) -> Refund:
    """Cancel a case of which no payment is under way; its receipt may be claimed anew."""
    who, at, why = named(person), services.now(), worded(reason)

    def unit(uow: UnitOfWork) -> Refund:
        refund = uow.refunds.get(refund_id)
        saved = uow.refunds.save(refund.cancel(person=who, reason=why))
        uow.discrepancies.note(
            saved.discrepancy_id, "refund_cancelled", at=at, person=who, text=saved.number
        )
        uow.journal.note(
            "refund.cancelled", f"refund:{refund_id}", at=at, actor="person", person=who,
            reason=why, amount_fen=saved.amount_fen,
        )  # fmt: skip
        return saved

    return services.store.transact(unit)


def missing(
    refund: Refund, documents: Sequence[RefundDocument], services: Services
) -> Mapping[str, str]:
    """Return the documents that a case still needs: name by code."""
    there = {one.kind for one in documents}
    wanted = services.settings.refunds.of(refund.cause.value)
    return {code: name for code, name in wanted.items() if code not in there}


def payable(refund: Refund, services: Services) -> Refund:
    """Return a case with its numbers in normal form; `Rejected` when no bank could pay it.

    `refund_unpayable` names the field and what is wrong with it, as the checks of a list would.
    """
    banks = Banks(services.catalog)
    item = preflight.normal(payment_of(refund, item_no=1, source_sha256=""))
    item = replace(item, bank=banks.partner(banks.code(item.bank) or item.bank).code)
    kind = PayoutKind.REFUND
    for finding in (*preflight.check(item, kind), *banks.check(item, kind)):
        if finding.refuses:
            words = catalogue()[finding.code]
            raise Rejected(
                "refund_unpayable", field=finding.field, why_zh=words["zh"], why_en=words["en"]
            )
    return replace(
        refund, payer_id=item.person_id, bank=item.bank, bank_no=item.bank_no,
        account_no=item.account_no,
    )  # fmt: skip


def _drafted(
    claim: Claim, discrepancy_id: int, difference: Difference, *, person: str, at: datetime
) -> Refund:
    """Return the case that a claim and the facts make; `refund_incomplete` names what lacks."""
    payer_id = claim.payer_id or difference.payer_id
    fund = claim.fund or difference.insurance_kind
    period = claim.period or difference.period
    receipt_no = claim.receipt_no or difference.receipt_no
    if payer_id is None or fund is None or period is None or receipt_no is None:
        known = {"payer_id": payer_id, "fund": fund, "period": period, "receipt_no": receipt_no}
        lacking = ", ".join(name for name, value in known.items() if value is None)
        raise Rejected("refund_incomplete", missing=lacking)
    return Refund(
        id=0,
        cause=claim.cause,
        discrepancy_id=discrepancy_id,
        payer_id=payer_id,
        payer_name=claim.payer_name,
        fund=fund,
        period=period,
        receipt_no=receipt_no,
        amount_fen=claim.amount_fen,
        bank=claim.bank,
        bank_no=claim.bank_no,
        account_no=claim.account_no,
        account_name=claim.account_name or claim.payer_name,
        opened_by=person,
        opened_at=at,
    )


def _kept(
    kind: str, path: Path, *, cause: RefundCause, person: str, services: Services
) -> RefundDocument:
    """Archive a document, before any row names it."""
    known = services.settings.refunds.of(cause.value)
    if kind != OTHER and kind not in known:
        raise Rejected("refund_document_kind", found=kind[:40], known=", ".join((*known, OTHER)))
    with path.open("rb") as content:
        limit = services.settings.limits.file_bytes_max
        stored = services.archive.put(content, size_bytes_max=limit)
    if not stored.size_bytes:
        raise Rejected("refund_document_empty", name=path.name)
    return RefundDocument(
        kind=kind, name=path.name, sha256=stored.sha256, added_by=person, added_at=services.now()
    )


def _attach(refund: Refund, document: RefundDocument, uow: UnitOfWork) -> bool:
    is_new = uow.refunds.attach(refund.id, document)
    if is_new:
        uow.journal.note(
            "refund.document", f"refund:{refund.id}", at=document.added_at, actor="person",
            person=document.added_by, kind=document.kind, sha256=document.sha256,
        )  # fmt: skip
    return is_new
