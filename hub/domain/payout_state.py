"""Kinds and states of payouts and direct debits, and which state may follow which.

Direct debits (代收) go through the same machinery the other way round. Their items end as `failed`
(never taken) or `reversed` (taken, then given back) where payments end as `returned`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class PayoutKind(StrEnum):
    """Which way of the procedure the money takes."""

    SOCIAL = "social"  # 10-9: to people, through a bank
    UNIT = "unit"  # 10-10: to employers who pay their people
    INSTANT = "instant"  # 10-11: at once, such as a refunded account
    REFUND = "refund"  # 10-3: contributions that were taken too much
    TRANSFER = "transfer"  # 10-12: to another agency
    COLLECTION = "collection"  # 代收: contributions that banks debit for us

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _KIND_ZH[self]


_KIND_ZH: Final = {
    PayoutKind.SOCIAL: "社会化发放",
    PayoutKind.UNIT: "单位代发",
    PayoutKind.INSTANT: "即时支付",
    PayoutKind.REFUND: "多收退款",
    PayoutKind.TRANSFER: "转移支出",
    PayoutKind.COLLECTION: "代收代缴",
}


class ListState(StrEnum):
    """Where a list is in its life."""

    DRAFT = "draft"  # 待核: being put together, such as a re-issue
    CHECKED = "checked"  # 已校验: nobody has signed
    REVIEWED = "reviewed"  # 审核中: somebody has signed, not everybody
    APPROVED = "approved"  # 已审批: everybody has signed
    RELEASED = "released"  # 已拨付: its batches go to the banks; no way back
    CLOSED = "closed"  # 已办结: every item has its end
    CANCELLED = "cancelled"  # 已撤销
    REFUSED = "refused"  # 已退回: not taken, back to the desk

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _LIST_ZH[self]


_LIST_ZH: Final = {
    ListState.DRAFT: "待核",
    ListState.CHECKED: "已校验",
    ListState.REVIEWED: "审核中",
    ListState.APPROVED: "已审批",
    ListState.RELEASED: "已拨付",
    ListState.CLOSED: "已办结",
    ListState.CANCELLED: "已撤销",
    ListState.REFUSED: "已退回",
}

BEFORE_RELEASE: Final = frozenset(
    {ListState.DRAFT, ListState.CHECKED, ListState.REVIEWED, ListState.APPROVED}
)
"""The states from which a list can still be cancelled."""


class ItemState(StrEnum):
    """Where one attempt to pay one entitlement, or to debit one contribution, is."""

    LISTED = "listed"  # accepted, not with a bank
    IN_FLIGHT = "in_flight"  # in a file for a bank
    PAID = "paid"
    RETURNED = "returned"  # 退单: proved that it did not reach the payee
    FAILED = "failed"  # 扣款失败: proved that the payer was not debited
    REVERSED = "reversed"  # 扣款退回: debited, and given back to the payer
    UNKNOWN = "unknown"  # the bank's answer leaves it open: locked
    CANCELLED = "cancelled"  # its list was cancelled before release
    REFUSED = "refused"  # not accepted by the checks; never part of a total

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _ITEM_ZH[self]


_ITEM_ZH: Final = {
    ItemState.LISTED: "待拨付",
    ItemState.IN_FLIGHT: "在途",
    ItemState.PAID: "已到账",
    ItemState.RETURNED: "已退单",
    ItemState.FAILED: "扣款失败",
    ItemState.REVERSED: "扣款退回",
    ItemState.UNKNOWN: "结果不明",
    ItemState.CANCELLED: "已撤销",
    ItemState.REFUSED: "未通过校验",
}

LIVE: Final = frozenset({ItemState.LISTED, ItemState.IN_FLIGHT, ItemState.PAID, ItemState.UNKNOWN})
"""The states of which an entitlement has at most one attempt; the database has it as an index."""

BACK: Final = frozenset({ItemState.RETURNED, ItemState.FAILED, ItemState.REVERSED})
"""Proved ends without the money where it should be; only after them another attempt may follow."""

NEXT: Final = {
    ItemState.LISTED: frozenset({ItemState.IN_FLIGHT, ItemState.CANCELLED}),
    ItemState.IN_FLIGHT: frozenset({ItemState.PAID, ItemState.UNKNOWN}) | BACK,
    ItemState.UNKNOWN: frozenset({ItemState.PAID}) | BACK,
    ItemState.PAID: BACK,
    ItemState.FAILED: frozenset({ItemState.REVERSED}),
    ItemState.REVERSED: frozenset(),
    ItemState.RETURNED: frozenset(),
    ItemState.CANCELLED: frozenset(),
    ItemState.REFUSED: frozenset({ItemState.LISTED}),  # while its list is being checked
}
"""Which state may follow which; nothing goes backwards, and a return is the end of an attempt."""


class BatchState(StrEnum):
    """Where one file for one bank is."""

    READY = "ready"  # allocated or built, not delivered
    SENT = "sent"  # delivered
    ANSWERED = "answered"  # the bank has said something about it
    CLOSED = "closed"  # every item has its end
    WITHDRAWN = "withdrawn"  # proved never to have been delivered; its items wait again

    @property
    def zh(self) -> str:
        """Return the Chinese term that staff know."""
        return _BATCH_ZH[self]


_BATCH_ZH: Final = {
    BatchState.READY: "待送",
    BatchState.SENT: "已送达",
    BatchState.ANSWERED: "已回盘",
    BatchState.CLOSED: "已办结",
    BatchState.WITHDRAWN: "已撤回",
}
