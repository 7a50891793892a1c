"""Tables of the daily reconciliation: arrivals, runs, discrepancies, letters.

Bulk facts are not here: they are Parquet files in the archive, and rows here name them by
SHA-256. Amounts are fen. The rules that money depends on are constraints, so that no other way
into the database can break them.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

runs = table(
    "runs",
    identity(),
    Column("as_of", Day, nullable=False, unique=True),
    Column("revision", Number, nullable=False),
    Column("inputs_sha256", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("discrepancies_sha256", Text, nullable=False),
    Column("open_collections_sha256", Text, nullable=False),
    Column("open_deposits_sha256", Text, nullable=False),
    Column("matches_sha256", Text, nullable=False),
    Column("in_transit_count", Number, nullable=False),
    Column("in_transit_fen", Number, nullable=False),
    Column("difference_count", Number, nullable=False),
    Column("difference_fen", Number, nullable=False),
    Column("ran_at", Instant, nullable=False),
    CheckConstraint("revision >= 1", name="run_revision"),
    CheckConstraint("in_transit_count >= 0 AND difference_count >= 0", name="run_counts"),
)
"""The latest reconciliation of each day; a run again replaces the row and counts `revision`."""

run_totals = table(
    "run_totals",
    Column("run_id", Number, ForeignKey("runs.id"), primary_key=True),
    Column("day", Day, primary_key=True),
    Column("insurance_kind", Text, primary_key=True),
    Column("collected_fen", Number),
    Column("deposited_fen", Number),
    Column("credited_fen", Number),
    Index("run_total_by_day", "day", "insurance_kind"),
)
"""What each side says of a day and insurance kind, as the latest run of a day saw it."""

arrivals = table(
    "arrivals",
    identity(),
    Column("inbox_id", Number, ForeignKey("inbox.id"), nullable=False, unique=True),
    Column("partner", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("rows", Number, nullable=False),
    Column("total_fen", Number, nullable=False),
    Column("facts_sha256", Text, nullable=False),
    Column("period_min", Number),
    Column("period_max", Number),
    Column("pack_no", Text),
    Column("part", Number),
    Column("parts", Number),
    Column("arrived_at", Instant, nullable=False),
    Column("run_id", Number, ForeignKey("runs.id")),
    CheckConstraint("rows >= 0", name="arrival_rows"),
    CheckConstraint(
        "(part IS NULL AND parts IS NULL) OR (pack_no IS NOT NULL AND part >= 1 AND part <= parts)",
        name="arrival_part",
    ),
    UniqueConstraint("partner", "source", "day", "pack_no", "part", name="arrival_once"),
    Index("arrival_by_day", "day", "source"),
    Index("arrival_by_run", "run_id"),
)
"""One readable file of one source; `run_id` is the one run that took its facts."""

discrepancies = table(
    "discrepancies",
    identity(),
    Column("key", Text, nullable=False, unique=True),
    Column("level", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("amount_fen", Number, nullable=False),
    Column("partner", Text),
    Column("receipt_no", Text),
    Column("deposit_no", Text),
    Column("insurance_kind", Text),
    Column("payer_id", Text),
    Column("period", Number),
    Column("collected_fen", Number),
    Column("deposited_fen", Number),
    Column("assessed_fen", Number),
    Column("collected_on", Day),
    Column("rule", Text),
    Column("count", Number, nullable=False),
    Column("detail_sha256", Text),
    Column("note", Text),
    Column("owner", Text, nullable=False),
    Column("opened_on", Day, nullable=False),
    Column("seen_on", Day, nullable=False),
    Column("state", Text, nullable=False),
    Column("action", Text),
    Column("reason", Text),
    Column("levels", Number),
    Column("proposed_by", Text),
    Column("proposed_at", Instant),
    Column("confirmed_by", Text),
    Column("confirmed_at", Instant),
    Column("closed_how", Text),
    Column("closed_at", Instant),
    Column("version", Number, nullable=False),
    CheckConstraint("amount_fen >= 0 AND count >= 1", name="discrepancy_amounts"),
    CheckConstraint("state IN ('open', 'proposed', 'closed')", name="discrepancy_state"),
    CheckConstraint(
        "(state = 'closed') = (closed_how IS NOT NULL)"
        " AND (closed_how IS NULL) = (closed_at IS NULL)",
        name="discrepancy_ending",
    ),
    CheckConstraint(
        "(action IS NULL) = (proposed_by IS NULL) AND (action IS NULL) = (levels IS NULL)"
        " AND (state <> 'proposed' OR action IS NOT NULL)",
        name="discrepancy_proposal",
    ),
    CheckConstraint(
        "confirmed_by IS NULL OR lower(confirmed_by) <> lower(proposed_by)",
        name="discrepancy_two_people",
    ),
    CheckConstraint(
        "closed_how IS NULL OR closed_how IN ('cleared', 'arrived')"
        " OR (closed_how = action AND (levels = 1 OR (levels = 2 AND confirmed_by IS NOT NULL)))",
        name="discrepancy_signed",
    ),
    Index("discrepancy_by_state", "state", "cause", "owner"),
    # the work list, oldest first, whatever it is filtered by; see hub.store.views.discrepancies
    Index("discrepancy_by_day", "opened_on", "id"),
    Index("discrepancy_by_cause", "cause", "opened_on", "id"),
    Index("discrepancy_by_owner", "owner", "opened_on", "id"),
    Index("discrepancy_by_partner", "partner", "opened_on", "id"),
    Index(
        "discrepancy_alive",
        "opened_on",
        "id",
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index(
        "discrepancy_ages",
        "cause",
        "owner",
        "collected_on",
        "opened_on",
        "count",
        "amount_fen",
        "state",  # else SQLite reads every row to see what it knows already
        sqlite_where=text("state <> 'closed'"),
        postgresql_where=text("state <> 'closed'"),
    ),
    Index("discrepancy_by_payer", "payer_id"),
    Index("discrepancy_by_receipt", "receipt_no"),
    Index("discrepancy_by_deposit", "deposit_no"),
    Index("discrepancy_by_amount", "amount_fen"),
)
"""Differences that people must see. `version` counts changes: two racing people, one wins."""

discrepancy_notes = table(
    "discrepancy_notes",
    identity(),
    Column("discrepancy_id", Number, ForeignKey("discrepancies.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", Text, nullable=False),
    Column("person", Text),
    Column("text", Text),
    Index("note_by_discrepancy", "discrepancy_id"),
)
"""What happened to a discrepancy, and what people said about it; only ever added to."""

letters = table(
    "letters",
    identity(),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("month", Number, nullable=False),
    Column("to_party", Text, nullable=False),
    Column("cc_party", Text, nullable=False),
    Column("content_sha256", Text, nullable=False),
    Column("drafted_by", Text, nullable=False),
    Column("drafted_at", Instant, nullable=False),
    Column("about_id", Number, ForeignKey("letters.id")),
    Column("state", Text, nullable=False),
    Column("number", Text, unique=True),
    Column("signed_by", Text),
    Column("sent_on", Day),
    Column("due_on", Day),
    Column("pdf_sha256", Text),
    Column("docx_sha256", Text),
    Column("annex_sha256", Text),
    Column("reply_sha256", Text),
    Column("reply_note", Text),
    Column("reply_person", Text),
    Column("reply_on", Day),
    Column("reminded_on", Day),
    Column("reminders", Number, nullable=False),
    Column("version", Number, nullable=False),
    CheckConstraint("reminders >= 0 AND version >= 1", name="letter_counts"),
    CheckConstraint(
        "state IN ('draft', 'signed', 'sent', 'overdue', 'replied')", name="letter_state"
    ),
    CheckConstraint(
        "(state = 'draft') = (number IS NULL) AND (number IS NULL) = (sent_on IS NULL)"
        " AND (number IS NULL) = (due_on IS NULL)",
        name="letter_numbered",
    ),
    CheckConstraint(
        "(signed_by IS NULL OR lower(signed_by) <> lower(drafted_by))"
        " AND (kind = 'reminder' OR state = 'draft' OR signed_by IS NOT NULL)",
        name="letter_two_people",
    ),
    CheckConstraint(
        "(state IN ('sent', 'overdue', 'replied')) = (docx_sha256 IS NOT NULL)",
        name="letter_papers",
    ),
    CheckConstraint(
        "(state = 'replied') = (reply_sha256 IS NOT NULL)"
        " AND (reply_sha256 IS NULL) = (reply_note IS NULL)"
        " AND (reply_sha256 IS NULL) = (reply_person IS NULL)"
        " AND (reply_sha256 IS NULL) = (reply_on IS NULL)",
        name="letter_reply",
    ),
    Index("letter_by_state", "state", "due_on"),
    Index("letter_by_subject", "about_id"),
)
"""Letters to partners (函) and their replies; the documents themselves are in the archive."""

letter_items = table(
    "letter_items",
    Column("letter_id", Number, ForeignKey("letters.id"), primary_key=True),
    Column("discrepancy_id", Number, ForeignKey("discrepancies.id"), primary_key=True),
    Index("letter_item_by_discrepancy", "discrepancy_id"),
)
"""Which discrepancies a letter asks about."""

letter_serials = table(
    "letter_serials",
    Column("year", Number, primary_key=True, autoincrement=False),
    Column("last", Number, nullable=False),
    CheckConstraint("last >= 1", name="letter_serial"),
)
"""The last serial number given in each year."""
