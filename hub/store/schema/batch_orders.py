"""The table of what two people order about a batch that is made: withdraw it, or send it again."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text

from hub.store.schema.metadata import Instant, Number, Text, identity, table

_OPEN = text("confirmed_by IS NULL")
_WITHDRAWAL = text("kind = 'withdraw'")

batch_orders = table(
    "batch_orders",
    identity(),
    Column("kind", Text, nullable=False),
    Column("batch_id", Number, ForeignKey("payout_batches.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("confirmed_by", Text),
    Column("confirmed_at", Instant),
    Column("proof_sha256", Text),
    Column("digest", Text),
    Column("file_name", Text),
    Column("begun_at", Instant),
    Column("done_at", Instant),
    CheckConstraint("kind IN ('withdraw', 'resend')", name="batch_order_kind"),
    CheckConstraint(
        "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL OR"
        " replace(lower(confirmed_by), ' ', '') <> replace(lower(proposed_by), ' ', ''))",
        name="batch_order_two_people",
    ),
    CheckConstraint(
        "(begun_at IS NULL OR confirmed_by IS NOT NULL)"
        " AND (done_at IS NULL OR confirmed_by IS NOT NULL)",
        name="batch_order_confirmed_first",
    ),
    CheckConstraint(
        "kind <> 'withdraw' OR confirmed_by IS NULL"
        " OR (proof_sha256 IS NOT NULL AND digest IS NOT NULL)",
        name="batch_order_proved",
    ),
    Index(
        "batch_order_open",
        "batch_id",
        "kind",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index(
        "batch_order_withdrawn_once",
        "batch_id",
        unique=True,
        sqlite_where=_WITHDRAWAL,
        postgresql_where=_WITHDRAWAL,
    ),
)
"""Orders; `proof_sha256` is what shows that a file never left, `digest` what its items are then."""
