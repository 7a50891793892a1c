"""Tables of payouts (发放): lists, items, batches, what checks found, stopped benefits (停发)."""

from __future__ import annotations

from hub.store.schema.ways import (
    batches_table,
    findings_table,
    items_table,
    lists_table,
    sequences_table,
    stops_table,
)

payout_lists = lists_table("payout", "kind IN ('social', 'unit', 'instant', 'refund', 'transfer')")
payout_sequences = sequences_table("payout")
payout_batches = batches_table("payout", "'ready', 'sent', 'answered', 'closed', 'withdrawn'")
payout_items = items_table("payout", "'paid', 'returned'")
payout_findings = findings_table("payout")
benefit_stops = stops_table("benefit")
