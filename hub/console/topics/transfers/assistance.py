"""Whether payees who live elsewhere are alive (协查): the list, the page, ask, answer, lift."""

from __future__ import annotations

from datetime import date  # noqa: TC003 -- pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from flask import url_for
from pydantic import Field

from hub.console.context import console, viewer
from hub.console.fields import LongText  # noqa: TC001 -- pydantic reads the annotations
from hub.console.language import N_, gettext
from hub.console.pages import render
from hub.console.registry import Action, Column, Done, Filter, Input, Page, Query, Rows, Table
from hub.console.topics.transfers.actions import APPROVE, WORK
from hub.console.topics.transfers.words import LATE, THEM, US, Word, said
from hub.domain.assistance import NOTE_CHARS_MAX, Answer, Finding
from hub.domain.codes import shape
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows import assistance as flow
from hub.store.views import transfers as views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.permission import Viewer
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

OPEN = Word("open", "待答复", "to be answered", "warn")
ANY = Word("", "全部", "all")
RequestId = Annotated[int, Field(title=N_("Request"), ge=1)]


class Asking(Input):
    """A request to another office."""

    other: str = Field(title=N_("Region where the person lives"), min_length=6, max_length=6)
    person_id: str = Field(title=N_("Identity number"), max_length=18)
    person_name: str = Field(title=N_("Name"), max_length=64)
    due_on: date = Field(title=N_("To be answered by"))


class Answering(Input):
    """What was found out."""

    request_id: RequestId
    finding: Finding = Field(title=N_("Finding"))
    found_on: date | None = Field(None, title=N_("Day of the finding"))
    certified_until: date | None = Field(
        None, title=N_("Certified until"), description=N_("Only of somebody who is alive")
    )
    note: LongText | None = Field(None, title=N_("Remark"), max_length=NOTE_CHARS_MAX)


class Lifting(Input):
    """Why benefits go on."""

    request_id: RequestId
    reason: LongText = Field(title=N_("Reason"), min_length=1, max_length=500)


def _fetch(uow: UnitOfWork, query: Query) -> Rows:
    peer = query.viewer.region if query.viewer.is_outsider else query.filters.get("peer")
    rows, after = views.requests(
        uow, peer=peer, is_open=query.filters.get("state") == OPEN.value, after=query.after,
        limit=query.limit,
    )  # fmt: skip
    today = query.services.today()
    return Rows(rows=[_row(row, today) for row in rows], after=after)


def _row(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    finding = Finding(row["finding"]) if row["finding"] else None
    late = finding is None and today > row["due_on"]
    return {
        "ref": row["ref"], "asked_by": US if row["ours"] else THEM, "peer": row["peer"],
        "person": shape.mask_name(row["person_name"]), "person_id": row["person_id"],
        "asked_on": row["asked_on"], "due_on": row["due_on"],
        "state": said(finding) if finding else LATE if late else OPEN,
        "consequence": said(finding.consequence) if finding else None,
        "_href": url_for("assistance", request_id=row["id"]),
    }  # fmt: skip


def page(request_id: int) -> str:
    """Show one request with its answer and what follows; `assistance_missing`."""
    services = console().services
    with services.store.read() as uow:
        found = uow.assistances.get(request_id)
    if viewer().is_outsider and found.peer != viewer().region:
        raise Rejected("assistance_missing", id=request_id)
    answer = found.answer
    return render(
        "transfers/assistance.html",
        found=found,
        late=found.is_late(services.today()),
        finding=said(answer.finding) if answer else None,
        consequence=said(answer.finding.consequence) if answer else None,
        person=shape.mask_name(found.request.person_name),
    )


def _ask(services: Services, viewer: Viewer, asked: Asking) -> Done:
    made = flow.ask(
        peer=asked.other, person_id=asked.person_id, person_name=asked.person_name,
        due_on=asked.due_on, person=viewer.person, services=services,
    )  # fmt: skip
    return _done(made.id, made.request.ref)


def _reply(services: Services, viewer: Viewer, asked: Answering) -> Done:
    answer = Answer(
        ref="", finding=asked.finding, found_on=asked.found_on or services.today(),
        certified_until=asked.certified_until, note=asked.note,
    )  # fmt: skip
    saved = flow.reply(asked.request_id, answer, person=viewer.person, services=services)
    return _done(saved.id, saved.request.ref)


def _lift(services: Services, viewer: Viewer, asked: Lifting) -> Done:
    saved = flow.lift(asked.request_id, asked.reason, person=viewer.person, services=services)
    return _done(saved.id, saved.request.ref)


def _done(request_id: int, ref: str) -> Done:
    text = gettext("Request %(ref)s is on record", ref=ref)
    href = url_for("assistance", request_id=request_id)
    return Done(text=text, href=href, data={"id": request_id, "ref": ref})


TABLE = Table(
    name="assistance",
    title=N_("Requests whether payees are alive"),
    permission=Permission.TRANSFER_SEE,
    scope="region",
    fetch=_fetch,
    columns=(
        Column(name="ref", label=N_("Request")),
        Column(name="asked_by", label=N_("Asked by"), kind="state"),
        Column(name="peer", label=N_("Other region")),
        Column(name="person", label=N_("Name")),
        Column(name="person_id", label=N_("Identity number"), kind="id_no"),
        Column(name="asked_on", label=N_("Asked on"), kind="date"),
        Column(name="due_on", label=N_("Deadline"), kind="date"),
        Column(name="state", label=N_("Finding"), kind="state"),
        Column(name="consequence", label=N_("Consequence"), kind="state"),
    ),
    filters=(
        Filter(name="state", label=N_("Finding"), kind="choice",
               choices=lambda _services: {OPEN.value: OPEN}),
        Filter(name="peer", label=N_("Other region")),
    ),
)  # fmt: skip
ACTIONS = (
    Action(name="assistance.ask", label=N_("Ask whether a payee is alive"), permissions=WORK,
           takes=Asking, run=_ask),
    Action(name="assistance.reply", label=N_("Answer the request"), permissions=WORK,
           takes=Answering, run=_reply),
    Action(name="assistance.lift", label=N_("Let the benefits go on"), permissions=APPROVE,
           takes=Lifting, run=_lift, step_up=True),
)  # fmt: skip
PAGE = Page(
    rule="/assistance/<int:request_id>", endpoint="assistance",
    permission=Permission.TRANSFER_SEE, view=page, scope="region",
)  # fmt: skip
