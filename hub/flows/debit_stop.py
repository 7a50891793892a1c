"""The desk stops debiting a person (停止代扣), as when the family pays otherwise or wants to leave.

What failed is then nobody's work any more, and later lists strike the person until the stop is
lifted (`hub.flows.payout_decision.lift`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.domain.discrepancy import worded
from hub.domain.payout import Stop
from hub.flows.payout_consequences import refresh

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def stop(
    item_id: int, *, person: str, reason: str, services: Services, everything: bool = False
) -> Stop:
    """Stop the contribution of an item, or with `everything` all of its person's; return it.

    The item itself stays as it is: what is with a bank, the bank still answers.
    """
    who, why, at = named(person), worded(reason), services.now()

    def unit(uow: UnitOfWork) -> Stop:
        item = uow.payout_items.get(item_id)
        stopped = Stop(
            person_id=item.person_id,
            benefit=None if everything else item.benefit,
            reason=why,
            evidence=f"{uow.way.item(item_id)}/{at.isoformat()}",
            at=at,
        )
        uow.payout_checks.stop(stopped)
        uow.journal.note(
            uow.way.event("stopped"), uow.way.item(item_id), at=at, actor="person", person=who,
            reason=why, benefit=stopped.benefit, evidence=stopped.evidence,
        )  # fmt: skip
        if item.batch_id is not None:
            refresh(item.batch_id, services, uow, at=at, on=services.today())
        return stopped

    return services.store.transact(unit)
