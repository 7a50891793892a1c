"""A discrepancy as a row of its table, and back: the one place that knows both shapes."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import Approval, Signature
from hub.domain.discrepancy import (
    Action,
    Difference,
    Discrepancy,
    Ending,
    Level,
    Proposal,
    State,
    cause,
)

if TYPE_CHECKING:
    from sqlalchemy import Row

_DIFFERENCE: Final = tuple(field.name for field in fields(Difference))


def row_of(discrepancy: Discrepancy) -> dict[str, Any]:
    """Return every column of a discrepancy except `id` and `version`."""
    proposal = discrepancy.proposal
    signatures = proposal.approval.signatures if proposal else ()
    first, second = (*signatures, None, None)[:2]
    return {
        **difference_row(discrepancy.difference),
        "owner": discrepancy.owner,
        "opened_on": discrepancy.opened_on,
        "seen_on": discrepancy.seen_on,
        "state": discrepancy.state.value,
        "action": proposal.action.value if proposal else None,
        "reason": proposal.reason if proposal else None,
        "levels": proposal.approval.levels if proposal else None,
        "proposed_by": first.person if first else None,
        "proposed_at": first.at if first else None,
        "confirmed_by": second.person if second else None,
        "confirmed_at": second.at if second else None,
        "closed_how": discrepancy.closed_how.value if discrepancy.closed_how else None,
        "closed_at": discrepancy.closed_at,
    }


def difference_row(difference: Difference) -> dict[str, Any]:
    """Return the columns that come from the facts."""
    values = {name: getattr(difference, name) for name in _DIFFERENCE}
    return {**values, "level": difference.level.value, "cause": difference.cause.value}


def discrepancy_of(row: Row[Any]) -> Discrepancy:
    """Return the discrepancy that a row holds."""
    values: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 -- documented access by name
    difference = Difference(
        **{
            **{name: values[name] for name in _DIFFERENCE},
            "level": Level(values["level"]),
            "cause": cause(values["cause"]),
        }
    )
    return Discrepancy(
        id=values["id"],
        difference=difference,
        owner=values["owner"],
        opened_on=values["opened_on"],
        seen_on=values["seen_on"],
        state=State(values["state"]),
        proposal=_proposal(values),
        closed_how=Ending(values["closed_how"]) if values["closed_how"] else None,
        closed_at=values["closed_at"],
        version=values["version"],
    )


def _proposal(values: dict[str, Any]) -> Proposal | None:
    if values["action"] is None:
        return None
    signed = (("proposed_by", "proposed_at"), ("confirmed_by", "confirmed_at"))
    signatures = tuple(
        Signature(person=values[by], at=values[at]) for by, at in signed if values[by] is not None
    )
    approval = Approval(levels=values["levels"], signatures=signatures)
    return Proposal(action=Action(values["action"]), reason=values["reason"], approval=approval)
