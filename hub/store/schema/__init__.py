"""The tables, by area; importing this package fills `metadata` with every one of them."""

from hub.store.schema import payout_answers, payouts, reconciliation, refunds, spine, vouchers
from hub.store.schema.metadata import metadata

__all__ = [
    "metadata",
    "payout_answers",
    "payouts",
    "reconciliation",
    "refunds",
    "spine",
    "vouchers",
]
