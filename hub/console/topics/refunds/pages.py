"""The page of one refund: what it needs, what is there, who confirmed it, where the money is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import send_file

from hub.console.access import record_look
from hub.console.context import console, viewer
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.payouts import said
from hub.console.topics.payouts.side import PAYOUTS
from hub.console.topics.payouts.tables import item_row
from hub.console.topics.refunds.tables import CAUSES, STATES
from hub.console.words import fund
from hub.domain.permission import Permission
from hub.domain.refund import RefundState
from hub.errors import Rejected
from hub.flows.refund import OTHER, missing

if TYPE_CHECKING:
    from flask import Response

    from hub.domain.refund import Refund, RefundDocument
    from hub.flows.services import Services

_SEE: Final = Permission.RECONCILIATION_SEE


def refund(refund_id: int) -> str:
    """Show one case with its documents, its approval form and every attempt to pay it."""
    services = console().services
    with services.store.read() as uow:
        case = uow.refunds.get(refund_id)
        documents = uow.refunds.documents(refund_id)
        attempts = uow.payout_items.attempts(case.payer_id, case.benefit, case.period)
        form = uow.payouts.get(uow.payout_items.get(case.item_id).list_id) if case.item_id else None
        discrepancy = uow.discrepancies.get(case.discrepancy_id)
        claimed = uow.refunds.total(case.discrepancy_id)
    return render(
        "refunds/refund.html",
        refund=case,
        state=STATES[case.state.value],
        cause=CAUSES[case.cause.value],
        fund=fund(case.fund),
        papers=_papers(case, documents, services),
        lacks=bool(missing(case, documents, services)),
        other=OTHER,
        form=form,
        form_state=PAYOUTS.list_state(form.state) if form else None,
        steps=[said.step(form.approval.levels, n + 1) for n in range(form.approval.levels)]
        if form
        else [],
        attempts=[item_row(one, PAYOUTS) for one in attempts],
        over_fen=discrepancy.difference.amount_fen,
        claimed_fen=claimed,
        may_see_payouts=viewer().may(Permission.PAYOUT_SEE),
        is_open=case.state is RefundState.OPEN,
        is_checked=case.state is RefundState.CHECKED,
        is_returned=case.state is RefundState.RETURNED,
    )


def document(refund_id: int, sha256: str) -> Response:
    """Give a document of a case; it names people, so the look is on record."""
    services = console().services
    with services.store.read() as uow:
        papers = uow.refunds.documents(refund_id)
    found = next((one for one in papers if one.sha256 == sha256), None)
    if found is None:
        raise Rejected("page_missing")
    record_look("refund_document", f"refund:{refund_id}/{sha256[:12]}")
    return send_file(services.archive.path(sha256), as_attachment=True, download_name=found.name,
                     mimetype="application/octet-stream")  # fmt: skip


def _papers(
    case: Refund, documents: list[RefundDocument], services: Services
) -> list[tuple[str, str, list[RefundDocument]]]:
    """Return code, name and what is there of every document that a case needs, then others."""
    known = services.settings.refunds.of(case.cause.value)
    needed = [
        (code, name, [one for one in documents if one.kind == code])
        for code, name in known.items()
    ]  # fmt: skip
    others = [one for one in documents if one.kind not in known]
    return [*needed, (OTHER, "", others)] if others else needed


PAGES: Final = (
    Page(rule="/refunds/<int:refund_id>", endpoint="refund", permission=_SEE, view=refund),
    Page(rule="/refunds/<int:refund_id>/documents/<sha256>", endpoint="refund_document",
         permission=_SEE, view=document),
)  # fmt: skip
