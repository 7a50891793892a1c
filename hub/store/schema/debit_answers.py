"""The table of banks' answers about direct debits: what each said, and what it did."""

from __future__ import annotations

from hub.store.schema.answers import answers_table

debit_answers = answers_table("debit")
