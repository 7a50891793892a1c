"""People who may sign in, and the changes of them that two administrators agree on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named
from hub.domain.permission import Permission, Viewer, united
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.domain.permission import Role

SIGN_IN_NAME: Final = r"[a-z][a-z0-9._-]{1,39}"
LANGUAGES: Final = ("zh", "en")
THEMES: Final = ("light", "dark")
FREE_FAILURES: Final = 3  # so many mistakes cost nothing
LOCK_S_MAX: Final = 3600  # how long a name waits at most after wrong passwords


class ChangeKind(StrEnum):
    """What an administrator drafts for another to agree to."""

    ADD = "add"
    ROLES = "roles"
    RESET = "reset"  # password and second factor: a new enrolment
    ENABLE = "enable"

    @property
    def zh(self) -> str:
        """Return its name in Chinese."""
        return {"add": "新增", "roles": "调整岗位", "reset": "重置登录", "enable": "启用"}[self]

    @property
    def en(self) -> str:
        """Return its name in English."""
        return {
            "add": "add", "roles": "change roles", "reset": "reset sign-in", "enable": "enable",
        }[self]  # fmt: skip


class ChangeState(StrEnum):
    """Where a change stands."""

    DRAFT = "draft"
    AGREED = "agreed"
    REFUSED = "refused"

    @property
    def zh(self) -> str:
        """Return its name in Chinese."""
        return {"draft": "待复核", "agreed": "已同意", "refused": "已拒绝"}[self]

    @property
    def en(self) -> str:
        """Return its name in English."""
        return {"draft": "to be agreed", "agreed": "agreed", "refused": "refused"}[self]


class PersonState(StrEnum):
    """Whether somebody may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"

    @property
    def zh(self) -> str:
        """Return its name in Chinese."""
        return {"active": "在用", "disabled": "已停用"}[self]

    @property
    def en(self) -> str:
        """Return its name in English."""
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What somebody is: roles by code, a desk, and the bank or region that he belongs to."""

    roles: tuple[str, ...]
    desk: str | None = None
    partner: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may sign in. Secrets are hashes or sealed, and show in no text."""

    id: int
    name: str
    sign_in: str
    place: Place
    state: PersonState
    has_password: bool
    password_at: datetime | None
    enrolment_until: datetime | None
    failed: int
    locked_until: datetime | None
    language: str | None
    theme: str | None
    made_at: datetime

    def viewer(self, roles: Mapping[str, Role]) -> Viewer:
        """Return what this person may do now; a role that is gone from the file gives nothing."""
        held = [roles[code] for code in self.place.roles if code in roles]
        return Viewer(
            person=self.name,
            roles=tuple(role.code for role in held),
            permissions=united(held),
            desk=self.place.desk,
            partner=self.place.partner,
            region=self.place.region,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of one person that an administrator drafted."""

    id: int
    kind: ChangeKind
    name: str
    facts: Mapping[str, Any]
    state: ChangeState
    drafted_by: str
    drafted_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


def key_of(name: str) -> str:
    """Return what makes a name one person's: blanks, width and letter case do not count."""
    return named(name).replace(" ", "").casefold()


def sign_in_name(text: str) -> str:
    """Return a name to sign in with; `Rejected("person_sign_in_unusable")`."""
    name = text.strip().lower()
    if not re.fullmatch(SIGN_IN_NAME, name):
        raise Rejected("person_sign_in_unusable")
    return name


def checked(place: Place, roles: Mapping[str, Role]) -> Place:
    """Return a place whose roles exist and go together.

    `Rejected`: `person_role_unknown`, `duties_not_apart`, `person_scope_wrong` unless roles of
    banks and regions have exactly one of these and all others none.
    """
    for code in place.roles:
        if code not in roles:
            raise Rejected("person_role_unknown", role=code, known=", ".join(sorted(roles)))
    held = [roles[code] for code in place.roles]
    united(held)
    outside = {role.scoped for role in held}
    scopes = [scope for scope in (place.partner, place.region) if scope]
    if not held or len(outside) > 1 or len(scopes) != (1 if True in outside else 0):
        raise Rejected("person_scope_wrong")
    return Place(
        roles=tuple(dict.fromkeys(place.roles)), desk=place.desk or None,
        partner=place.partner or None, region=place.region or None,
    )  # fmt: skip


def administrators(people: Sequence[Person], roles: Mapping[str, Role]) -> list[Person]:
    """Return those of some people who may administer people now."""
    return [
        person
        for person in people
        if person.state is PersonState.ACTIVE
        and any(
            Permission.PEOPLE_MANAGE in roles[code].permissions
            for code in person.place.roles
            if code in roles
        )
    ]


def wait_after(failed: int) -> int:
    """Return how long (s) a name waits after so many failures in a row: it doubles each time."""
    if failed <= FREE_FAILURES:
        return 0
    return int(min(15 * 2 ** min(failed - FREE_FAILURES, 12), LOCK_S_MAX))
