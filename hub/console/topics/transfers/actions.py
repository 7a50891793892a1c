"""What an office decides about a transfer: apply, agree, form, continue, sign; and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.console.language import N_
from hub.console.registry import Action, Done
from hub.console.topics.transfers import inputs
from hub.console.topics.transfers.theirs import done, require_answerable
from hub.domain.permission import Permission
from hub.domain.transfer_kinds import Step
from hub.flows import transfer_decide as decide
from hub.flows import transfer_desk as desk
from hub.flows import transfer_judge as judge
from hub.flows import transfer_talk as talk
from hub.flows.transfer_apply import Application, apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.domain.permission import Viewer
    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services

WORK = (Permission.TRANSFER_WORK,)
APPROVE = (Permission.TRANSFER_APPROVE,)


def _apply(services: Services, viewer: Viewer, asked: inputs.Applying) -> Done:
    application = Application(
        direction=asked.direction, kind=asked.kind, person_id=asked.person_id,
        person_name=asked.person_name, counterpart=asked.other, ref=asked.ref, on=asked.on,
        on_paper=asked.on_paper,
    )  # fmt: skip
    return done(apply(application, person=viewer.person, services=services))


def _arrears(services: Services, viewer: Viewer, asked: inputs.Owing) -> Done:
    case = desk.check_arrears(asked.case_id, asked.owed, person=viewer.person, services=services)
    return done(case)


def _consent(services: Services, viewer: Viewer, asked: inputs.AccountInput) -> Done:
    case = decide.propose_consent(
        asked.case_id, account=asked.account(), person=viewer.person, services=services
    )
    return done(case)


def _form(services: Services, viewer: Viewer, asked: inputs.FormInput) -> Done:
    rows = inputs.rows_in(asked.rows)
    case = decide.propose_form(
        asked.case_id, amount_fen=asked.amount, items=rows.items, years=rows.years,
        person=viewer.person, services=services,
    )  # fmt: skip
    return done(case)


def _accept_form(services: Services, viewer: Viewer, asked: inputs.WithReason) -> Done:
    judge.accept(asked.case_id, asked.reason, person=viewer.person, services=services)
    with services.store.read() as uow:
        return done(uow.transfers.get(asked.case_id))


def _sign(services: Services, viewer: Viewer, asked: inputs.Signing) -> Done:
    case = decide.sign(asked.case_id, person=viewer.person, digest=asked.digest, services=services)
    return done(case)


def _invalidate(services: Services, viewer: Viewer, asked: inputs.Voiding) -> Done:
    case = talk.invalidate(
        asked.case_id, asked.target, asked.reason, person=viewer.person, services=services
    )
    return done(case)


def _clarify(services: Services, viewer: Viewer, asked: inputs.Asking) -> Done:
    return done(talk.clarify(asked.case_id, asked.text, person=viewer.person, services=services))


def _reply(services: Services, viewer: Viewer, asked: inputs.Answering) -> Done:
    require_answerable(asked.case_id, viewer, services)
    case = talk.reply(
        asked.case_id, asked.number, asked.text, person=viewer.person, services=services
    )
    return done(case)


def _forward(services: Services, viewer: Viewer, asked: inputs.Onward) -> Done:
    case = talk.forward(
        asked.case_id, asked.to, asked.reason, person=viewer.person, services=services
    )
    return done(case)


def _reopen(services: Services, viewer: Viewer, asked: inputs.Again) -> Done:
    needs = [step for step in (Step.OFFER, Step.FUNDS) if getattr(asked, step.value)]
    case = talk.reopen(asked.case_id, needs, asked.reason, person=viewer.person, services=services)
    return done(case)


def _with_reason(
    act: Callable[..., TransferCase],
) -> Callable[[Services, Viewer, Any], Done]:
    """Return an action of a flow that takes a case and a reason."""

    def run(services: Services, viewer: Viewer, asked: inputs.WithReason) -> Done:
        return done(act(asked.case_id, asked.reason, person=viewer.person, services=services))

    return run


def _plainly(act: Callable[..., TransferCase]) -> Callable[[Services, Viewer, Any], Done]:
    """Return an action of a flow that takes a case."""

    def run(services: Services, viewer: Viewer, asked: inputs.OfCase) -> Done:
        return done(act(asked.case_id, person=viewer.person, services=services))

    return run


ACTIONS = (
    Action(name="transfer.apply", label=N_("Accept an application"), permissions=WORK,
           takes=inputs.Applying, run=_apply),
    Action(name="transfer.arrears", label=N_("Note the check for arrears"), permissions=WORK,
           takes=inputs.Owing, run=_arrears),
    Action(name="transfer.consent", label=N_("Propose our consent"), permissions=WORK,
           takes=inputs.AccountInput, run=_consent),
    Action(name="transfer.form", label=N_("Propose our form"), permissions=WORK,
           takes=inputs.FormInput, run=_form),
    Action(name="transfer.continue", label=N_("Propose to continue the relation"),
           permissions=WORK, takes=inputs.OfCase, run=_plainly(decide.propose_continuation)),
    Action(name="transfer.sign", label=N_("Sign"), permissions=APPROVE, takes=inputs.Signing,
           run=_sign, step_up=True),
    Action(name="transfer.query_form", label=N_("Ask about the first difference"),
           permissions=WORK, takes=inputs.OfCase, run=_plainly(judge.query)),
    Action(name="transfer.accept_form", label=N_("Accept the form in spite of its sums"),
           permissions=APPROVE, takes=inputs.WithReason, run=_accept_form, step_up=True),
    Action(name="transfer.refuse", label=N_("Refuse the transfer"), permissions=WORK,
           takes=inputs.WithReason, run=_with_reason(talk.refuse), danger=True),
    Action(name="transfer.withdraw", label=N_("The person withdraws"), permissions=WORK,
           takes=inputs.WithReason, run=_with_reason(talk.withdraw), danger=True),
    Action(name="transfer.invalidate", label=N_("Make void"), permissions=WORK,
           takes=inputs.Voiding, run=_invalidate, danger=True),
    Action(name="transfer.pause", label=N_("Stop our clock"), permissions=WORK,
           takes=inputs.WithReason, run=_with_reason(desk.pause)),
    Action(name="transfer.resume", label=N_("Let our clock go on"), permissions=WORK,
           takes=inputs.OfCase, run=_plainly(desk.resume)),
    Action(name="transfer.clarify", label=N_("Ask the other office"), permissions=WORK,
           takes=inputs.Asking, run=_clarify),
    Action(name="transfer.reply", label=N_("Answer a question"), permissions=WORK,
           takes=inputs.Answering, run=_reply, scope="region"),
    Action(name="transfer.forward", label=N_("Pass on to the right office"), permissions=WORK,
           takes=inputs.Onward, run=_forward),
    Action(name="transfer.close", label=N_("Close the case"), permissions=WORK,
           takes=inputs.OfCase, run=_plainly(talk.close)),
    Action(name="transfer.reopen", label=N_("Open another round"), permissions=WORK,
           takes=inputs.Again, run=_reopen),
)  # fmt: skip
