"""Who may sign in: one administrator drafts, another agrees; nobody decides about himself.

The first two administrators come from the command line, because nobody could agree to them.
Whoever can run commands on the server is trusted with that, as with the database itself.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named, same_person
from hub.domain.permission import Permission
from hub.domain.person import (
    ChangeKind,
    ChangeState,
    PersonState,
    Place,
    administrators,
    checked,
    sign_in_name,
)
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.domain.permission import Role
    from hub.domain.person import Change, Person
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

FIRST_ADMINISTRATORS: Final = 2  # fewer cannot agree on anything
_CODE_BYTES: Final = 17  # 136 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What somebody needs once, to choose a password and a second factor; shown once."""

    name: str
    sign_in: str
    code: str
    until: datetime


def first_administrator(
    name: str, sign_in: str, *, roles: Mapping[str, Role], services: Services,
    role: str = "administrator",
) -> Enrolment:  # fmt: skip
    """Add an administrator from the command line, while there are fewer than two.

    `Rejected`: `person_administrators_enough`, `person_no_administrator_role`, `person_known`.
    """
    if role not in roles or Permission.PEOPLE_MANAGE not in roles[role].permissions:
        raise Rejected("person_no_administrator_role", role=role)
    who, login, at = named(name), sign_in_name(sign_in), services.now()

    def unit(uow: UnitOfWork) -> Enrolment:
        if len(administrators(uow.people.list(), roles)) >= FIRST_ADMINISTRATORS:
            raise Rejected("person_administrators_enough")
        person = uow.people.add(who, login, Place(roles=(role,)), at=at)
        _note("person.first", who, uow, person=None, at=at, sign_in=login, roles=[role])
        return _enrol_anew(person, uow, services)

    return services.store.transact(unit)


def draft(
    kind: ChangeKind, name: str, *, person: str, roles: Mapping[str, Role], services: Services,
    sign_in: str | None = None, place: Place | None = None,
) -> Change:  # fmt: skip
    """Draft a change for another administrator to agree to.

    `ADD` needs a sign-in name and a place, `ROLES` a place. `Rejected`: `person_change_own`,
    `person_change_open`, and whatever is wrong with the change itself.
    """
    who, about, at = named(person), named(name), services.now()
    facts: dict[str, Any] = {}
    if kind in (ChangeKind.ADD, ChangeKind.ROLES):
        wanted = checked(place or Place(roles=()), roles)
        _require_party(wanted, services)
        facts = asdict(wanted)
    if kind is ChangeKind.ADD:
        facts["sign_in"] = sign_in_name(sign_in or "")

    def unit(uow: UnitOfWork) -> Change:
        _require_administrator(who, uow, roles)
        _require_other(who, about)
        if kind is ChangeKind.ADD:
            _require_new(about, facts["sign_in"], uow)
        else:
            _require_state(uow.people.named(about), kind)
        change = uow.people.draft(kind, about, facts, person=who, at=at)
        _note_change("person.drafted", change, uow, person=who, at=at)
        return change

    return services.store.transact(unit)


def agree(
    change_id: int, *, person: str, roles: Mapping[str, Role], services: Services
) -> Enrolment | None:
    """Agree to a change; it holds from now, and the person's sessions end.

    Returns what the person needs to enrol, for a new person and after a reset. `Rejected`:
    `person_change_same`, `person_change_own`, `person_change_decided`.
    """
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Enrolment | None:
        _require_administrator(who, uow, roles)
        change = uow.people.change(change_id)
        _require_other(who, change.name)
        if same_person(who, change.drafted_by):
            raise Rejected("person_change_same")
        change = uow.people.decide(change, ChangeState.AGREED, person=who, at=at)
        enrolment = _apply(change, uow, roles, services)
        _note_change("person.agreed", change, uow, person=who, at=at)
        return enrolment

    return services.store.transact(unit)


def refuse(change_id: int, *, person: str, roles: Mapping[str, Role], services: Services) -> Change:
    """Refuse a change; who drafted it may take it back so."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Change:
        _require_administrator(who, uow, roles)
        change = uow.people.change(change_id)
        change = uow.people.decide(change, ChangeState.REFUSED, person=who, at=at)
        _note_change("person.refused", change, uow, person=who, at=at)
        return change

    return services.store.transact(unit)


def disable(name: str, *, person: str, roles: Mapping[str, Role], services: Services) -> Person:
    """Keep somebody out from now on: one administrator is enough, it cannot wait for two.

    `Rejected`: `person_change_own`, `person_administrators_few` for the last administrator.
    """
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Person:
        _require_administrator(who, uow, roles)
        found = uow.people.named(name)
        _require_other(who, found.name)
        if found.state is not PersonState.ACTIVE:
            raise Rejected("person_state_wrong", name=found.name)
        uow.people.set(
            found, state=PersonState.DISABLED.value, enrolment_sha256=None, enrolment_until=None
        )
        _end_everything(found, uow, at)
        _require_administrators_left(uow, roles)
        _note("person.disabled", found.name, uow, person=who, at=at)
        return uow.people.get(found.id)

    return services.store.transact(unit)


def unlock(name: str, *, person: str, roles: Mapping[str, Role], services: Services) -> Person:
    """Let somebody try at once who must wait after wrong passwords."""
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Person:
        _require_administrator(who, uow, roles)
        found = uow.people.named(name)
        _require_other(who, found.name)
        uow.people.set(found, failed=0, locked_until=None)
        _note("person.unlocked", found.name, uow, person=who, at=at)
        return uow.people.get(found.id)

    return services.store.transact(unit)


def sha256_of(secret: str) -> str:
    """Return the SHA-256 of a token or code of at least 128 random bits, as it is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def plain_code(code: str) -> str:
    """Return an enrolment code without the hyphens and blanks that make it readable."""
    return "".join(c for c in code.upper() if c.isalnum())


