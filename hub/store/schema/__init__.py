"""The tables, by area; importing this package fills `metadata` with every one of them."""

from hub.store.schema import (
    bank,
    batch_orders,
    debit_answers,
    debits,
    payout_answers,
    payouts,
    reconciliation,
    refunds,
    spine,
    vouchers,
)
from hub.store.schema.metadata import metadata

__all__ = [
    "bank",
    "batch_orders",
    "debit_answers",
    "debits",
    "metadata",
    "payout_answers",
    "payouts",
    "reconciliation",
    "refunds",
    "spine",
    "vouchers",
]
