"""What must be true of direct debits on the day on which a bank is to carry them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.debit import DebitItem
from hub.domain.payout import ItemState, PayoutKind
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.domain.payout import PayoutList
    from hub.store.engine import UnitOfWork


def require_debits_due(payout: PayoutList, days: Mapping[str, date], uow: UnitOfWork) -> None:
    """Refuse to release debits that are not due on their bank's business day.

    `days` are those of each bank. `debit_mandate_not_in_force` when a mandate has ended meanwhile,
    `debit_retry_too_early` when an account would be debited for one contribution twice a day.
    Other kinds of lists are not looked at.
    """
    if payout.kind is not PayoutKind.COLLECTION:
        return
    failed_on: dict[int, date] = {}
    for item in list(uow.payout_items.of_list(payout.id, ItemState.LISTED)):
        on = days[item.bank]
        if isinstance(item, DebitItem) and not item.is_covered(on):
            raise Rejected(
                "debit_mandate_not_in_force", id=payout.id, item_no=item.item_no, on=on.isoformat()
            )
        if item.repairs_id is not None:
            batch_id = uow.payout_items.get(item.repairs_id).batch_id
            if batch_id is not None and batch_id not in failed_on:
                failed_on[batch_id] = uow.payout_batches.get(batch_id).business_on
            if batch_id is not None and failed_on[batch_id] >= on:
                raise Rejected(
                    "debit_retry_too_early", id=payout.id, item_no=item.item_no, on=on.isoformat()
                )
