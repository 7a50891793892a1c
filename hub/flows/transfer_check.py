"""What must hold of every transfer case, for `hub verify`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hub.domain.transfer_case import Hold, note, owners
from hub.errors import Rejected
from hub.store.audit import Answer

if TYPE_CHECKING:
    from hub.domain.transfer_case import Claim, TransferCase
    from hub.store.engine import UnitOfWork


def states(uow: UnitOfWork) -> Answer:
    """Every case stands where its facts lead, and came there by listed transitions only (I14)."""
    looked, stored = 0, uow.transfers.stored()
    for case in reversed(uow.transfers.list()):
        looked += 1
        derived = (case.state, case.counterpart, case.claim)
        if stored[case.id] != derived or not _came_by_the_graph(case):
            return Answer(looked=looked, first=f"transfer:{case.id}")
    return Answer(looked=looked)


def holders(uow: UnitOfWork) -> Answer:
    """This office holds a relation through one case at most, and never one that it gave away."""
    claims: dict[tuple[str, str], list[tuple[str, Claim]]] = {}
    cases = uow.transfers.list()
    for case in cases:
        if case.state.is_live or case.claim.hold is Hold.RELEASED:
            key = (case.person_id, case.kind.value)
            claims.setdefault(key, []).append((f"transfer:{case.id}", case.claim))
    for found in claims.values():
        gone = [claim.epoch for _, claim in found if claim.hold is Hold.RELEASED]
        holding = owners(found)
        stale = [
            name for name, claim in found
            if claim.hold in (Hold.HELD, Hold.LOCKED) and claim.epoch <= max(gone, default=0)
        ]  # fmt: skip
        if len(holding) > 1 or stale:
            return Answer(looked=len(cases), first=(stale or holding)[0])
    return Answer(looked=len(cases))


def _came_by_the_graph(case: TransferCase) -> bool:
    begun = replace(case, facts=())
    try:
        for fact in case.facts:
            begun = note(begun, fact)
    except Rejected:
        # a later round begins with the facts of an earlier one, in one step
        return case.round > 1
    return True