def _apply(
    change: Change, uow: UnitOfWork, roles: Mapping[str, Role], services: Services
) -> Enrolment | None:
    at = services.now()
    if change.kind is ChangeKind.ADD:
        place = _place(change, roles)
        person = uow.people.add(change.name, change.facts["sign_in"], place, at=at)
        return _enrol_anew(person, uow, services)
    person = uow.people.named(change.name)
    _require_state(person, change.kind)
    _end_everything(person, uow, at)
    if change.kind is ChangeKind.ROLES:
        uow.people.set_place(person, _place(change, roles))
        _require_administrators_left(uow, roles)
        return None
    uow.people.set(person, state=PersonState.ACTIVE.value, password_hash=None, factor=None)
    return _enrol_anew(person, uow, services)


def _place(change: Change, roles: Mapping[str, Role]) -> Place:
    """Return what a change says, checked again: the roles may have changed since it was drafted."""
    facts = change.facts
    return checked(
        Place(
            roles=tuple(facts["roles"]), desk=facts["desk"], partner=facts["partner"],
            region=facts["region"],
        ),
        roles,
    )  # fmt: skip


def _enrol_anew(person: Person, uow: UnitOfWork, services: Services) -> Enrolment:
    raw = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().rstrip("=")
    until = services.real_now() + timedelta(hours=services.settings.console.enrolment_hours)
    uow.people.set(
        person, enrolment_sha256=sha256_of(raw), enrolment_until=until, failed=0, locked_until=None
    )
    shown = "-".join(raw[n : n + 4] for n in range(0, len(raw), 4))
    return Enrolment(name=person.name, sign_in=person.sign_in, code=shown, until=until)


def _end_everything(person: Person, uow: UnitOfWork, at: datetime) -> None:
    uow.sessions.end_all(person.id)
    uow.sessions.revoke_all(person.id, at=at)


def _require_administrator(name: str, uow: UnitOfWork, roles: Mapping[str, Role]) -> None:
    who = administrators(uow.people.list(), roles)
    if not any(same_person(name, one.name) for one in who):
        raise Rejected("person_not_administrator", name=name)


def _require_other(person: str, about: str) -> None:
    if same_person(person, about):
        raise Rejected("person_change_own")


def _require_new(name: str, sign_in: str, uow: UnitOfWork) -> None:
    people = uow.people.list()
    if any(same_person(name, one.name) or one.sign_in == sign_in for one in people):
        raise Rejected("person_known", name=name, sign_in=sign_in)


def _require_state(person: Person, kind: ChangeKind) -> None:
    wanted = PersonState.DISABLED if kind is ChangeKind.ENABLE else PersonState.ACTIVE
    if person.state is not wanted:
        raise Rejected("person_state_wrong", name=person.name)


def _require_administrators_left(uow: UnitOfWork, roles: Mapping[str, Role]) -> None:
    able = [one for one in administrators(uow.people.list(), roles) if one.has_password]
    if not able:
        raise Rejected("person_administrators_few")


def _require_party(place: Place, services: Services) -> None:
    if place.partner is not None and place.partner not in services.catalog.partners:
        raise Rejected("person_party_unknown", party=place.partner)
    if place.region is not None and not (place.region.isdigit() and len(place.region) == 6):  # noqa: PLR2004 -- GB/T 2260
        raise Rejected("person_party_unknown", party=place.region)


def _note_change(event: str, change: Change, uow: UnitOfWork, *, person: str, at: datetime) -> None:
    _note(
        event, change.name, uow, person=person, at=at, change=change.id, kind=change.kind.value,
        drafted_by=change.drafted_by, to=dict(change.facts),
    )  # fmt: skip


def _note(
    event: str, name: str, uow: UnitOfWork, *, person: str | None, at: datetime, **facts: Any,  # noqa: ANN401
) -> None:  # fmt: skip
    actor = "command line" if person is None else "person"
    uow.journal.note(event, f"person:{name}", at=at, actor=actor, person=person, **facts)
