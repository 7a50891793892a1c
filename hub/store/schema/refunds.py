"""Tables of refunds (多收退款): cases and their documents.

That one receipt is refunded once, that two people open and confirm a case, that a paid one has
its payment: all of it is a constraint here. Amounts are fen.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Instant, Number, Text, identity, table

_LIVE = text("state <> 'cancelled'")

refunds = table(
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
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    Index("refund_by_discrepancy", "discrepancy_id", "state"),
    Index("refund_by_state", "state", "id"),
    Index("refund_by_payer", "payer_id"),
    Index("refund_by_amount", "amount_fen"),
)
"""Cases. `refund_live` is the rule that what one receipt took too much is paid back once."""

refund_documents = table(
    "refund_documents",
    identity(),
    Column("refund_id", Number, ForeignKey("refunds.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    UniqueConstraint("refund_id", "kind", "sha256", name="refund_document_once"),
)
"""The documents of cases; the bytes are in the archive under their SHA-256."""
