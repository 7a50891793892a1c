"""The lists about people: accounts, roles, changes, looks at personal data, security events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import url_for

from hub.console.context import console
from hub.console.language import N_, gettext, language
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.domain.permission import Permission
from hub.domain.person import ChangeKind, ChangeState, PersonState
from hub.domain.whole import whole
from hub.store.views import people as views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.domain.person import Person
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def _people(uow: UnitOfWork, query: Query) -> Rows:
    """Return everybody at once: an agency has some hundreds."""
    wanted, state = query.filters.get("name", "").casefold(), query.filters.get("state")
    found = [
        person
        for person in uow.people.list()
        if wanted in f"{person.name} {person.sign_in}".casefold()
        and (not state or person.state.value == state)
    ]
    start = whole(query.after) or 0
    shown = found[start : start + query.limit]
    more = start + query.limit < len(found)
    return Rows(
        rows=[_person(person) for person in shown],
        after=str(start + query.limit) if more else None,
    )


def _person(person: Person) -> dict[str, Any]:
    place = person.place
    return {
        "name": person.name, "sign_in": person.sign_in, "roles": _role_names(place.roles),
        "desk": place.desk, "party": place.partner or place.region, "state": person.state,
        "enrolled": gettext("yes") if person.has_password else gettext("no"),
        "locked_until": person.locked_until, "_href": url_for("person", name=person.name),
    }  # fmt: skip


def _roles(_uow: UnitOfWork, _query: Query) -> Rows:
    rows = [
        {
            "code": role.code, "name": role, "permissions": ", ".join(sorted(role.permissions)),
            "scoped": gettext("yes") if role.scoped else gettext("no"),
        }
        for role in console().roles.values()
    ]  # fmt: skip
    return Rows(rows=rows)


def _changes(uow: UnitOfWork, query: Query) -> Rows:
    rows, after = views.changes(
        uow, state=query.filters.get("state"), after=query.after, limit=query.limit
    )
    return Rows(rows=[_change(row) for row in rows], after=after)


def _change(row: Any) -> dict[str, Any]:  # noqa: ANN401 -- a row of the database
    facts = json.loads(row.facts)
    said = [_role_names(facts.get("roles", ())), facts.get("desk"), facts.get("partner")]
    return {
        "id": row.id, "kind": ChangeKind(row.kind), "name": row.name,
        "facts": " · ".join(one for one in (*said, facts.get("region")) if one),
        "state": ChangeState(row.state), "drafted_by": row.drafted_by,
        "drafted_at": row.drafted_at, "decided_by": row.decided_by, "decided_at": row.decided_at,
        "_href": url_for("person_change", change_id=row.id),
    }  # fmt: skip


def _looks(uow: UnitOfWork, query: Query) -> Rows:
    rows, after = views.looks_of(
        uow, person=query.filters.get("person"), after=query.after, limit=query.limit
    )
    return Rows(rows=[dict(row._mapping) for row in rows], after=after)  # noqa: SLF001


def _events(uow: UnitOfWork, query: Query) -> Rows:
    rows, after = views.events(
        uow, person=query.filters.get("person"), event=query.filters.get("event"),
        after=query.after, limit=query.limit,
    )  # fmt: skip
    return Rows(rows=[dict(row._mapping) for row in rows], after=after)  # noqa: SLF001


def _role_names(codes: Sequence[str]) -> str:
    roles = console().roles
    return "、".join(getattr(roles[c], language()) if c in roles else c for c in codes)


def _states(_services: Services) -> Mapping[str, Any]:
    return {state.value: state for state in PersonState}


def _change_states(_services: Services) -> Mapping[str, Any]:
    return {state.value: state for state in ChangeState}


_SEE = Permission.PEOPLE_SEE
_PERSON = Filter(name="person", label=N_("Person"))
TABLES = (
    Table(
        name="people", title=N_("People"), permission=_SEE, fetch=_people,
        columns=(
            Column(name="name", label=N_("Full name")),
            Column(name="sign_in", label=N_("Sign-in name")),
            Column(name="roles", label=N_("Roles")),
            Column(name="desk", label=N_("Desk")),
            Column(name="party", label=N_("Bank or region")),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="enrolled", label=N_("Enrolled")),
            Column(name="locked_until", label=N_("Waits until"), kind="instant"),
        ),
        filters=(
            Filter(name="name", label=N_("Full name")),
            Filter(name="state", label=N_("State"), kind="choice", choices=_states),
        ),
    ),
    Table(
        name="roles", title=N_("Roles"), permission=_SEE, fetch=_roles,
        columns=(
            Column(name="code", label=N_("Code")),
            Column(name="name", label=N_("Full name"), kind="state"),
            Column(name="permissions", label=N_("Permissions")),
            Column(name="scoped", label=N_("Only its own bank's or region's")),
        ),
        note=N_("Roles are written in config/roles.toml; no page changes them."),
    ),
    Table(
        name="people_changes", title=N_("Changes of people"), permission=_SEE, fetch=_changes,
        columns=(
            Column(name="id", label=N_("No."), kind="count"),
            Column(name="kind", label=N_("Kind of change"), kind="state"),
            Column(name="name", label=N_("Full name")),
            Column(name="facts", label=N_("To be")),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="drafted_by", label=N_("Change drafted by")),
            Column(name="drafted_at", label=N_("Drafted at"), kind="instant"),
            Column(name="decided_by", label=N_("Decided by")),
            Column(name="decided_at", label=N_("Decided at"), kind="instant"),
        ),
        filters=(
            Filter(name="state", label=N_("State"), kind="choice", choices=_change_states),
        ),
    ),
    Table(
        name="looks", title=N_("Looks at personal data"), permission=_SEE, fetch=_looks,
        columns=(
            Column(name="at", label=N_("Time"), kind="instant"),
            Column(name="person", label=N_("Person")),
            Column(name="kind", label=N_("Kind of data")),
            Column(name="key", label=N_("Of what")),
            Column(name="place", label=N_("Page")),
        ),
        filters=(_PERSON,),
        note=N_("Each time somebody saw identity or account numbers in full."),
    ),
    Table(
        name="security_events", title=N_("Security events"), permission=_SEE, fetch=_events,
        columns=(
            Column(name="at", label=N_("Time"), kind="instant"),
            Column(name="event", label=N_("Event")),
            Column(name="person", label=N_("Person")),
            Column(name="address", label=N_("Network address")),
            Column(name="detail", label=N_("Detail")),
        ),
        filters=(_PERSON, Filter(name="event", label=N_("Event"))),
    ),
)  # fmt: skip
