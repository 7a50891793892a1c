"""A status report is of our batch only if it states the batch's own count and sum (row 41).

A bank that answers for another number of payments than we sent has lost some, or means another
file: nothing of its report is applied, and people ask it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.money import yuan_display
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.domain.payout import PayoutBatch
    from hub.mappings.pain002_totals import Original
    from hub.store.engine import UnitOfWork


def require_originals(originals: Iterable[Original], bank: str, uow: UnitOfWork) -> None:
    """Refuse a report whose stated count or sum is not that of the batch that it names.

    `Rejected("answer_not_of_batch")`; a batch that nobody knows is for the answers' own rules.
    """
    for original in originals:
        batch = _batch_of(original, bank, uow)
        if batch is None:
            continue
        if original.count not in (None, batch.item_count):
            raise _differs(original, batch, str(original.count), str(batch.item_count))
        if original.fen not in (None, batch.total_fen):
            found, ours = yuan_display(original.fen or 0), yuan_display(batch.total_fen)
            raise _differs(original, batch, found, ours)


def _batch_of(original: Original, bank: str, uow: UnitOfWork) -> PayoutBatch | None:
    """Return the batch of a message, or of its group of payments: a file of ours has one."""
    names = (original.payment_id, original.message_id)
    found = (uow.payout_batches.of_message(bank, name) for name in names if name is not None)
    return next((one for one in found if one is not None), None)


def _differs(original: Original, batch: PayoutBatch, found: str, ours: str) -> Rejected:
    return Rejected(
        "answer_not_of_batch", place=original.place, batch=batch.id, message_id=batch.message_id,
        found=found, ours=ours,
    )  # fmt: skip
