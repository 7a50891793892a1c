"""The page of a case, its evidence and printed papers, and the way to a case by a code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Response, abort, redirect, request, url_for

from hub.console.access import require
from hub.console.context import console, viewer
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.transfers import assessment, offers, words
from hub.console.topics.transfers.sums import side_by_side
from hub.console.topics.transfers.tables import days_left
from hub.console.topics.transfers.theirs import require_visible
from hub.console.topics.transfers.timeline import history
from hub.documents import fonts
from hub.documents.transfer_pdf import render_transfer
from hub.documents.transfer_workbook import write_paper
from hub.domain.codes import shape
from hub.domain.permission import Permission
from hub.domain.transfer_facts import Announced, Consent, Form, Funds
from hub.domain.transfer_messages import may_send
from hub.domain.transfer_paper import PaperKind
from hub.domain.transfer_receipt import ReceiptState
from hub.domain.transfer_remittance import BACK_LETTERS, OUT_LETTERS, RemittanceState
from hub.flows import evidence
from hub.flows.letter_papers import OWN_FONTS
from hub.flows.transfer_judge import judgement_of
from hub.flows.transfer_paper import found_by, paper_of, papers_of
from hub.flows.transfer_report import view
from hub.store.views import transfers as views

if TYPE_CHECKING:
    from datetime import date

    from werkzeug.wrappers import Response as AnyResponse

    from hub.domain.transfer_case import Proposal, TransferCase
    from hub.domain.transfer_clock import Clock
    from hub.flows.services import Services

TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SEE: Final = Permission.TRANSFER_SEE


def case(case_id: int) -> str:
    """Show a case: what is missing, whose clock runs, papers, sums, money, what may be done."""
    services, outside = console().services, viewer().is_outsider
    with services.store.read() as uow:
        require_visible(uow.transfers.get(case_id), viewer())
    found = view(case_id, services)
    one, today = found.case, services.today()
    return render(
        "transfers/case.html",
        case=one,
        outside=outside,
        state=words.said(one.state),
        kind=words.said(one.kind),
        direction=words.said(one.direction),
        person=shape.mask_name(one.person_name),
        lacks=[words.lacking(lack, brief=outside) for lack in found.lacks],
        clocks=[_clock(clock, today, services) for clock in found.clocks],
        rules=one.rules,
        step=words.said,
        history=history(found.timeline, outside=outside),
        papers=_papers(one),
        printed=[words.said(kind) for kind in _printed(one, services)],
        assessed=assessment.is_assessed(one) and assessment.may_print(viewer()),
        proposals=[] if outside else [_proposal(p) for p in found.proposals],
        pending=None if outside or one.proposal is None or one.proposal.done else one.proposal,
        messages=found.messages,
        message_state=words.said,
        message_kind=words.message,
        allowed=[words.Word(m.value, m.zh, m.value) for m in sorted(may_send(one))],
        **_money(one, services, outside=outside),
        **_offers(one, outside=outside),
    )


def evidence_pack(case_id: int) -> Response:
    """Give the evidence pack (证据包) of a case; that somebody took it is in the journal."""
    require(Permission.EXPORT)
    services = console().services
    with services.store.read() as uow:
        ref = uow.transfers.get(case_id).ref
    own_rows = request.args.get("journal") != "whole"
    pack = evidence.export(ref, own_rows=own_rows, person=viewer().person, services=services)
    return _file(pack, f"{ref}.zip", "application/zip")


def paper(case_id: int, kind: str, form: str) -> Response:
    """Give our latest paper of a kind as PDF to print, or as a workbook."""
    services = console().services
    with services.store.read() as uow:
        require_visible(uow.transfers.get(case_id), viewer())
    if kind not in {one.value for one in PaperKind} or form not in TYPES:
        abort(404)
    made = paper_of(case_id, PaperKind(kind), services)
    if form == "xlsx":
        content = write_paper(made)
    else:
        typeface = fonts.find(services.settings.config_dir / OWN_FONTS)
        content = render_transfer(made, services.settings.agency.name, typeface)
    return _file(content, f"{made.number}.{form}", TYPES[form])


def find() -> AnyResponse:
    """Lead to the case whose printed paper bears a code; `transfer_code_invalid`."""
    found, _paper = found_by(request.args.get("code", ""), console().services)
    require_visible(found, viewer())
    return redirect(url_for("transfer", case_id=found.id), code=303)


def _file(content: bytes, name: str, kind: str) -> Response:
    answer = Response(content, mimetype=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _clock(clock: Clock, today: date, services: Services) -> dict[str, Any]:
    return {
        "step": words.said(clock.step),
        "whose": words.whose(clock),
        "ours": clock.ours,
        "started_on": clock.started_on,
        "due_on": clock.due_on,
        "ended_on": clock.ended_on,
        "left": days_left(clock, today, services.calendar),
        "standing": words.standing(clock, late=clock.is_late(today)),
        "by": clock.by,
        "pauses": clock.pauses,
    }


def _papers(one: TransferCase) -> list[dict[str, Any]]:
    """Return letters, forms, advices and payments with what they say, void ones marked."""
    may_void = offers.voidable(one)
    return [
        {
            "kind": fact.TYPE, "on": fact.on, "number": fact.number, "key": fact.key,
            "amount": getattr(fact, "amount_fen", None),
            "account": getattr(fact, "account", None), "typed": getattr(fact, "typed", False),
            "void": fact not in one.valid(type(fact)), "may_void": fact.key in may_void,
        }
        for fact in one.facts
        if isinstance(fact, (Consent, Form, Announced, Funds))
    ]  # fmt: skip


def _printed(one: TransferCase, services: Services) -> list[PaperKind]:
    made = papers_of(one, services.settings.agency.region)
    return list(dict.fromkeys(paper.paper for paper in made))


def _proposal(one: Proposal) -> dict[str, Any]:
    return {
        "step": words.said(one.step), "number": one.number, "digest": one.digest,
        "done": one.done, "levels": one.approval.levels, "signed": one.approval.signatures,
        "amount": getattr(one.fact, "amount_fen", None), "on": one.fact.on,
    }  # fmt: skip


def _money(one: TransferCase, services: Services, *, outside: bool) -> dict[str, Any]:
    """Return the form side by side with our sums, and what was paid; ours alone to see."""
    if outside:
        return {"sums": None, "verdict": None, "remittances": [], "credits": []}
    judged = judgement_of(one, services)
    accepted_by = None
    with services.store.read() as uow:
        out, into = views.money_of(uow, one.id)
        if one.form is not None:
            accepted_by = uow.form_judgements.accepted(one.id, one.form.key)
    return {
        "sums": side_by_side(one.form, judged) if one.form and judged else None,
        "verdict": words.said(judged.verdict) if judged else None,
        "is_queried": judged is not None and judged.verdict.value != "accept",
        "accepted_by": accepted_by,
        "remittances": [
            {"number": f"{OUT_LETTERS}{row.id:06d}", "amount": row.amount_fen, "id": row.id,
             "state": words.said(RemittanceState(row.state))}
            for row in out
        ],
        "credits": [
            {"number": f"{BACK_LETTERS}{row.id:06d}", "amount": row.amount_fen, "id": row.id,
             "on": row.credited_on, "state": words.said(ReceiptState(row.state))}
            for row in into
        ],
    }  # fmt: skip


def _offers(one: TransferCase, *, outside: bool) -> dict[str, Any]:
    if outside:
        answers = offers.on_paper(one) if one.on_paper else []
        return {"steps": [], "to_say": [], "on_paper": answers}
    return {
        "steps": offers.next_steps(one), "to_say": offers.to_say(one),
        "on_paper": offers.on_paper(one),
    }  # fmt: skip


PAGES = (
    Page(rule="/transfers/<int:case_id>", endpoint="transfer", permission=SEE, view=case,
         scope="region"),
    Page(rule="/transfers/<int:case_id>/evidence.zip", endpoint="transfer_evidence",
         permission=SEE, view=evidence_pack),
    Page(rule="/transfers/<int:case_id>/papers/<kind>.<form>", endpoint="transfer_paper",
         permission=SEE, view=paper, scope="region"),
    Page(rule="/transfers/find", endpoint="transfer_find", permission=SEE, view=find,
         scope="region"),
)  # fmt: skip
