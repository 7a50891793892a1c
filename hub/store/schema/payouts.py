"""Tables of payouts: lists, items, batches, what checks found, stopped benefits.

That an entitlement has one live attempt, that another attempt repairs a returned one, that three
signatures are three people: all of it is a constraint here, so that no way into the database can
pay twice. Amounts are fen.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

_LIVE = text("state IN ('listed', 'in_flight', 'paid', 'unknown')")
_COUNTED = text("state NOT IN ('cancelled', 'refused')")

payout_lists = table(
    "payout_lists",
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
    CheckConstraint(
        "kind IN ('social', 'unit', 'instant', 'refund', 'transfer')", name="payout_list_kind"
    ),
    CheckConstraint(
        "state IN ('draft', 'checked', 'reviewed', 'approved', 'released', 'closed',"
        " 'cancelled', 'refused')",
        name="payout_list_state",
    ),
    CheckConstraint(
        "item_count >= 0 AND total_fen >= 0 AND item_count <= stated_count AND version >= 1",
        name="payout_list_totals",
    ),
    CheckConstraint(
        "levels IN (2, 3) AND (signed2_by IS NULL OR signed1_by IS NOT NULL)"
        " AND (signed3_by IS NULL OR (signed2_by IS NOT NULL AND levels = 3))"
        " AND (signed1_by IS NULL) = (signed1_at IS NULL)"
        " AND (signed2_by IS NULL) = (signed2_at IS NULL)"
        " AND (signed3_by IS NULL) = (signed3_at IS NULL)",
        name="payout_list_signatures",
    ),
    CheckConstraint(
        "(signed2_by IS NULL OR"
        " replace(lower(signed2_by), ' ', '') <> replace(lower(signed1_by), ' ', ''))"
        " AND (signed3_by IS NULL OR"
        " (replace(lower(signed3_by), ' ', '') <> replace(lower(signed1_by), ' ', '')"
        " AND replace(lower(signed3_by), ' ', '') <> replace(lower(signed2_by), ' ', '')))",
        name="payout_list_different_people",
    ),
    CheckConstraint(
        "made_by IS NULL OR ("
        "(signed1_by IS NULL OR"
        " replace(lower(signed1_by), ' ', '') <> replace(lower(made_by), ' ', ''))"
        " AND (signed2_by IS NULL OR"
        " replace(lower(signed2_by), ' ', '') <> replace(lower(made_by), ' ', ''))"
        " AND (signed3_by IS NULL OR"
        " replace(lower(signed3_by), ' ', '') <> replace(lower(made_by), ' ', '')))",
        name="payout_list_maker_apart",
    ),
    CheckConstraint(
        "state NOT IN ('approved', 'released', 'closed')"
        " OR (digest IS NOT NULL AND item_count > 0 AND signed2_by IS NOT NULL"
        " AND (levels = 2 OR signed3_by IS NOT NULL))",
        name="payout_list_approved",
    ),
    CheckConstraint(
        "state NOT IN ('draft', 'checked', 'refused') OR signed1_by IS NULL",
        name="payout_list_unsigned",
    ),
    Index("payout_list_by_state", "state", "id"),
)
"""Lists with their approval forms; `version` counts changes: of two racing people, one wins."""

payout_sequences = table(
    "payout_sequences",
    Column("bank", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("business_on", Day, primary_key=True),
    Column("last", Number, nullable=False),
    CheckConstraint("last >= 1", name="payout_sequence"),
)
"""The last batch number given to each bank, kind and business day."""

payout_batches = table(
    "payout_batches",
    identity(),
    Column("list_id", Number, ForeignKey("payout_lists.id"), nullable=False),
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
        "item_count >= 1 AND total_fen >= 1 AND sequence >= 1", name="payout_batch_totals"
    ),
    CheckConstraint(
        "state IN ('ready', 'sent', 'answered', 'closed', 'withdrawn')"
        " AND (state = 'ready' OR outgoing_id IS NOT NULL)",
        name="payout_batch_state",
    ),
    CheckConstraint(
        "(outgoing_id IS NULL) = (content_sha256 IS NULL)", name="payout_batch_content"
    ),
    UniqueConstraint("bank", "kind", "business_on", "sequence", name="payout_batch_sequence"),
    UniqueConstraint("bank", "message_id", name="payout_batch_message"),
    UniqueConstraint("bank", "file_name", name="payout_batch_file"),
    Index("payout_batch_by_list", "list_id"),
    Index("payout_batch_by_state", "state", "bank"),
)
"""Files for banks; what their bytes depend on is fixed in the row before they are built."""

payout_items = table(
    "payout_items",
    identity(),
    Column("list_id", Number, ForeignKey("payout_lists.id"), nullable=False),
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
    Column("repairs_id", Number, ForeignKey("payout_items.id")),
    Column("state", Text, nullable=False),
    Column("batch_id", Number, ForeignKey("payout_batches.id")),
    Column("outcome_code", Text),
    Column("outcome_raw", Text),
    Column("outcome_version", Text),
    Column("evidence", Text),
    Column("settled_on", Day),
    CheckConstraint("amount_fen >= 1 OR state = 'refused'", name="payout_item_amount"),
    CheckConstraint(
        "state IN ('listed', 'in_flight', 'paid', 'returned', 'unknown', 'cancelled', 'refused')",
        name="payout_item_state",
    ),
    CheckConstraint(
        "attempt >= 1 AND (attempt = 1) = (repairs_id IS NULL)", name="payout_item_attempt"
    ),
    CheckConstraint(
        "state NOT IN ('in_flight', 'paid', 'returned', 'unknown') OR batch_id IS NOT NULL",
        name="payout_item_sent",
    ),
    CheckConstraint(
        "state NOT IN ('paid', 'returned') OR evidence IS NOT NULL", name="payout_item_evidence"
    ),
    UniqueConstraint("list_id", "item_no", name="payout_item_place"),
    Index(
        "payout_item_live",
        "person_id",
        "benefit",
        "period",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    Index(
        "payout_item_attempt_once",
        "person_id",
        "benefit",
        "period",
        "attempt",
        unique=True,
        sqlite_where=_COUNTED,
        postgresql_where=_COUNTED,
    ),
    Index(
        "payout_item_end_to_end",
        "end_to_end_id",
        unique=True,
        sqlite_where=_COUNTED,
        postgresql_where=_COUNTED,
    ),
    Index("payout_item_by_entitlement", "person_id", "benefit", "period"),
    Index("payout_item_by_batch", "batch_id", "item_no"),
    Index("payout_item_by_state", "list_id", "state"),
    Index("payout_item_by_account", "account_no"),
)
"""Attempts to pay. `payout_item_live` is the rule that nothing is paid twice."""

payout_findings = table(
    "payout_findings",
    identity(),
    Column("list_id", Number, ForeignKey("payout_lists.id"), nullable=False),
    Column("item_no", Number, nullable=False),
    Column("code", Text, nullable=False),
    Column("refuses", Number, nullable=False),
    Column("field", Text),
    Column("other_no", Number),
    Column("other_list_id", Number),
    CheckConstraint("refuses IN (0, 1)", name="payout_finding_refuses"),
    Index("payout_finding_by_item", "list_id", "item_no"),
)
"""What the checks found about items, for people to read."""

benefit_stops = table(
    "benefit_stops",
    identity(),
    Column("person_id", Text, nullable=False),
    Column("benefit", Text),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", Instant),
    CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name="benefit_stop_lifted"),
    Index("benefit_stop_by_person", "person_id"),
)
"""Benefits that are not to be paid (停发); without `benefit` all of a person's."""
