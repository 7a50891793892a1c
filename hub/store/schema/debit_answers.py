"""The table of banks' answers about direct debits; each is there once, in whatever files it comes.

Amounts are fen.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

debit_answers = table(
    "debit_answers",
    identity(),
    Column("inbox_id", Number, ForeignKey("inbox.id"), nullable=False),
    Column("line", Number, nullable=False),
    Column("bank", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("layout", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("raw_status", Text),
    Column("raw_code", Text),
    Column("raw_text", Text),
    Column("reason", Text),
    Column("mapping_sha256", Text, nullable=False),
    Column("message_id", Text),
    Column("file_name", Text),
    Column("end_to_end_id", Text),
    Column("item_no", Number),
    Column("account_no", Text),
    Column("amount_fen", Number),
    Column("settled_on", Day),
    Column("reference", Text),
    Column("agency_code", Text),
    Column("identity", Text, nullable=False, unique=True),
    Column("effect", Text, nullable=False),
    Column("item_id", Number, ForeignKey("debit_items.id")),
    Column("batch_id", Number, ForeignKey("debit_batches.id")),
    Column("at", Instant, nullable=False),
    CheckConstraint(
        "standing IN ('received', 'accepted', 'open', 'held', 'paid', 'rejected', 'returned')",
        name="debit_answer_standing",
    ),
    CheckConstraint(
        "effect IN ('applied', 'noted', 'confirms', 'older', 'held', 'parked', 'stray',"
        " 'foreign', 'differs', 'twice', 'contradicts')",
        name="debit_answer_effect",
    ),
    CheckConstraint(
        "item_id IS NOT NULL OR effect IN ('stray', 'foreign')", name="debit_answer_item"
    ),
    Index("debit_answer_by_item", "item_id"),
    Index("debit_answer_by_inbox", "inbox_id", "effect"),
    Index("debit_answer_by_batch", "batch_id", "effect"),
)
"""Answers; `reason` is the ISO code that `mapping_sha256`, a partner file, mapped them to."""
