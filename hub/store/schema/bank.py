"""Tables of our bank accounts: statements, their lines, the days, and why each line is there.

An account stands here by its code, never by its number. A line is there once (`identity`) and is
explained once (the key of `bank_matches`); a payment of ours is shown by one line (`subject`).
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

_TAKEN = text("standing = 'taken'")

bank_statements = table(
    "bank_statements",
    identity(),
    Column("account", Text, nullable=False),
    Column("inbox_id", Number, ForeignKey("inbox.id"), nullable=False),
    Column("position", Number, nullable=False),
    Column("form", Text, nullable=False),
    Column("reference", Text),
    Column("sequence_no", Number),
    Column("first_on", Day, nullable=False),
    Column("last_on", Day, nullable=False),
    Column("opening_fen", Number),
    Column("closing_fen", Number),
    Column("line_count", Number, nullable=False),
    Column("credit_fen", Number, nullable=False),
    Column("debit_fen", Number, nullable=False),
    Column("digest", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("taken_at", Instant, nullable=False),
    CheckConstraint(
        "standing IN ('taken', 'repeat', 'conflict', 'interim')", name="bank_statement_standing"
    ),
    CheckConstraint(
        "line_count >= 0 AND credit_fen >= 0 AND debit_fen >= 0 AND position >= 1"
        " AND first_on <= last_on",
        name="bank_statement_values",
    ),
    UniqueConstraint("inbox_id", "position", name="bank_statement_place"),
    Index(
        "bank_statement_once",
        "account",
        "digest",
        unique=True,
        sqlite_where=_TAKEN,
        postgresql_where=_TAKEN,
    ),
    Index("bank_statement_by_day", "account", "last_on"),
)
"""Every statement that came, whatever became of it."""

bank_lines = table(
    "bank_lines",
    identity(),
    Column("account", Text, nullable=False),
    Column("statement_id", Number, ForeignKey("bank_statements.id"), nullable=False),
    Column("identity", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("number", Number, nullable=False),
    Column("booked_on", Day, nullable=False),
    Column("amount_fen", Number, nullable=False),
    Column("reference", Text),
    Column("narrative", Text),
    Column("party_name", Text),
    Column("party_account", Text),
    Column("end_to_end_ids", Text, nullable=False),
    Column("message_id", Text),
    Column("code", Text),
    Column("is_return", Number, nullable=False),
    Column("place_line", Number),
    Column("place_byte", Number),
    CheckConstraint("is_return IN (0, 1) AND number >= 1", name="bank_line_values"),
    UniqueConstraint("account", "identity", name="bank_line_once"),
    Index("bank_line_by_day", "account", "booked_on"),
    Index("bank_line_by_statement", "statement_id"),
    Index("bank_line_by_amount", "amount_fen"),
    Index("bank_line_by_reference", "reference"),
)
"""Lines (流水), receipts positive; `place_line` and `place_byte` are their place in the file."""

bank_days = table(
    "bank_days",
    Column("account", Text, primary_key=True),
    Column("booked_on", Day, primary_key=True),
    Column("line_count", Number, nullable=False),
    Column("credit_fen", Number, nullable=False),
    Column("debit_fen", Number, nullable=False),
    Column("opening_fen", Number, nullable=False),
    Column("closing_fen", Number, nullable=False),
    Column("broken", Text),
    Column("broken_fen", Number, nullable=False),
    Column("closed_at", Instant),
    CheckConstraint(
        "line_count >= 0 AND credit_fen >= 0 AND debit_fen >= 0", name="bank_day_counts"
    ),
    CheckConstraint("(broken IS NULL) = (broken_fen = 0)", name="bank_day_broken"),
    CheckConstraint(
        "coalesce(broken, '') = 'lines' OR opening_fen + credit_fen - debit_fen = closing_fen",
        name="bank_day_adds_up",
    ),
    CheckConstraint("closed_at IS NULL OR broken IS NULL", name="bank_day_closed"),
)
"""Days of an account with their balances; `closed_at` says that all of it was explained."""

bank_matches = table(
    "bank_matches",
    Column("line_id", Number, ForeignKey("bank_lines.id"), primary_key=True, autoincrement=False),
    Column("rule", Text, nullable=False),
    Column("purpose", Text),
    Column("fund", Text),
    Column("at", Instant, nullable=False),
)
"""Why a line is there: one reason for each, by a rule with its version."""

bank_match_parts = table(
    "bank_match_parts",
    identity(),
    Column(
        "line_id", Number, ForeignKey("bank_matches.line_id", ondelete="CASCADE"), nullable=False
    ),
    Column("voucher_no", Text, nullable=False),
    Column("voucher_line", Number, nullable=False),
    Column("amount_fen", Number, nullable=False),
    Column("subject", Text, unique=True),
    CheckConstraint("amount_fen <> 0", name="bank_match_part_amount"),
    ForeignKeyConstraint(
        ["voucher_no", "voucher_line"],
        ["voucher_lines.voucher_no", "voucher_lines.line"],
        name="bank_match_part_voucher",
    ),
    Index("bank_match_part_by_line", "line_id"),
    Index("bank_match_part_by_voucher", "voucher_no", "voucher_line"),
)
"""What of our vouchers a line shows; no line of a voucher is shown beyond its amount."""
