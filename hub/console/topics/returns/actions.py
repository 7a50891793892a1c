"""What people do about what came back: correct and try again, decide doubts, stop, lift."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console.language import N_, gettext
from hub.console.registry import Action, Done
from hub.console.topics.payouts import inputs
from hub.console.topics.payouts.actions import done, kept_name
from hub.domain.correction import Correction
from hub.domain.debit import state_called
from hub.domain.discrepancy import State
from hub.domain.payout import ItemState
from hub.domain.permission import Permission
from hub.flows.debit_stop import stop
from hub.flows.payout_answers import remap
from hub.flows.payout_decision import decide, lift
from hub.flows.payout_reissue import draft_reissue
from hub.flows.scratch import scratch
from hub.flows.work_list import take_back

if TYPE_CHECKING:
    from hub.console.topics.payouts.side import Side
    from hub.domain.payout import PayoutList
    from hub.domain.permission import Viewer
    from hub.flows.services import Services

_WORK: Final = (Permission.RETURN_WORK, Permission.PAYOUT_MAKE)
_TWO: Final = (Permission.RETURN_WORK, Permission.PAYOUT_CHECK)
"""Doubts are decided by two people: a small office may have one clerk for returns only."""


def _correct(services: Services, viewer: Viewer, given: inputs.Correcting, *, side: Side) -> Done:
    correction = Correction(**given.model_dump())
    payout = draft_reissue([correction], person=viewer.person, services=side.services(services))
    return done(payout, side)


def _again(services: Services, viewer: Viewer, given: inputs.Repeating, *, side: Side) -> Done:
    mine = side.services(services)
    groups: defaultdict[tuple[str, str], list[Correction]] = defaultdict(list)
    with mine.store.read() as uow:
        for item_id in dict.fromkeys(given.ids):
            payout = uow.payouts.get(uow.payout_items.get(item_id).list_id)
            correction = Correction(item_id=item_id, explanation=given.explanation)
            groups[payout.kind.value, payout.fund].append(correction)
    lists = [
        draft_reissue(group, person=viewer.person, services=mine)
        for _, group in sorted(groups.items())
    ]
    return _made(lists, 0, side)


def _take_back(services: Services, viewer: Viewer, given: inputs.TakingBack, *, side: Side) -> Done:
    with scratch(services) as folder:
        path = folder / kept_name(given.file)
        path.write_bytes(given.file.content)
        took = take_back(path, person=viewer.person, services=side.services(services))
    return _made(list(took.lists), len(took.left), side)


def _made(lists: list[PayoutList], left: int, side: Side) -> Done:
    if len(lists) == 1 and not left:
        return done(lists[0], side)
    text = gettext("%(lists)s lists made, %(left)s rows left open", lists=len(lists), left=left)
    ids = [one.id for one in lists]
    href = url_for("table", name=f"{side.name}-lists", state="checked")
    return Done(text=text, href=href, data={"lists": ids, "left": left})


def _decide(services: Services, viewer: Viewer, given: Any, *, side: Side) -> Done:  # noqa: ANN401
    wanted = state_called(given.outcome) if side.is_debit else ItemState(given.outcome)
    known = decide(
        given.item_id, wanted or ItemState.UNKNOWN, person=viewer.person, reason=given.reason,
        services=side.services(services),
    )  # fmt: skip
    is_done = known.state is State.CLOSED
    text = (
        gettext("Item %(id)s: decided by two people", id=given.item_id)
        if is_done
        else gettext("Item %(id)s: proposed, another person confirms it", id=given.item_id)
    )
    data = {"item": given.item_id, "discrepancy": known.id, "decided": is_done}
    return Done(text=text, href=_page(given.item_id, side), data=data)


def _lift(services: Services, viewer: Viewer, given: inputs.Lifting, *, side: Side) -> Done:
    lifted = lift(
        given.item_id, person=viewer.person, reason=given.reason, services=side.services(services)
    )
    text = gettext("%(number)s stops lifted", number=lifted)
    return Done(text=text, href=_page(given.item_id, side), data={"lifted": lifted})


def _stop(services: Services, viewer: Viewer, given: inputs.Stopping, *, side: Side) -> Done:
    stopped = stop(
        given.item_id, person=viewer.person, reason=given.reason, everything=given.everything,
        services=side.services(services),
    )  # fmt: skip
    what = stopped.benefit or gettext("everything")
    text = gettext("Not debited any more: %(what)s", what=what)
    return Done(text=text, href=_page(given.item_id, side), data={"item": given.item_id})


def _remap(services: Services, viewer: Viewer, given: inputs.Remapping, *, side: Side) -> Done:
    services.catalog.partner(given.bank)
    taken, left = remap(given.bank, person=viewer.person, services=side.services(services))
    text = gettext("%(taken)s answers recognised, %(left)s still not", taken=taken, left=left)
    href = url_for("table", name=f"{side.name}-returns", bank=given.bank)
    return Done(text=text, href=href, data={"taken": taken, "left": left})


def _page(item_id: int, side: Side) -> str:
    return url_for(f"{side.name}_item", item_id=item_id)


def actions(side: Side) -> tuple[Action, ...]:
    """Return what is done about what came back on one side."""
    name, debits = side.name, side.is_debit
    made = (
        Action(name=f"{name}.correct", label=N_("Correct and try again"), permissions=_WORK,
               takes=inputs.CorrectingDebit if debits else inputs.Correcting,
               run=partial(_correct, side=side)),
        Action(name=f"{name}.again", label=N_("Try again as they are"), permissions=_WORK,
               takes=inputs.Repeating, run=partial(_again, side=side)),
        Action(name=f"{name}.take_back", label=N_("Take the work list back"), permissions=_WORK,
               takes=inputs.TakingBack, run=partial(_take_back, side=side)),
        Action(name=f"{name}.decide", label=N_("Decide what became of it"), permissions=_TWO,
               takes=inputs.DecidingDebit if debits else inputs.Deciding, step_up=True,
               run=partial(_decide, side=side)),
        Action(name=f"{name}.lift", label=N_("Lift the person's stops"), takes=inputs.Lifting,
               permissions=(Permission.RETURN_WORK,), run=partial(_lift, side=side)),
        Action(name=f"{name}.remap", label=N_("Read unrecognised answers anew"),
               takes=inputs.Remapping, run=partial(_remap, side=side),
               permissions=(Permission.RETURN_WORK, Permission.BANK_WORK)),
    )  # fmt: skip
    if not debits:
        return made
    stopping = Action(
        name="debit.stop", label=N_("Stop debiting"), takes=inputs.Stopping, danger=True,
        permissions=(Permission.RETURN_WORK,), run=partial(_stop, side=side),
    )  # fmt: skip
    return (*made, stopping)
