"""What the other office says on paper: typed, or taken as a file, by us or by its own people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import url_for

from hub.console.language import N_, gettext
from hub.console.registry import Action, Done
from hub.console.topics.transfers import inputs
from hub.console.topics.transfers.actions import WORK
from hub.console.topics.transfers.theirs import done, require_answerable
from hub.domain.codes import region
from hub.domain.transfer_facts import Consent, Form
from hub.domain.transfer_paper import unflat
from hub.errors import Rejected
from hub.flows import transfer_desk as desk
from hub.flows import transfer_paper as papers
from hub.mappings.transfer_sheet import read_sheet

if TYPE_CHECKING:
    from hub.console.fields import Uploaded
    from hub.domain.permission import Viewer
    from hub.domain.transfer_paper import Paper
    from hub.flows.services import Services


def _consent(services: Services, viewer: Viewer, asked: inputs.TheirConsent) -> Done:
    require_answerable(asked.case_id, viewer, services)
    letter = Consent(
        on=inputs.day_of(asked.on, services), number=asked.number, account=asked.account(),
        typed=True,
    )  # fmt: skip
    case = desk.note_consent(asked.case_id, letter, person=viewer.person, services=services)
    return done(case)


def _form(services: Services, viewer: Viewer, asked: inputs.TheirForm) -> Done:
    require_answerable(asked.case_id, viewer, services)
    rows = inputs.rows_in(asked.rows)
    form = Form(
        on=inputs.day_of(asked.on, services), number=asked.number, amount_fen=asked.amount,
        epoch=asked.epoch, items=rows.items, years=rows.years, typed=True,
    )  # fmt: skip
    return done(desk.note_form(asked.case_id, form, person=viewer.person, services=services))


def _completed(services: Services, viewer: Viewer, asked: inputs.OnDay) -> Done:
    require_answerable(asked.case_id, viewer, services)
    day = inputs.day_of(asked.on, services)
    return done(desk.note_completed(asked.case_id, day, person=viewer.person, services=services))


def _refusal(services: Services, viewer: Viewer, asked: inputs.WithReason) -> Done:
    require_answerable(asked.case_id, viewer, services)
    case = desk.note_refusal(asked.case_id, asked.reason, person=viewer.person, services=services)
    return done(case)


def _recall_answer(services: Services, viewer: Viewer, asked: inputs.RecallAnswer) -> Done:
    require_answerable(asked.case_id, viewer, services)
    case = desk.note_recall_answer(
        asked.case_id, given_back=asked.given_back, person=viewer.person, services=services
    )
    return done(case)


def _take(services: Services, viewer: Viewer, asked: inputs.PaperFile) -> Done:
    other = region.validate(viewer.region or asked.other or "")
    made = _read(asked.file, other, services)
    papers.require_between(made, other, services)
    stored = services.archive.put_bytes(asked.file.content)
    case = papers.take(made, person=viewer.person, services=services, source=stored.sha256)
    return done(case)


def _read(file: Uploaded, other: str, services: Services) -> Paper:
    if file.name.lower().endswith(".xlsx"):
        return unflat(*read_sheet(file.content, file=file.name))
    layout = papers.layout_of(other, services)
    return papers.read_paper(layout, file.content, file=file.name, services=services)


def _send(services: Services, viewer: Viewer, asked: inputs.Sending) -> Done:
    outbound = [one.name for one in services.settings.channels.values() if one.direction == "out"]
    if asked.channel not in outbound:
        raise Rejected("channel_unknown", channel=asked.channel, known=", ".join(outbound))
    name = papers.deliver(
        asked.case_id, None, channel=asked.channel, person=viewer.person, services=services
    )
    text = gettext("%(file)s goes out through %(channel)s", file=name, channel=asked.channel)
    return Done(text=text, href=url_for("transfer", case_id=asked.case_id), data={"file": name})


ACTIONS = (
    Action(name="transfer.their_consent", label=N_("Note their letter"), permissions=WORK,
           takes=inputs.TheirConsent, run=_consent, scope="region"),
    Action(name="transfer.their_form", label=N_("Note their form"), permissions=WORK,
           takes=inputs.TheirForm, run=_form, scope="region"),
    Action(name="transfer.their_completion", label=N_("Note that they continued the relation"),
           permissions=WORK, takes=inputs.OnDay, run=_completed, scope="region"),
    Action(name="transfer.their_refusal", label=N_("Note that they refuse"), permissions=WORK,
           takes=inputs.WithReason, run=_refusal, scope="region"),
    Action(name="transfer.recall_answer", label=N_("Note the answer to the recall"),
           permissions=WORK, takes=inputs.RecallAnswer, run=_recall_answer, scope="region"),
    Action(name="transfer.take_paper", label=N_("Take a paper as a file"), permissions=WORK,
           takes=inputs.PaperFile, run=_take, scope="region"),
    Action(name="transfer.send_paper", label=N_("Send our paper as a file"), permissions=WORK,
           takes=inputs.Sending, run=_send),
)  # fmt: skip
