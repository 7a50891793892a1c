"""Reconciliation (对账): days and months, receipts and payers, and the lines behind them."""

from __future__ import annotations

from typing import Final

from hub.console.language import N_
from hub.console.registry import Page, Topic
from hub.console.topics.reconciliation import days, raw, trails
from hub.domain.permission import Permission

_SEE: Final = Permission.RECONCILIATION_SEE

TOPIC: Final = Topic(
    name="reconciliation",
    title=N_("Reconciliation"),
    order=10,
    pages=(
        Page(rule="/reconciliation", endpoint="reconciliation", view=days.day, permission=_SEE),
        Page(
            rule="/reconciliation/<day>", endpoint="reconciled_day", view=days.day,
            permission=_SEE,
        ),
        Page(
            rule="/reconciliation/months/<month>", endpoint="reconciled_month", view=days.month,
            permission=_SEE,
        ),
        Page(
            rule="/receipts/<path:receipt_no>", endpoint="receipt", view=trails.receipt,
            permission=_SEE,
        ),
        Page(
            rule="/records/<int:arrival_id>/<int:line>", endpoint="raw_line", view=raw.raw,
            permission=_SEE,
        ),
        Page(
            rule="/records/<int:arrival_id>/<int:line>/payer", endpoint="payer_of_record",
            view=trails.payer_of_record, permission=_SEE,
        ),
        Page(
            rule="/discrepancies/<int:number>/payer", endpoint="payer_of_discrepancy",
            view=trails.payer_of_discrepancy, permission=_SEE,
        ),
    ),
    menu=((N_("Day by day"), "/reconciliation"),),
)  # fmt: skip
