"""Direct debits: lists, batches, items, findings, stops, and banks' answers about them."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity

revision = "0007"
down_revision = "0006"

LIVE = text("state IN ('listed', 'in_flight', 'paid', 'unknown')")
COUNTED = text("state NOT IN ('cancelled', 'refused')")


def upgrade() -> None:
    op.create_table(
        "debit_lists",
        identity(),
        Column("key", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        Column("fund", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("month", Number, nullable=False),
        Column("state", Text, nullable=False),
        Column("item_count", Number, nullable=False),
        Column("total_fen", Number, nullable=False),
        Column("stated_count", Number, nullable=False),
        Column("stated_fen", Number, nullable=False),
        Column("source_sha256", Text, nullable=False),
        Column("inbox_id", Number, ForeignKey("inbox.id")),
        Column("made_by", Text),
        Column("digest", Text),
        Column("levels", Number, nullable=False),
        Column("signed1_by", Text),
        Column("signed1_at", Instant),
        Column("signed2_by", Text),
        Column("signed2_at", Instant),
        Column("signed3_by", Text),
        Column("signed3_at", Instant),
        Column("ended_by", Text),
        Column("reason", Text),
        Column("added_at", Instant, nullable=False),
        Column("version", Number, nullable=False),
        CheckConstraint("kind = 'collection'", name="debit_list_kind"),
        CheckConstraint(
            "state IN ('draft', 'checked', 'reviewed', 'approved', 'released', 'closed',"
            " 'cancelled', 'refused')",
            name="debit_list_state",
        ),
        CheckConstraint(
            "item_count >= 0 AND total_fen >= 0 AND item_count <= stated_count AND version >= 1",
            name="debit_list_totals",
        ),
        CheckConstraint(
            "levels IN (2, 3) AND (signed2_by IS NULL OR signed1_by IS NOT NULL)"
            " AND (signed3_by IS NULL OR (signed2_by IS NOT NULL AND levels = 3))"
            " AND (signed1_by IS NULL) = (signed1_at IS NULL)"
            " AND (signed2_by IS NULL) = (signed2_at IS NULL)"
            " AND (signed3_by IS NULL) = (signed3_at IS NULL)",
            name="debit_list_signatures",
        ),
        CheckConstraint(
            "(signed2_by IS NULL OR"
            " replace(lower(signed2_by), ' ', '') <> replace(lower(signed1_by), ' ', ''))"
            " AND (signed3_by IS NULL OR"
            " (replace(lower(signed3_by), ' ', '') <> replace(lower(signed1_by), ' ', '')"
            " AND replace(lower(signed3_by), ' ', '') <> replace(lower(signed2_by), ' ', '')))",
            name="debit_list_different_people",
        ),
        CheckConstraint(
            "made_by IS NULL OR ("
            "(signed1_by IS NULL OR"
            " replace(lower(signed1_by), ' ', '') <> replace(lower(made_by), ' ', ''))"
            " AND (signed2_by IS NULL OR"
            " replace(lower(signed2_by), ' ', '') <> replace(lower(made_by), ' ', ''))"
            " AND (signed3_by IS NULL OR"
            " replace(lower(signed3_by), ' ', '') <> replace(lower(made_by), ' ', '')))",
            name="debit_list_maker_apart",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'released', 'closed')"
            " OR (digest IS NOT NULL AND item_count > 0 AND signed2_by IS NOT NULL"
            " AND (levels = 2 OR signed3_by IS NOT NULL))",
            name="debit_list_approved",
        ),
        CheckConstraint(
            "state NOT IN ('draft', 'checked', 'refused') OR signed1_by IS NULL",
            name="debit_list_unsigned",
        ),
        Index("debit_list_by_state", "state", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "debit_sequences",
        Column("bank", Text, primary_key=True),
        Column("scope", Text, primary_key=True),
        Column("business_on", Day, primary_key=True),
        Column("last", Number, nullable=False),
        CheckConstraint("last >= 1", name="debit_sequence"),
        sqlite_strict=True,
    )
    op.create_table(
        "debit_batches",
        identity(),
        Column("list_id", Number, ForeignKey("debit_lists.id"), nullable=False),
        Column("bank", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("fund", Text, nullable=False),
        Column("business_on", Day, nullable=False),
        Column("sequence", Number, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("file_name", Text, nullable=False),
        Column("item_count", Number, nullable=False),
        Column("total_fen", Number, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("state", Text, nullable=False),
        Column("content_sha256", Text),
        Column("outgoing_id", Number, ForeignKey("outbox.id"), unique=True),
        Column("sent_at", Instant),
        CheckConstraint(
            "item_count >= 1 AND total_fen >= 1 AND sequence >= 1", name="debit_batch_totals"
        ),
        CheckConstraint(
            "state IN ('ready', 'sent', 'answered', 'closed')"
            " AND (state = 'ready' OR outgoing_id IS NOT NULL)",
            name="debit_batch_state",
        ),
        CheckConstraint(
            "(outgoing_id IS NULL) = (content_sha256 IS NULL)", name="debit_batch_content"
        ),
        UniqueConstraint("bank", "kind", "business_on", "sequence", name="debit_batch_sequence"),
        UniqueConstraint("bank", "message_id", name="debit_batch_message"),
        UniqueConstraint("bank", "file_name", name="debit_batch_file"),
        Index("debit_batch_by_list", "list_id"),
        Index("debit_batch_by_state", "state", "bank"),
        sqlite_strict=True,
    )
    op.create_table(
        "debit_items",
        identity(),
        Column("list_id", Number, ForeignKey("debit_lists.id"), nullable=False),
        Column("item_no", Number, nullable=False),
        Column("person_id", Text, nullable=False),
        Column("person_name", Text, nullable=False),
        Column("benefit", Text, nullable=False),
        Column("period", Number, nullable=False),
        Column("amount_fen", Number, nullable=False),
        Column("bank", Text, nullable=False),
        Column("bank_no", Text),
        Column("account_no", Text, nullable=False),
        Column("account_name", Text, nullable=False),
        Column("end_to_end_id", Text, nullable=False),
        Column("attempt", Number, nullable=False),
        Column("repairs_id", Number, ForeignKey("debit_items.id")),
        Column("state", Text, nullable=False),
        Column("batch_id", Number, ForeignKey("debit_batches.id")),
        Column("outcome_code", Text),
        Column("outcome_raw", Text),
        Column("outcome_version", Text),
        Column("evidence", Text),
        Column("settled_on", Day),
        Column("mandate_no", Text),
        Column("mandate_on", Day),
        Column("mandate_until", Day),
        CheckConstraint("amount_fen >= 1 OR state = 'refused'", name="debit_item_amount"),
        CheckConstraint(
            "state IN ('listed', 'in_flight', 'paid', 'failed', 'reversed', 'unknown', 'cancelled',"
            " 'refused')",
            name="debit_item_state",
        ),
        CheckConstraint(
            "attempt >= 1 AND (attempt = 1) = (repairs_id IS NULL)", name="debit_item_attempt"
        ),
        CheckConstraint(
            "state NOT IN ('in_flight', 'paid', 'failed', 'reversed', 'unknown')"
            " OR batch_id IS NOT NULL",
            name="debit_item_sent",
        ),
        CheckConstraint(
            "state NOT IN ('paid', 'failed', 'reversed') OR evidence IS NOT NULL",
            name="debit_item_evidence",
        ),
        CheckConstraint(
            "state = 'refused' OR (mandate_no IS NOT NULL AND mandate_on IS NOT NULL)",
            name="debit_item_mandate",
        ),
        CheckConstraint(
            "mandate_until IS NULL OR mandate_until >= mandate_on OR state = 'refused'",
            name="debit_item_mandate_days",
        ),
        UniqueConstraint("list_id", "item_no", name="debit_item_place"),
        Index(
            "debit_item_live",
            "person_id",
            "benefit",
            "period",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "debit_item_attempt_once",
            "person_id",
            "benefit",
            "period",
            "attempt",
            unique=True,
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
        ),
        Index(
            "debit_item_end_to_end",
            "end_to_end_id",
            unique=True,
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
        ),
        Index("debit_item_by_entitlement", "person_id", "benefit", "period"),
        Index("debit_item_by_batch", "batch_id", "item_no"),
        Index("debit_item_by_state", "list_id", "state"),
        sqlite_strict=True,
    )
    op.create_table(
        "debit_findings",
        identity(),
        Column("list_id", Number, ForeignKey("debit_lists.id"), nullable=False),
        Column("item_no", Number, nullable=False),
        Column("code", Text, nullable=False),
        Column("refuses", Number, nullable=False),
        Column("field", Text),
        Column("other_no", Number),
        Column("other_list_id", Number),
        CheckConstraint("refuses IN (0, 1)", name="debit_finding_refuses"),
        Index("debit_finding_by_item", "list_id", "item_no"),
        sqlite_strict=True,
    )
    op.create_table(
        "debit_stops",
        identity(),
        Column("person_id", Text, nullable=False),
        Column("benefit", Text),
        Column("reason", Text, nullable=False),
        Column("evidence", Text, nullable=False),
        Column("at", Instant, nullable=False),
        Column("lifted_by", Text),
        Column("lifted_at", Instant),
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="debit_stop_lifted"),
        Index("debit_stop_by_person", "person_id"),
        sqlite_strict=True,
    )
    op.create_table(
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
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("debit_answers")
    op.drop_table("debit_stops")
    op.drop_table("debit_findings")
    op.drop_table("debit_items")
    op.drop_table("debit_batches")
    op.drop_table("debit_sequences")
    op.drop_table("debit_lists")
