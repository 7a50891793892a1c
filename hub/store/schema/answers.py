"""The table of banks' answers (回盘、退单), alike for payouts and for direct debits.

An answer is there once, in whatever files it comes. Amounts are fen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

if TYPE_CHECKING:
    from sqlalchemy import Table


def answers_table(way: str) -> Table:
    """Return banks' answers; each is there once, in whatever files it comes.

    `reason` is the ISO code that `mapping_sha256`, a partner file, mapped it to.
    """
    return table(
        f"{way}_answers",
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
        Column("item_id", Number, ForeignKey(f"{way}_items.id")),
        Column("batch_id", Number, ForeignKey(f"{way}_batches.id")),
        Column("at", Instant, nullable=False),
        CheckConstraint(
            "standing IN ('received', 'accepted', 'open', 'held', 'paid', 'rejected', 'returned')",
            name=f"{way}_answer_standing",
        ),
        CheckConstraint(
            "effect IN ('applied', 'noted', 'confirms', 'older', 'held', 'parked', 'stray',"
            " 'foreign', 'differs', 'twice', 'contradicts')",
            name=f"{way}_answer_effect",
        ),
        CheckConstraint(
            "item_id IS NOT NULL OR effect IN ('stray', 'foreign')", name=f"{way}_answer_item"
        ),
        Index(f"{way}_answer_by_item", "item_id"),
        Index(f"{way}_answer_by_inbox", "inbox_id", "effect"),
        Index(f"{way}_answer_by_batch", "batch_id", "effect"),
    )
