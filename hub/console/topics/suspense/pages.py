"""The page of a credit: where it is, which cases it may be for and why, what may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.console.context import console
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.suspense.tables import OLD_DAYS, age_of
from hub.console.topics.transfers.words import said
from hub.domain.codes import shape
from hub.domain.permission import Permission
from hub.domain.transfer_facts import Announced
from hub.domain.transfer_matching import Reason, outstanding
from hub.domain.transfer_receipt import SUSPENSE, ReceiptState
from hub.flows.transfer_receive import proposals

if TYPE_CHECKING:
    from hub.domain.transfer_matching import Match
    from hub.domain.transfer_receipt import Receipt


def credit(receipt_id: int) -> str:
    """Show a credit; the cases that it may be for are compared with it fact by fact."""
    services = console().services
    with services.store.read() as uow:
        receipt = uow.receipts.get(receipt_id)
        case = uow.transfers.get(receipt.case_id) if receipt.case_id is not None else None
    open_ = receipt.state in (ReceiptState.HELD, ReceiptState.PROPOSED)
    matches = proposals(receipt_id, services).matches if open_ else ()
    age = None
    if receipt.state in SUSPENSE:
        age = age_of(receipt.credited_on, services.today(), services.calendar)
    return render(
        "suspense/credit.html",
        receipt=receipt,
        state=said(receipt.state),
        how=said(receipt.joined_how),
        case=case,
        age=age,
        is_old=age is not None and age > OLD_DAYS,
        matches=[_match(receipt, one) for one in matches],
        reasons=[said(reason) for reason in Reason],
    )


def _match(receipt: Receipt, one: Match) -> dict[str, Any]:
    case = one.case
    announced = case.valid(Announced)
    return {
        "id": case.id, "ref": case.ref, "peer_ref": case.peer_ref, "score": one.score,
        "person": shape.mask_name(case.person_name), "counterpart": case.counterpart,
        "state": said(case.state), "approved": case.consent is not None,
        "facts": [
            {"reason": said(reason), "holds": reason in one.reasons, "weight": reason.weight,
             "theirs": _case_side(reason, case, announced), "ours": _credit_side(reason, receipt)}
            for reason in Reason
        ],
        "is_proposed": receipt.case_id == case.id,
    }  # fmt: skip


def _case_side(reason: Reason, case: Any, announced: Any) -> tuple[str, Any]:  # noqa: ANN401
    """Return what the case says to a reason, and how it is written."""
    match reason:
        case Reason.REFERENCE:
            numbers = [case.ref, case.peer_ref, *(one.number for one in announced)]
            return "text", ", ".join(number for number in numbers if number)
        case Reason.AMOUNT:
            return "money", outstanding(case)
        case Reason.NAME:
            return "text", shape.mask_name(case.person_name)
        case Reason.REGION:
            return "text", case.counterpart
        case Reason.EXPECTED:
            return "money", sum(one.amount_fen for one in announced) if announced else None


def _credit_side(reason: Reason, receipt: Receipt) -> tuple[str, Any]:
    match reason:
        case Reason.AMOUNT | Reason.EXPECTED:
            return "money", receipt.amount_fen
        case Reason.REGION:
            return "text", receipt.region
        case Reason.REFERENCE | Reason.NAME:
            return "text", receipt.narrative


PAGES = (
    Page(rule="/credits/<int:receipt_id>", endpoint="credit",
         permission=Permission.TRANSFER_SEE, view=credit),
)  # fmt: skip
