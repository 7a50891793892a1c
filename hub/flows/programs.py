"""Programs that act for a person over HTTP: tokens with some of the person's permissions."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.person import PersonState
from hub.errors import Rejected
from hub.flows.people import sha256_of
from hub.flows.sign_in import require_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.permission import Permission, Role
    from hub.domain.person import Person
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.sessions import Token

TOKEN_DAYS_MAX: Final = 366
_MARK: Final = "hub_"  # so that scanners of sources find tokens that leaked
_BYTES: Final = 32


def add_token(
    person: Person, label: str, permissions: frozenset[Permission], *, days: int, code: str,
    roles: Mapping[str, Role], address: str, services: Services,
) -> tuple[Token, str]:  # fmt: skip
    """Let a program act for oneself with some of one's permissions; a one-time code proves it.

    Returns the token as the program needs it, which is shown once and kept nowhere.
    `Rejected("person_token_permissions")` when it would have what the person has not.
    """
    if not permissions or not permissions <= person.viewer(roles).permissions:
        raise Rejected("person_token_permissions")
    require_code(person, code, address=address, services=services)
    raw, at = _MARK + secrets.token_urlsafe(_BYTES), services.real_now()
    until = at + timedelta(days=min(max(days, 1), TOKEN_DAYS_MAX))

    def unit(uow: UnitOfWork) -> Token:
        token = uow.sessions.add_token(
            sha256_of(raw), person.id, label.strip()[:80], permissions, at=at, until=until
        )
        uow.journal.note(
            "person.token_added", f"person:{person.name}", at=at, actor="person",
            person=person.name, token=token.id, label=token.label, until=until,
            permissions=sorted(p.value for p in permissions),
        )  # fmt: skip
        return token

    return services.store.transact(unit), raw


def revoke_token(token_id: int, *, person: str, services: Services) -> Token:
    """End a program's token."""
    at = services.real_now()

    def unit(uow: UnitOfWork) -> Token:
        token = uow.sessions.revoke(token_id, at=at)
        owner = uow.people.get(token.person_id).name
        uow.journal.note(
            "person.token_revoked", f"person:{owner}", at=at, actor="person", person=person,
            token=token.id,
        )  # fmt: skip
        return token

    return services.store.transact(unit)


def program(raw: str, *, services: Services) -> tuple[Person, Token] | None:
    """Return for whom a program's token acts, if it is in force."""
    at = services.real_now()
    with services.store.read() as uow:
        token = uow.sessions.token(sha256_of(raw))
        if token is None or token.revoked_at is not None or at >= token.until:
            return None
        person = uow.people.get(token.person_id)
    return (person, token) if person.state is PersonState.ACTIVE else None
