"""A person applies for a transfer (受理, 3-13, 3-16, 6-18, 6-19), or joins a case that began."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.domain.codes import person_id as ids
from hub.domain.codes import region
from hub.domain.transfer_case import Hold, TransferCase
from hub.domain.transfer_facts import Applied
from hub.domain.transfer_kinds import Direction, Kind
from hub.errors import Rejected
from hub.flows.transfer_notes import Work, keep, new_case, note

if TYPE_CHECKING:
    from datetime import date

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a person asks for. `ref` is the case number on the other office's paper, if any.

    `on_paper`: the other office has no hub, so nothing is sent to it.
    """

    direction: Direction
    kind: Kind
    person_id: str
    person_name: str
    counterpart: str
    ref: str | None = None
    on: date | None = None
    on_paper: bool = False


def apply(application: Application, *, person: str, services: Services) -> TransferCase:
    """Accept an application; a case that letters or money began is joined by it.

    `Rejected`: `transfer_exists` when such a case goes on already, `transfer_not_held` when the
    relation went elsewhere, or what is wrong with a number.
    """
    who, at = named(person), services.now()
    asked = replace(
        application,
        person_id=ids.widen(ids.validate(application.person_id)),
        person_name=named(application.person_name),
        counterpart=region.validate(application.counterpart),
        on=application.on or services.today(),
    )
    _require_possible(asked, services)

    def unit(uow: UnitOfWork) -> TransferCase:
        return _accept(asked, Work(uow=uow, services=services, at=at, person=who))

    return services.store.transact(unit)


def require_held(uow: UnitOfWork, person_id: str, kind: Kind) -> None:
    """Refuse to give away what this office gave away before."""
    if uow.transfers.claim(person_id, kind).hold is not Hold.RELEASED:
        return
    gone = uow.transfers.released(person_id, kind)
    assert gone is not None  # noqa: S101 -- a claim that is released has its case
    raise Rejected("transfer_not_held", ref=gone.ref, region=gone.counterpart)


def _require_possible(asked: Application, services: Services) -> None:
    if asked.counterpart == services.settings.agency.region:
        raise Rejected("transfer_to_ourselves", region=asked.counterpart)
    if asked.on is not None and asked.on > services.today():
        raise Rejected("transfer_in_future", on=asked.on.isoformat())


def _accept(asked: Application, work: Work) -> TransferCase:
    on, transfers = asked.on or work.today, work.uow.transfers
    known = transfers.live(asked.person_id, asked.kind, asked.counterpart, lock=True)
    if known is not None:
        if known.direction is not asked.direction or known.first(Applied) is not None:
            raise Rejected("transfer_exists", ref=known.ref, state=known.state.zh)
        return note(work, known, Applied(on=on))
    if asked.direction is Direction.OUT:
        require_held(work.uow, asked.person_id, asked.kind)
    case = new_case(
        work, direction=asked.direction, kind=asked.kind, person_id=asked.person_id,
        person_name=asked.person_name, counterpart=asked.counterpart, ref=asked.ref, on=on,
        on_paper=asked.on_paper,
    )  # fmt: skip
    return keep(work, replace(case, facts=(Applied(on=on),)))
