"""The table of banks' answers about payouts (回盘、退单): what each said, and what it did."""

from __future__ import annotations

from hub.store.schema.answers import answers_table

payout_answers = answers_table("payout")
