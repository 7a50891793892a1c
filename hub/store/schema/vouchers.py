"""Tables of the books: vouchers, their lines and originals, and what people prepare by hand.

Lines are written before their voucher, which the deferred foreign key allows. So the trigger on
`vouchers` sees them all and refuses a voucher that does not balance, and the one on `voucher_lines`
refuses a line that comes later. Vouchers, lines and originals only grow, whoever writes.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

vouchers = table(
    "vouchers",
    Column("no", Text, primary_key=True),
    Column("fund", Text, nullable=False),
    Column("month", Number, nullable=False),
    Column("number", Number, nullable=False),
    Column("booked_on", Day, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("revision", Number, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("summary", Text, nullable=False),
    Column("amount_fen", Number, nullable=False),
    Column("rule", Text, nullable=False),
    Column("choice", Text),
    Column("actor", Text, nullable=False),
    Column("prepared_by", Text),
    Column("reviewed_by", Text),
    Column("facts", Text, nullable=False),
    Column("booked_at", Instant, nullable=False),
    Column("reverses_no", Text, ForeignKey("vouchers.no"), unique=True),
    CheckConstraint("number >= 1 AND revision >= 1 AND amount_fen <> 0", name="voucher_counts"),
    CheckConstraint("no = fund || '-' || month || '-' || number", name="voucher_no"),
    CheckConstraint(
        "(prepared_by IS NULL) = (reviewed_by IS NULL)"
        " AND (prepared_by IS NULL OR lower(prepared_by) <> lower(reviewed_by))",
        name="voucher_two_people",
    ),
    UniqueConstraint("fund", "month", "number", name="voucher_number"),
    Index("voucher_by_subject", "fund", "event", "subject"),
    Index("voucher_by_day", "fund", "booked_on"),
    Index("voucher_by_booking", "booked_on", "no"),
    Index("voucher_by_event", "event", "booked_on", "no"),
    Index("voucher_by_amount", "amount_fen", "booked_on", "no"),
    Index("voucher_by_its_subject", "subject", "booked_on", "no"),
    Index("voucher_by_fund_and_event", "fund", "event", "booked_on", "no"),
)
"""Vouchers (记账凭证), one row each; `key` is what an event can be booked once under."""

voucher_lines = table(
    "voucher_lines",
    Column(
        "voucher_no",
        Text,
        ForeignKey("vouchers.no", deferrable=True, initially="DEFERRED"),
        primary_key=True,
    ),
    Column("line", Number, primary_key=True, autoincrement=False),
    Column("side", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("amount_fen", Number, nullable=False),
    CheckConstraint("side IN ('debit', 'credit')", name="voucher_line_side"),
    CheckConstraint("line >= 1 AND amount_fen <> 0", name="voucher_line_values"),
    Index("voucher_line_by_account", "account"),
)
"""Lines (分录); a negative amount is red (红字)."""

voucher_documents = table(
    "voucher_documents",
    Column("voucher_no", Text, ForeignKey("vouchers.no"), primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    CheckConstraint("length(sha256) = 64", name="voucher_document_values"),
    Index("voucher_document_by_content", "sha256"),
)
"""Originals (原始凭证) by their content; one that comes late is added."""

voucher_serials = table(
    "voucher_serials",
    Column("fund", Text, primary_key=True),
    Column("month", Number, primary_key=True, autoincrement=False),
    Column("last", Number, nullable=False),
    CheckConstraint("last >= 0", name="voucher_serial"),
)
"""The last number given in each fund and month; month 0 is the row to lock a fund's books by."""

voucher_drafts = table(
    "voucher_drafts",
    identity(),
    Column("kind", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("prepared_by", Text, nullable=False),
    Column("prepared_at", Instant, nullable=False),
    Column("ended_by", Text),
    Column("ended_at", Instant),
    Column("voucher_no", Text, ForeignKey("vouchers.no")),
    CheckConstraint("kind IN ('event', 'reversal')", name="voucher_draft_kind"),
    CheckConstraint("state IN ('open', 'booked', 'withdrawn')", name="voucher_draft_state"),
    CheckConstraint(
        "(state = 'open') = (ended_by IS NULL) AND (ended_by IS NULL) = (ended_at IS NULL)"
        " AND (state = 'booked') = (voucher_no IS NOT NULL)",
        name="voucher_draft_ending",
    ),
    CheckConstraint(
        "state <> 'booked' OR lower(ended_by) <> lower(prepared_by)",
        name="voucher_draft_two_people",
    ),
    Index("voucher_draft_by_state", "state"),
)
"""What one person prepared and another one has to confirm before it is a voucher."""
