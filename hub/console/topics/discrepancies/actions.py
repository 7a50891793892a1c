"""What people do about discrepancies: one, or all that they chose, in one unit of work.

What cannot be done to one of several is done to none of them, and the refusal names that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from flask import url_for
from pydantic import Field

from hub.console.fields import LongText
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.discrepancy import TEXT_CHARS_MAX, State
from hub.domain.discrepancy import Action as Ending
from hub.domain.permission import Permission
from hub.flows import resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.domain.discrepancy import Discrepancy
    from hub.domain.permission import Viewer
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

CHOSEN_MAX: Final = 500  # discrepancies that one action takes: a page of the list at most
OWNER_CHARS_MAX: Final = 60

Ids = Annotated[list[int], Field(title=N_("Discrepancies"), min_length=1, max_length=CHOSEN_MAX)]
Words = Annotated[LongText, Field(title=N_("Reason"), min_length=1, max_length=TEXT_CHARS_MAX)]
Number = Annotated[int, Field(title=N_("Discrepancy"), ge=1)]
_AS_SEEN: Final = N_("As you saw it: nothing is done if it changed")
Version = Annotated[int, Field(title=N_("Version"), ge=1, description=_AS_SEEN)]


class Assign(Input):
    """Give discrepancies to a desk or person."""

    ids: Ids
    owner: str = Field(
        title=N_("Desk or person"), min_length=1, max_length=OWNER_CHARS_MAX,
        description=N_("Who looks at it now"),
    )  # fmt: skip


class Comment(Input):
    """Say something about discrepancies."""

    ids: Ids
    text: LongText = Field(title=N_("Comment"), min_length=1, max_length=TEXT_CHARS_MAX)


class ProposeAll(Input):
    """Propose the same ending for several discrepancies."""

    ids: Ids
    action: Ending = Field(title=N_("Ending"))
    reason: Words


class Propose(Input):
    """Propose an ending for a discrepancy as one saw it."""

    discrepancy: Number
    version: Version
    action: Ending = Field(title=N_("Ending"))
    reason: Words


class Agree(Input):
    """Agree as a second person to what was proposed."""

    discrepancy: Number
    version: Version


class Decline(Input):
    """Give a proposal back."""

    discrepancy: Number
    reason: Words


def _assign(services: Services, viewer: Viewer, taken: Assign) -> Done:
    def one(number: int, uow: UnitOfWork) -> None:
        resolve.assign(number, owner=taken.owner, person=viewer.person, services=services, uow=uow)

    return _all(taken.ids, one, services)


def _comment(services: Services, viewer: Viewer, taken: Comment) -> Done:
    def one(number: int, uow: UnitOfWork) -> None:
        resolve.comment(number, text=taken.text, person=viewer.person, services=services, uow=uow)

    return _all(taken.ids, one, services)


def _propose_all(services: Services, viewer: Viewer, taken: ProposeAll) -> Done:
    def one(number: int, uow: UnitOfWork) -> None:
        resolve.propose(
            number, action=taken.action, reason=taken.reason, person=viewer.person,
            services=services, uow=uow,
        )  # fmt: skip

    return _all(taken.ids, one, services)


def _propose(services: Services, viewer: Viewer, taken: Propose) -> Done:
    changed = resolve.propose(
        taken.discrepancy, action=taken.action, reason=taken.reason, person=viewer.person,
        services=services, version=taken.version,
    )  # fmt: skip
    return _changed(changed)


def _agree(services: Services, viewer: Viewer, taken: Agree) -> Done:
    changed = resolve.confirm(
        taken.discrepancy, person=viewer.person, services=services, version=taken.version
    )
    return _changed(changed)


def _decline(services: Services, viewer: Viewer, taken: Decline) -> Done:
    changed = resolve.decline(
        taken.discrepancy, reason=taken.reason, person=viewer.person, services=services
    )
    return _changed(changed)


def _all(ids: list[int], one: Callable[[int, UnitOfWork], None], services: Services) -> Done:
    wanted = sorted(set(ids))

    def unit(uow: UnitOfWork) -> None:
        for number in wanted:
            one(number, uow)

    services.store.transact(unit)
    only = len(wanted) == 1
    return Done(
        text=gettext("Done; discrepancies: %(number)s.", number=len(wanted)),
        href=url_for("discrepancy", number=wanted[0]) if only
        else url_for("table", name="discrepancies"),
        data={"ids": wanted},
    )  # fmt: skip


def _changed(changed: Discrepancy) -> Done:
    if changed.state is State.CLOSED:
        text = gettext("Discrepancy %(number)s is closed.", number=changed.id)
    elif changed.state is State.PROPOSED:
        text = gettext("Proposed: a second person must agree.")
    else:
        text = gettext("Discrepancy %(number)s is open again.", number=changed.id)
    data: dict[str, Any] = {"id": changed.id, "state": changed.state.value}
    return Done(
        text=text,
        href=url_for("discrepancy", number=changed.id),
        data={**data, "version": changed.version},
    )


_WORK: Final = (Permission.DISCREPANCY_WORK,)
_BOTH: Final = (Permission.DISCREPANCY_WORK, Permission.DISCREPANCY_AGREE)
_AGREE: Final = (Permission.DISCREPANCY_AGREE,)

ACTIONS: Final = (
    Action(
        name="discrepancy.assign", label=N_("Give to a desk or person"), permissions=_BOTH,
        takes=Assign, run=_assign,
    ),
    Action(
        name="discrepancy.comment", label=N_("Comment"), permissions=_BOTH,
        takes=Comment, run=_comment,
    ),
    Action(
        name="discrepancy.propose_all", label=N_("Propose an ending for all chosen"),
        permissions=_WORK, takes=ProposeAll, run=_propose_all,
    ),
    Action(
        name="discrepancy.propose", label=N_("Propose an ending"), permissions=_WORK,
        takes=Propose, run=_propose,
    ),
    Action(
        name="discrepancy.agree", label=N_("Agree and close"), permissions=_AGREE,
        takes=Agree, run=_agree, step_up=True,
    ),
    Action(
        name="discrepancy.decline", label=N_("Send back"), permissions=_AGREE,
        takes=Decline, run=_decline, danger=True,
    ),
)  # fmt: skip
