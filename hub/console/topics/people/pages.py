"""The pages about one person and one change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.console.context import console
from hub.console.pages import render
from hub.console.registry import Page
from hub.domain.permission import Permission

if TYPE_CHECKING:
    from hub.domain.person import Change, Person
    from hub.store.engine import UnitOfWork


def person(name: str) -> str:
    """Show one person: roles, what these may do, the state, what may be done about it."""
    services = console().services
    with services.store.read() as uow:
        found = uow.people.named(name)
        sessions = uow.sessions.of(found.id)
        events = uow.security.events(person=found.name, limit=20)
    return render(
        "people/person.html", person=found, sessions=sessions, events=events,
        roles=console().roles, now=services.real_now(),
    )  # fmt: skip


def new() -> str:
    """Show the form for a new person."""
    return render("people/new.html", roles=console().roles)


def change(change_id: int) -> str:
    """Show one change: what is, and what would be."""
    with console().services.store.read() as uow:
        found = uow.people.change(change_id)
        now = _person_of(found, uow)
    return render("people/change.html", change=found, person=now, roles=console().roles)


def _person_of(change: Change, uow: UnitOfWork) -> Person | None:
    return next((one for one in uow.people.list() if one.name == change.name), None)


_SEE, _MANAGE = Permission.PEOPLE_SEE, Permission.PEOPLE_MANAGE
PAGES = (
    Page(rule="/people/new", endpoint="person_new", permission=_MANAGE, view=new),
    Page(rule="/people/by-name/<name>", endpoint="person", permission=_SEE, view=person),
    Page(
        rule="/people/changes/<int:change_id>", endpoint="person_change", permission=_SEE,
        view=change,
    ),
)  # fmt: skip
