"""Demonstrations only: a user of each role with a password and codes that can be printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.person import Place, key_of
from hub.errors import Rejected
from hub.flows.sign_in import credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.domain.permission import Role
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

OTHER_REGION: Final = "510100"  # the region of whom the invented regional person is


def present_code(sign_in: str, *, services: Services) -> str:
    """Return the present one-time code of a demonstration's user; `Rejected("demo_only")`."""
    _require_demo(services)
    with services.store.read() as uow:
        person = uow.people.signing_in(sign_in)
        factor = None if person is None else uow.people.secret(person, "factor")
    if factor is None:
        raise Rejected("person_missing", name=sign_in)
    return credentials(services).code_at(factor, services.real_now())


def add_users(
    users: Sequence[tuple[str, str, Place]], password: str, *, services: Services
) -> list[str]:
    """Add people by name, sign-in name and place, all with one password; `Rejected("demo_only")`.

    Those who are there already stay as they are. Returns the sign-in names that were added.
    """
    _require_demo(services)
    known, at = credentials(services), services.real_now()
    hashed = known.hash_password(password)

    def unit(uow: UnitOfWork) -> list[str]:
        there = {key_of(person.name) for person in uow.people.list()}
        added = [one for one in users if key_of(one[0]) not in there]
        for name, sign_in, place in added:
            person = uow.people.add(name, sign_in, place, at=at)
            factor = known.new_factor()
            uow.people.set(person, password_hash=hashed, password_at=at, factor=factor)
            uow.journal.note(
                "person.demo", f"person:{name}", at=at, actor="command line", person=None,
                roles=list(place.roles),
            )  # fmt: skip
        return [sign_in for _name, sign_in, _place in added]

    return services.store.transact(unit)


def add_cast(
    password: str, *, roles: Mapping[str, Role], services: Services
) -> list[dict[str, str]]:
    """Add an invented person for each role; `Rejected("demo_only")`. Returns who they are.

    The bank's and the region's person belong to the first bank and region that there is.
    """
    banks = [code for code, one in sorted(services.catalog.partners.items()) if one.kind == "bank"]
    users = []
    for code, role in roles.items():
        partner = banks[0] if code.startswith("bank_") and role.scoped and banks else None
        region = OTHER_REGION if role.scoped and partner is None else None
        place = Place(roles=(code,), partner=partner, region=region)
        users.append((f"演示{role.zh}", code.replace("_", "-"), place))
    add_users(users, password, services=services)
    return [
        {"sign_in": sign_in, "name": name, "role_zh": roles[place.roles[0]].zh,
         "role_en": roles[place.roles[0]].en}
        for name, sign_in, place in users
    ]  # fmt: skip


def _require_demo(services: Services) -> None:
    if not services.settings.console.demo:
        raise Rejected("demo_only")
