"""What administrators do about people: one drafts, another agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from hub.console.context import console
from hub.console.language import N_, gettext
from hub.console.registry import Action, Done, Input
from hub.domain.permission import Permission
from hub.domain.person import ChangeKind, Place
from hub.flows import people

if TYPE_CHECKING:
    from hub.domain.permission import Viewer
    from hub.flows.people import Enrolment
    from hub.flows.services import Services

_CHANGES = "/tables/people_changes?state=draft"


class PlaceInput(Input):
    """What somebody is to be."""

    name: str = Field(title=N_("Full name"), max_length=64)
    roles: list[str] = Field(title=N_("Roles"), min_length=1, max_length=20)
    desk: str | None = Field(None, title=N_("Desk"), max_length=64)
    partner: str | None = Field(
        None, title=N_("Bank"), description=N_("Only for people of a bank: its code"), max_length=40
    )
    region: str | None = Field(
        None, title=N_("Region"), description=N_("Only for people of a region: its six digits"),
        max_length=6,
    )  # fmt: skip

    def place(self) -> Place:
        """Return the place that was typed."""
        return Place(
            roles=tuple(self.roles), desk=self.desk, partner=self.partner, region=self.region
        )


class AddInput(PlaceInput):
    """A new person."""

    sign_in: str = Field(
        title=N_("Sign-in name"), description=N_("Lower-case letters, digits, dots and hyphens"),
        max_length=40,
    )  # fmt: skip


class PersonInput(Input):
    """One person."""

    name: str = Field(title=N_("Full name"), max_length=64)


class ChangeInput(Input):
    """One drafted change."""

    id: int = Field(title=N_("Change"), ge=1)


def _draft(
    kind: ChangeKind,
    name: str,
    viewer: Viewer,
    services: Services,
    *,
    sign_in: str | None = None,
    place: Place | None = None,
) -> Done:
    """Draft a change, and say that another administrator has to agree."""
    change = people.draft(
        kind, name, sign_in=sign_in, place=place, person=viewer.person, roles=console().roles,
        services=services,
    )  # fmt: skip
    text = gettext("Drafted as change %(id)s; another administrator has to agree.", id=change.id)
    return Done(text=text, href=_CHANGES, data={"id": change.id})


def _add(services: Services, viewer: Viewer, given: AddInput) -> Done:
    return _draft(
        ChangeKind.ADD, given.name, viewer, services, sign_in=given.sign_in, place=given.place()
    )


def _roles(services: Services, viewer: Viewer, given: PlaceInput) -> Done:
    return _draft(ChangeKind.ROLES, given.name, viewer, services, place=given.place())


def _reset(services: Services, viewer: Viewer, given: PersonInput) -> Done:
    return _draft(ChangeKind.RESET, given.name, viewer, services)


def _enable(services: Services, viewer: Viewer, given: PersonInput) -> Done:
    return _draft(ChangeKind.ENABLE, given.name, viewer, services)


def _disable(services: Services, viewer: Viewer, given: PersonInput) -> Done:
    person = people.disable(
        given.name, person=viewer.person, roles=console().roles, services=services
    )
    text = gettext("%(name)s can no longer sign in.", name=person.name)
    return Done(text=text, href="/tables/people")


def _unlock(services: Services, viewer: Viewer, given: PersonInput) -> Done:
    person = people.unlock(
        given.name, person=viewer.person, roles=console().roles, services=services
    )
    text = gettext("%(name)s may try to sign in at once.", name=person.name)
    return Done(text=text, href="/tables/people")


def _agree(services: Services, viewer: Viewer, given: ChangeInput) -> Done:
    enrolment = people.agree(
        given.id, person=viewer.person, roles=console().roles, services=services
    )
    if enrolment is None:
        return Done(text=gettext("The change holds from now."), href=_CHANGES)
    data = {"sign_in": enrolment.sign_in, "enrolment": enrolment.code, "until": _until(enrolment)}
    text = gettext(
        "%(name)s enrols with the sign-in name %(sign_in)s and the code %(code)s until %(until)s. "
        "The code is shown once: hand it over in person.",
        name=enrolment.name, sign_in=enrolment.sign_in, code=enrolment.code,
        until=_until(enrolment),
    )  # fmt: skip
    return Done(text=text, href=_CHANGES, data=data)


def _refuse(services: Services, viewer: Viewer, given: ChangeInput) -> Done:
    people.refuse(given.id, person=viewer.person, roles=console().roles, services=services)
    return Done(text=gettext("The change was refused."), href=_CHANGES)


def _until(enrolment: Enrolment) -> str:
    zone = console().services.settings.time_zone
    return f"{enrolment.until.astimezone(zone):%Y-%m-%d %H:%M}"


_MANAGE = (Permission.PEOPLE_MANAGE,)
ACTIONS = (
    Action(
        name="person.add", label=N_("Add a person"), permissions=_MANAGE, takes=AddInput, run=_add
    ),
    Action(
        name="person.roles", label=N_("Change roles"), permissions=_MANAGE, takes=PlaceInput,
        run=_roles,
    ),
    Action(
        name="person.reset", label=N_("Reset password and authenticator"), permissions=_MANAGE,
        takes=PersonInput, run=_reset, danger=True,
    ),
    Action(
        name="person.enable", label=N_("Let in again"), permissions=_MANAGE, takes=PersonInput,
        run=_enable,
    ),
    Action(
        name="person.disable", label=N_("Keep out from now"), permissions=_MANAGE,
        takes=PersonInput, run=_disable, step_up=True, danger=True,
    ),
    Action(
        name="person.unlock", label=N_("End the wait after wrong passwords"), permissions=_MANAGE,
        takes=PersonInput, run=_unlock,
    ),
    Action(
        name="person.agree", label=N_("Agree to this change"), permissions=_MANAGE,
        takes=ChangeInput, run=_agree, step_up=True,
    ),
    Action(
        name="person.refuse", label=N_("Refuse this change"), permissions=_MANAGE,
        takes=ChangeInput, run=_refuse, danger=True,
    ),
)  # fmt: skip
