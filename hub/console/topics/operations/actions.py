"""What operators order: retry, pause, resume, revive, release, replay, redrive, drop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows import message_intake, orders, receive
from hub.flows.running import hub_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.domain.permission import Viewer
    from hub.flows.services import Services

IDS_MAX: Final = 500
HERE: Final = "/operations"


class Several(Input):
    """Some tasks."""

    ids: list[int] = Field(title=N_("Tasks"), min_length=1, max_length=IDS_MAX)


class Lane(Input):
    """An actor, and so the work of its lane."""

    lane: str = Field(title=N_("Lane"), max_length=100)


class OneFile(Input):
    """A received file."""

    inbox_id: int = Field(title=N_("Received file"), ge=1)


class OneMessage(Input):
    """A message in quarantine."""

    quarantine_id: int = Field(title=N_("Message in quarantine"), ge=1)


def _retry(services: Services, viewer: Viewer, given: Several) -> Done:
    for task_id in given.ids:
        orders.retry(task_id, person=viewer.person, services=services)
    return Done(
        text=gettext("%(number)s tasks are due again.", number=len(given.ids)),
        href="/tables/tasks?state=parked",
    )


def _order(order: str) -> Callable[[Services, Viewer, Lane], Done]:
    def run(services: Services, viewer: Viewer, given: Lane) -> Done:
        state = hub_state(services)
        if state is None:
            raise Rejected("no_hub_runs")
        if given.lane not in state.actors:
            raise Rejected("lane_missing", name=given.lane)
        orders.give(order, actor=given.lane, person=viewer.person, services=services)
        return Done(text=gettext("Ordered; the hub obeys within a second or so."), href=HERE)

    return run


def _release(services: Services, viewer: Viewer, given: OneFile) -> Done:
    receive.release(given.inbox_id, person=viewer.person, services=services)
    return Done(text=gettext("The file is read now."), href=f"{HERE}/inbox/{given.inbox_id}")


def _replay(services: Services, viewer: Viewer, given: OneFile) -> Done:
    receive.replay(given.inbox_id, person=viewer.person, services=services)
    return Done(
        text=gettext("The original is read again; nothing counts twice."),
        href=f"{HERE}/inbox/{given.inbox_id}",
    )


def _redrive(services: Services, viewer: Viewer, given: OneMessage) -> Done:
    message_intake.redrive(given.quarantine_id, person=viewer.person, services=services)
    return Done(
        text=gettext("The message is tried again."), href=f"{HERE}/quarantine/{given.quarantine_id}"
    )


def _drop(services: Services, viewer: Viewer, given: OneMessage) -> Done:
    message_intake.drop(given.quarantine_id, person=viewer.person, services=services)
    return Done(
        text=gettext("The message is settled without any effect; it stays readable."),
        href=f"{HERE}/quarantine/{given.quarantine_id}",
    )


def _action(
    name: str, label: str, takes: type[Input], run: Callable[..., Done], *, danger: bool = False
) -> Action:
    needs = (Permission.OPERATION_WORK,)
    return Action(name=name, label=label, permissions=needs, takes=takes, run=run, danger=danger)


ACTIONS: Final = (
    _action("task.retry", N_("Try again"), Several, _retry),
    _action("lane.pause", N_("Pause"), Lane, _order("pause"), danger=True),
    _action("lane.resume", N_("Resume"), Lane, _order("resume")),
    _action("lane.revive", N_("Start again"), Lane, _order("revive")),
    _action("inbox.release", N_("Release the file"), OneFile, _release),
    _action("inbox.replay", N_("Read the original again"), OneFile, _replay),
    _action("quarantine.redrive", N_("Try the message again"), OneMessage, _redrive),
    _action("quarantine.drop", N_("Drop the message"), OneMessage, _drop, danger=True),
)
