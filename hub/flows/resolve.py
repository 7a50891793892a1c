"""What people do about a discrepancy: assign, comment, propose, confirm, decline (处理差异).

Each is one unit of work: the discrepancy, its history and the journal change together or not at
all. Two people who act at the same time on the same discrepancy: one wins, the other is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.domain.discrepancy import Action, Discrepancy, State, worded

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def assign(
    discrepancy_id: int,
    *,
    owner: str,
    person: str,
    services: Services,
    uow: UnitOfWork | None = None,
) -> Discrepancy:
    """Give a discrepancy to another desk or person. With `uow` it is part of that unit."""
    return _change(
        discrepancy_id,
        lambda known: known.assign(owner),
        event="assigned",
        person=person,
        text=named(owner),
        services=services,
        uow=uow,
    )


def comment(
    discrepancy_id: int,
    *,
    text: str,
    person: str,
    services: Services,
    uow: UnitOfWork | None = None,
) -> None:
    """Add a comment; it changes nothing else and is possible on a closed discrepancy too.

    With `uow` it is part of that unit.
    """
    words, who, at = worded(text), named(person), services.now()

    def unit(uow: UnitOfWork) -> None:
        known = uow.discrepancies.get(discrepancy_id)
        uow.discrepancies.note(known.id, "comment", at=at, person=who, text=words)
        uow.journal.note(
            "discrepancy.comment", f"discrepancy:{known.id}", at=at, actor="person", person=who
        )

    if uow is None:
        services.store.transact(unit)
    else:
        unit(uow)


def propose(
    discrepancy_id: int,
    *,
    action: Action,
    reason: str,
    person: str,
    services: Services,
    version: int | None = None,
    uow: UnitOfWork | None = None,
) -> Discrepancy:
    """Propose how to settle a discrepancy; where one person is enough this closes it.

    `version` is the one that the person looked at; if it has changed since, nothing is done.
    With `uow` it is part of that unit.
    """
    limit_fen = services.settings.resolve.two_person_from_fen
    at = services.now()
    return _change(
        discrepancy_id,
        lambda known: known.propose(
            action, reason=reason, person=person, at=at, two_people_from_fen=limit_fen
        ),
        event="proposed",
        person=person,
        text=f"{action.value}: {worded(reason)}",
        services=services,
        version=version,
        uow=uow,
    )


def confirm(
    discrepancy_id: int,
    *,
    person: str,
    services: Services,
    version: int | None = None,
    uow: UnitOfWork | None = None,
) -> Discrepancy:
    """Sign a proposal as another person, which closes the discrepancy."""
    at = services.now()
    return _change(
        discrepancy_id,
        lambda known: known.confirm(person=person, at=at),
        event="confirmed",
        person=person,
        text=None,
        services=services,
        version=version,
        uow=uow,
    )


def decline(
    discrepancy_id: int,
    *,
    reason: str,
    person: str,
    services: Services,
    uow: UnitOfWork | None = None,
) -> Discrepancy:
    """Give a proposal back with a reason; the discrepancy is open again."""
    return _change(
        discrepancy_id,
        lambda known: known.decline(),
        event="declined",
        person=person,
        text=worded(reason),
        services=services,
        uow=uow,
    )


def _change(
    discrepancy_id: int,
    change: Callable[[Discrepancy], Discrepancy],
    *,
    event: str,
    person: str,
    text: str | None,
    services: Services,
    version: int | None = None,
    uow: UnitOfWork | None = None,
) -> Discrepancy:
    who, at = named(person), services.now()

    def unit(uow: UnitOfWork) -> Discrepancy:
        known = uow.discrepancies.get(discrepancy_id, version=version)
        saved = uow.discrepancies.save(change(known))
        uow.discrepancies.note(saved.id, event, at=at, person=who, text=text)
        closed = saved.state is State.CLOSED
        uow.journal.note(
            f"discrepancy.{event}",
            f"discrepancy:{saved.id}",
            at=at,
            actor="person",
            person=who,
            text=text,
            state=saved.state.value,
            amount_fen=saved.difference.amount_fen,
            closed_how=saved.closed_how.value if closed and saved.closed_how else None,
        )
        return saved

    return services.store.transact(unit) if uow is None else unit(uow)
