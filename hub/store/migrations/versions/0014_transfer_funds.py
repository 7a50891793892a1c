"""The money of transfers (judged forms, remittances, credits) and requests for assistance."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity

revision = "0014"
down_revision = "0013"

UNDER_WAY = text("state IN ('listed', 'sent', 'returned')")


def upgrade() -> None:
    op.create_table(
        "transfer_judgements",
        identity(),
        Column("case_id", Number, ForeignKey("transfers.id"), nullable=False),
        Column("form", Text, nullable=False),
        Column("verdict", Text, nullable=False),
        Column("content", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("accepted_by", Text, nullable=False),
        Column("accepted_at", Instant, nullable=False),
        CheckConstraint("verdict IN ('accept', 'reservation', 'query')", name="transfer_verdict"),
        UniqueConstraint("case_id", "form", name="transfer_judgement_once"),
        sqlite_strict=True,
    )
    op.create_table(
        "transfer_remittances",
        identity(),
        Column("case_id", Number, ForeignKey("transfers.id"), nullable=False),
        Column("fund", Text, nullable=False),
        Column("counterpart", Text, nullable=False),
        Column("month", Number, nullable=False),
        Column("form", Text, nullable=False),
        Column("amount_fen", Number, nullable=False),
        Column("state", Text, nullable=False),
        Column("item_id", Number, ForeignKey("payout_items.id")),
        Column("drafted_by", Text, nullable=False),
        Column("drafted_at", Instant, nullable=False),
        Column("version", Number, nullable=False),
        CheckConstraint(
            "state IN ('listed', 'sent', 'paid', 'returned', 'cancelled')", name="remittance_state"
        ),
        CheckConstraint("amount_fen >= 1 AND version >= 1", name="remittance_amount"),
        CheckConstraint(
            "state NOT IN ('sent', 'paid', 'returned') OR item_id IS NOT NULL",
            name="remittance_payment",
        ),
        Index(
            "remittance_once",
            "case_id",
            unique=True,
            sqlite_where=UNDER_WAY,
            postgresql_where=UNDER_WAY,
        ),
        Index("remittance_by_region", "counterpart", "month"),
        sqlite_strict=True,
    )
    op.create_table(
        "transfer_receipts",
        identity(),
        Column("credit_no", Text, nullable=False),
        Column("fund", Text, nullable=False),
        Column("amount_fen", Number, nullable=False),
        Column("credited_on", Day, nullable=False),
        Column("payer_name", Text),
        Column("payer_account", Text),
        Column("narrative", Text),
        Column("source", Text, nullable=False),
        Column("document", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("turn", Number, nullable=False),
        Column("region", Text),
        Column("case_id", Number, ForeignKey("transfers.id")),
        Column("joined_how", Text),
        Column("proposed_by", Text),
        Column("proposed_at", Instant),
        Column("confirmed_by", Text),
        Column("confirmed_at", Instant),
        Column("cause", Text),
        Column("item_id", Number, ForeignKey("payout_items.id")),
        Column("entered_by", Text, nullable=False),
        Column("entered_at", Instant, nullable=False),
        Column("version", Number, nullable=False),
        CheckConstraint(
            "state IN ('held', 'proposed', 'joined', 'sending_back', 'sent_back')",
            name="receipt_state",
        ),
        CheckConstraint(
            "amount_fen >= 1 AND turn >= 1 AND version >= 1 AND length(document) = 64",
            name="receipt_values",
        ),
        CheckConstraint(
            "(state IN ('proposed', 'joined')) = (case_id IS NOT NULL)", name="receipt_case"
        ),
        CheckConstraint(
            "(state = 'joined') = (joined_how IS NOT NULL)"
            " AND (joined_how IS NULL OR joined_how IN ('reference', 'people'))",
            name="receipt_joined",
        ),
        CheckConstraint(
            "(proposed_by IS NULL) = (proposed_at IS NULL)"
            " AND (confirmed_by IS NULL) = (confirmed_at IS NULL)"
            " AND (state <> 'proposed' OR proposed_by IS NOT NULL)",
            name="receipt_signatures",
        ),
        CheckConstraint(
            "joined_how IS NULL OR joined_how <> 'people' OR (proposed_by IS NOT NULL"
            " AND confirmed_by IS NOT NULL AND"
            " replace(lower(confirmed_by), ' ', '') <> replace(lower(proposed_by), ' ', ''))",
            name="receipt_two_people",
        ),
        CheckConstraint(
            "state NOT IN ('sending_back', 'sent_back') OR (item_id IS NOT NULL AND cause IS NOT NULL)",
            name="receipt_sent_back",
        ),
        UniqueConstraint("fund", "credit_no", name="receipt_once"),
        Index("receipt_by_state", "state", "id"),
        Index("receipt_by_case", "case_id"),
        sqlite_strict=True,
    )

    op.create_table(
        "assistances",
        identity(),
        Column("ours", Number, nullable=False),
        Column("peer", Text, nullable=False),
        Column("ref", Text, nullable=False),
        Column("person_id", Text, nullable=False),
        Column("person_name", Text, nullable=False),
        Column("asked_on", Day, nullable=False),
        Column("due_on", Day, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("finding", Text),
        Column("found_on", Day),
        Column("certified_until", Day),
        Column("note", Text),
        Column("answered_by", Text),
        Column("answered_at", Instant),
        Column("lifted_by", Text),
        Column("version", Number, nullable=False),
        CheckConstraint("ours IN (0, 1) AND version >= 1", name="assistance_values"),
        CheckConstraint(
            "finding IS NULL OR finding IN"
            " ('alive', 'deceased', 'missing', 'imprisoned', 'uncertified')",
            name="assistance_finding",
        ),
        CheckConstraint(
            "(finding IS NULL) = (found_on IS NULL) AND (finding IS NULL) = (answered_at IS NULL)"
            " AND (certified_until IS NULL OR finding = 'alive')",
            name="assistance_answer",
        ),
        UniqueConstraint("ours", "peer", "ref", name="assistance_once"),
        Index("assistance_by_person", "person_id", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "assistance_serials",
        Column("year", Number, primary_key=True, autoincrement=False),
        Column("last", Number, nullable=False),
        CheckConstraint("last >= 1", name="assistance_serial"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("assistance_serials")
    op.drop_table("assistances")
    op.drop_table("transfer_receipts")
    op.drop_table("transfer_remittances")
    op.drop_table("transfer_judgements")
