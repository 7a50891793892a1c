"""Signing in by the organisation's own provider of identities, in place of password and code.

The provider says who it is; whom the hub lets in stays the hub's own decision. Nobody is made here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.person import PersonState
from hub.errors import Rejected
from hub.flows.sign_in import begin_session

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.flows.sign_in import SignedIn
    from hub.ports import Identity, IdentityProvider
    from hub.store.engine import UnitOfWork


def provider_of(services: Services) -> IdentityProvider:
    """Return the provider of this deployment; `Rejected("page_missing")` without one."""
    if services.identity_provider is None:
        raise Rejected("page_missing")
    return services.identity_provider


def sign_in_by_provider(
    identity: Identity, *, address: str, agent: str, services: Services
) -> SignedIn:
    """Begin a session of the active person whose sign-in name is exactly the identity's.

    `Rejected`: `provider_one_factor`, or `provider_person_refused` for the unknown and disabled.
    """

    def unit(uow: UnitOfWork) -> SignedIn | str:
        person = uow.people.signing_in(identity.name)
        if (
            person is None
            or person.sign_in != identity.name
            or person.state is not PersonState.ACTIVE
        ):
            refusal = "provider_person_refused"
        elif not identity.is_strong:
            refusal = "provider_one_factor"
        else:
            return begin_session(
                person, uow, address=address, agent=agent, services=services, by_provider=True
            )
        uow.security.note(
            "sign_in.refused", person=person.name if person else None, address=address,
            at=services.real_now(), detail=refusal,
        )  # fmt: skip
        return refusal

    found = services.store.transact(unit)
    if found == "provider_one_factor":
        raise Rejected("provider_one_factor")
    if isinstance(found, str):
        raise Rejected("provider_person_refused")
    return found


def note_refusal(refusal: Rejected, *, address: str, services: Services) -> None:
    """Record that somebody came back from the provider with an answer that was not taken."""
    services.store.transact(
        lambda uow: uow.security.note(
            "sign_in.refused", person=None, address=address, at=services.real_now(),
            detail=f"{refusal.code} {refusal.facts.get('reason', '')}".strip()[:200],
        )
    )  # fmt: skip
