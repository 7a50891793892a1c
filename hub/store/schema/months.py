"""The table of closed months that were archived (记账档案), each bound to the one before it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column

from hub.store.schema.metadata import Instant, Number, Text, table

archived_months = table(
    "archived_months",
    Column("month", Number, primary_key=True, autoincrement=False),
    Column("manifest_digest", Text, nullable=False, unique=True),
    Column("previous_digest", Text),
    Column("journal_first", Number, nullable=False),
    Column("journal_last", Number, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
    CheckConstraint(
        "month BETWEEN 190001 AND 299912 AND length(manifest_digest) = 64"
        " AND journal_last >= journal_first - 1",
        name="archived_month_values",
    ),
)
"""The digest of each month's manifest; it contains that of the month archived before."""
