"""Tables of direct debits (代收代缴): those of payouts the other way round, and the mandates."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column

from hub.store.schema.metadata import Day, Text
from hub.store.schema.ways import (
    batches_table,
    findings_table,
    items_table,
    lists_table,
    sequences_table,
    stops_table,
)

debit_lists = lists_table("debit", "kind = 'collection'")
debit_sequences = sequences_table("debit")
debit_batches = batches_table("debit", "'ready', 'sent', 'answered', 'closed'")
debit_items = items_table(
    "debit",
    "'paid', 'failed', 'reversed'",
    (
        Column("mandate_no", Text),
        Column("mandate_on", Day),
        Column("mandate_until", Day),
        CheckConstraint(
            "state = 'refused' OR (mandate_no IS NOT NULL AND mandate_on IS NOT NULL)",
            name="debit_item_mandate",
        ),
        CheckConstraint(
            "mandate_until IS NULL OR mandate_until >= mandate_on OR state = 'refused'",
            name="debit_item_mandate_days",
        ),
    ),
)
debit_findings = findings_table("debit")
debit_stops = stops_table("debit")
