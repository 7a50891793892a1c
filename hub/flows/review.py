"""What people see of discrepancies: lists with ages, one with its history, the aging report.

Ages are counted when somebody looks, by the calendar as it is then; nothing here changes
anything. A year that the calendar does not know gives an unknown age, not a guess.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from hub.domain.discrepancy import Action, Difference, Discrepancy, State, cause
from hub.domain.money import yuan_display
from hub.errors import Rejected
from hub.flows import aging
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from datetime import date

    from hub.domain.aging import AgingLine
    from hub.flows.services import Services
    from hub.store.discrepancies import Note

ALIVE = frozenset({State.OPEN, State.PROPOSED})


def find(
    services: Services,
    *,
    verdict: str | None = None,
    owner: str | None = None,
    state: str | None = None,
    partner: str | None = None,
    min_age: int = 0,
    as_of: date | None = None,
) -> list[tuple[Discrepancy, int | None]]:
    """Return discrepancies with their ages in working days, what is not closed by default."""
    wanted = Wanted(
        states=ALIVE if state is None else frozenset({_state(state)}),
        cause=cause(verdict) if verdict else None,
        owner=owner,
        partner=partner,
    )
    limit = services.settings.limits.discrepancies_listed_max
    day = as_of or services.today()
    with services.store.read() as uow:
        if min_age == 0:
            return _aged(uow.discrepancies.list(wanted, limit=limit), day, services)
        aged = _aged(uow.discrepancies.list(wanted), day, services)
    return [(one, age) for one, age in aged if age is None or age >= min_age][:limit]


def look(
    services: Services, discrepancy_id: int, *, as_of: date | None = None
) -> tuple[Discrepancy, int | None, list[Note]]:
    """Return one discrepancy with its age and its history."""
    with services.store.read() as uow:
        one = uow.discrepancies.get(discrepancy_id)
        notes = uow.discrepancies.notes(discrepancy_id)
    return one, age_of(one, as_of or services.today(), services), notes


def aging_report(services: Services, *, as_of: date | None = None) -> list[AgingLine]:
    """Return counts and sums of what is open, by cause, owner and age bucket."""
    day = as_of or services.today()
    with services.store.read() as uow:
        return aging.report(day, services, uow)


def age_of(one: Discrepancy, as_of: date, services: Services) -> int | None:
    """Return the age in working days; `None` when the calendar does not know a year of it."""
    ended_on = (
        one.closed_at.astimezone(services.settings.time_zone).date() if one.closed_at else as_of
    )
    try:
        return services.calendar.count(one.since_on, min(ended_on, as_of))
    except Rejected:
        return None


def as_line(one: Discrepancy, age: int | None) -> dict[str, Any]:
    """Return a discrepancy as one flat line for a table or JSON; amounts in fen and in words."""
    difference, proposal = one.difference, one.proposal
    facts = {f.name: getattr(difference, f.name) for f in fields(Difference)}
    return {
        "id": one.id,
        "verdict": difference.cause.value,
        "name": difference.cause.zh,
        "amount": yuan_display(difference.amount_fen),
        "age": age,
        "owner": one.owner,
        "state": one.state.value,
        **{name: value for name, value in facts.items() if name not in ("key", "cause", "level")},
        "level": difference.level.value,
        "opened_on": one.opened_on,
        "seen_on": one.seen_on,
        "action": proposal.action.value if proposal else None,
        "reason": proposal.reason if proposal else None,
        "signed_by": [s.person for s in proposal.approval.signatures] if proposal else [],
        "closed_how": one.closed_how.value if one.closed_how else None,
        "version": one.version,
    }


def action_of(text: str) -> Action:
    """Return the action that a person typed; `Rejected` if there is none of that name."""
    try:
        return Action(text)
    except ValueError:
        raise Rejected("action_unknown", found=text[:40]) from None


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError:
        raise Rejected("state_unknown", found=text[:40]) from None


def _aged(
    found: list[Discrepancy], as_of: date, services: Services
) -> list[tuple[Discrepancy, int | None]]:
    return [(one, age_of(one, as_of, services)) for one in found]
