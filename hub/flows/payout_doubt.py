"""An answer that fits several payments is not guessed: all of them are held (结果不明).

A bank whose file has no room for our numbers names a payment by account and amount. Where two
payments of a batch are alike in both, nobody can tell which of them is meant, so each becomes
unknown: its entitlement stays locked until two people, who asked the bank, have decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.payout import BatchState, ItemState
from hub.store.payout_outcomes import Change

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.domain.payout import PayoutItem
    from hub.store.engine import UnitOfWork

WORDS: Final = "银行答复对应多笔相同账号、相同金额的款项 (fits several payments)"


def hold(
    doubtful: Mapping[int, int], inbox_id: int, uow: UnitOfWork, *, on: date, version: str
) -> list[PayoutItem]:
    """Hold the payments in flight among those that a file's answers fit; returns these.

    `doubtful` is the line of the answer by the payment's id, `version` the mapping's SHA-256.
    """
    items = uow.payout_outcomes.of_items(sorted(doubtful)).values()
    numbers = {one.batch_id for one in items if one.batch_id is not None}
    states = {number: uow.payout_batches.get(number).state for number in numbers}
    sent = [one for one in items if states.get(one.batch_id or 0) not in (None, BatchState.READY)]
    held = [one for one in sent if one.state is ItemState.IN_FLIGHT]
    uow.payout_outcomes.apply(
        [
            Change(
                item=one, state=ItemState.UNKNOWN, on=on, code=None, raw=WORDS, version=version,
                evidence=f"inbox:{inbox_id}/line:{doubtful[one.id]}",
            )
            for one in held
        ]
    )  # fmt: skip
    return held
