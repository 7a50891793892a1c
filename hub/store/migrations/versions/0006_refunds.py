"""Refunds of contributions that were taken too much: cases and documents."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Instant, Number, Text, identity

revision = "0006"
down_revision = "0005"

LIVE = text("state <> 'cancelled'")


def upgrade() -> None:
    op.create_table(
        "refunds",
        identity(),
        Column("cause", Text, nullable=False),
        Column("discrepancy_id", Number, ForeignKey("discrepancies.id"), nullable=False),
        Column("payer_id", Text, nullable=False),
        Column("payer_name", Text, nullable=False),
        Column("fund", Text, nullable=False),
        Column("period", Number, nullable=False),
        Column("receipt_no", Text, nullable=False),
        Column("amount_fen", Number, nullable=False),
        Column("bank", Text, nullable=False),
        Column("bank_no", Text),
        Column("account_no", Text, nullable=False),
        Column("account_name", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("opened_by", Text, nullable=False),
        Column("opened_at", Instant, nullable=False),
        Column("checked_by", Text),
        Column("checked_at", Instant),
        Column("item_id", Number, ForeignKey("payout_items.id")),
        Column("ended_by", Text),
        Column("reason", Text),
        Column("version", Number, nullable=False),
        CheckConstraint("cause IN ('agency', 'tax')", name="refund_cause"),
        CheckConstraint(
            "state IN ('open', 'checked', 'listed', 'returned', 'paid', 'cancelled')",
            name="refund_state",
        ),
        CheckConstraint("amount_fen >= 1 AND version >= 1", name="refund_amount"),
        CheckConstraint(
            "(checked_by IS NULL) = (checked_at IS NULL)"
            " AND (checked_by IS NULL OR"
            " replace(lower(checked_by), ' ', '') <> replace(lower(opened_by), ' ', ''))"
            " AND (state IN ('open', 'cancelled') OR checked_by IS NOT NULL)",
            name="refund_two_people",
        ),
        CheckConstraint(
            "state NOT IN ('listed', 'returned', 'paid') OR item_id IS NOT NULL",
            name="refund_payment",
        ),
        CheckConstraint(
            "(state = 'cancelled') = (ended_by IS NOT NULL) AND (ended_by IS NULL) = (reason IS NULL)",
            name="refund_cancelled",
        ),
        Index(
            "refund_live",
            "payer_id",
            "fund",
            "period",
            "receipt_no",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("refund_by_discrepancy", "discrepancy_id", "state"),
        Index("refund_by_state", "state", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "refund_documents",
        identity(),
        Column("refund_id", Number, ForeignKey("refunds.id"), nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("added_by", Text, nullable=False),
        Column("added_at", Instant, nullable=False),
        UniqueConstraint("refund_id", "kind", "sha256", name="refund_document_once"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("refund_documents")
    op.drop_table("refunds")
