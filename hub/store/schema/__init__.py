"""The tables, by area; importing this package fills `metadata` with every one of them."""

from hub.store.schema import (
    assistance,
    bank,
    batch_orders,
    debit_answers,
    debits,
    leases,
    messages,
    payout_answers,
    payouts,
    reconciliation,
    refunds,
    regions,
    spine,
    transfer_funds,
    transfers,
    vouchers,
)
from hub.store.schema.metadata import metadata

__all__ = [
    "assistance",
    "bank",
    "batch_orders",
    "debit_answers",
    "debits",
    "leases",
    "messages",
    "metadata",
    "payout_answers",
    "payouts",
    "reconciliation",
    "refunds",
    "regions",
    "spine",
    "transfer_funds",
    "transfers",
    "vouchers",
]
