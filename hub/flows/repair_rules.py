"""What the reason of a return allows (退单原因与补发): asked before anything is paid again.

The same is asked before a contribution is debited again, where a mandate may have to be renewed
and the attempts are limited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.domain.debit import DebitItem
from hub.domain.discrepancy import Level, State, key_of
from hub.domain.payout_answer import Effect
from hub.domain.reasons import Remedy
from hub.errors import Rejected
from hub.flows.debit_remedy import changes_account, require_debit_remedy
from hub.flows.payout_consequences import UNKNOWN, refresh

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hub.domain.correction import Correction
    from hub.domain.payout import PayoutItem
    from hub.domain.way import Way
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork


def require_remedy(
    item: PayoutItem, correction: Correction, services: Services, uow: UnitOfWork
) -> None:
    """Refuse to pay an item again unless what its reason asks for is there.

    `reissue_stopped`, `reissue_nothing_changed`, `reissue_unexplained`; `payout_contradicted`
    when the bank said of it both that it is paid and that it never was.
    """
    _require_no_contradiction(item, uow)
    if isinstance(item, DebitItem):
        require_debit_remedy(item, correction, services, decided=_decided(item.id, uow))
        return
    if item.outcome_code is None:  # people decided: they know why
        return
    reason = services.reasons.of(item.outcome_code)
    facts: dict[str, Any] = {"id": item.id, "reason_zh": reason.zh, "reason_en": reason.en}
    decided = _decided(item.id, uow)
    if reason.remedy is Remedy.STOP and not decided:
        raise Rejected("reissue_stopped", **facts)
    if reason.remedy is Remedy.FIX_ACCOUNT and not changes_account(item, correction):
        raise Rejected("reissue_nothing_changed", **facts)
    if reason.remedy is Remedy.ASK and not correction.explanation:
        raise Rejected("reissue_unexplained", **facts)


def note_repairs(
    items: Iterable[PayoutItem], services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    """Take what is being paid again out of the work lists, and put back what is not."""
    for batch_id in sorted({one.batch_id for one in items if one.batch_id is not None}):
        refresh(batch_id, services, uow, at=at, on=services.today())


def put_back(list_id: int, services: Services, uow: UnitOfWork, *, at: datetime) -> None:
    """Put what a cancelled list would have paid again back into the work lists."""
    repaired = [one.repairs_id for one in uow.payout_items.of_list(list_id) if one.repairs_id]
    originals = [uow.payout_items.get(item_id) for item_id in repaired]
    note_repairs(originals, services, uow, at=at)


def decision_key(item_id: int, way: Way) -> str:
    """Return the key of the discrepancy by which people decide what became of an item."""
    return key_of(Level.EVENT, UNKNOWN[way], "item", item_id)


def _require_no_contradiction(item: PayoutItem, uow: UnitOfWork) -> None:
    if not uow.payout_answers.list(Effect.CONTRADICTS, item_id=item.id, limit=1):
        return
    # what people decided before the bank spoke cannot outweigh what it said afterwards
    decided_too_early = (item.evidence or "").startswith("decision:")
    if decided_too_early or not _decided(item.id, uow):
        raise Rejected("payout_contradicted", id=item.id, way=uow.way.value)


def _decided(item_id: int, uow: UnitOfWork) -> bool:
    """Tell whether two people have decided what became of an item."""
    found = uow.discrepancies.of_key(decision_key(item_id, uow.way))
    return found is not None and found.state is State.CLOSED
