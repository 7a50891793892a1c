"""Our bank accounts: statements, their lines, the days, and why each line is there."""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)

from hub.store.schema.metadata import Day, Instant, Number, Text, identity

revision = "0008"
down_revision = "0007"

TAKEN = text("standing = 'taken'")
GROWING = ("bank_statements", "bank_lines")


def upgrade() -> None:
    op.create_table(
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
            sqlite_where=TAKEN,
            postgresql_where=TAKEN,
        ),
        Index("bank_statement_by_day", "account", "last_on"),
        sqlite_strict=True,
    )
    op.create_table(
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
        sqlite_strict=True,
    )
    op.create_table(
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
        sqlite_strict=True,
    )
    op.create_table(
        "bank_matches",
        Column(
            "line_id", Number, ForeignKey("bank_lines.id"), primary_key=True, autoincrement=False
        ),
        Column("rule", Text, nullable=False),
        Column("purpose", Text),
        Column("fund", Text),
        Column("at", Instant, nullable=False),
        sqlite_strict=True,
    )
    op.create_table(
        "bank_match_parts",
        identity(),
        Column(
            "line_id",
            Number,
            ForeignKey("bank_matches.line_id", ondelete="CASCADE"),
            nullable=False,
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
        sqlite_strict=True,
    )
    for name in GROWING:
        _only_grows(name)


def downgrade() -> None:
    for name in ("bank_match_parts", "bank_matches", "bank_days", "bank_lines", "bank_statements"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        for name in GROWING:
            op.execute(f"DROP FUNCTION {name}_only_grows()")


def _only_grows(table: str) -> None:
    """Refuse every change of what a bank said."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} only grow'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} only grow'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
    )
