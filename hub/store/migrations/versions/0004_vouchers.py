"""Vouchers, their lines and originals, drafts."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint
from sqlalchemy.schema import SchemaItem

from hub.store.schema.metadata import Day, Instant, Number, Text, identity

revision = "0004"
down_revision = "0003"

UNBALANCED = (
    "(SELECT count(*) FROM voucher_lines WHERE voucher_no = NEW.no) < 2"
    " OR (SELECT sum(CASE side WHEN 'debit' THEN amount_fen ELSE -amount_fen END)"
    " FROM voucher_lines WHERE voucher_no = NEW.no) <> 0"
)
BOOKED = "EXISTS (SELECT 1 FROM vouchers WHERE no = NEW.voucher_no)"


def upgrade() -> None:
    _table(
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
    )
    _table(
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
    _table(
        "voucher_documents",
        Column("voucher_no", Text, ForeignKey("vouchers.no"), primary_key=True),
        Column("sha256", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("added_at", Instant, nullable=False),
        CheckConstraint("length(sha256) = 64", name="voucher_document_values"),
        Index("voucher_document_by_content", "sha256"),
    )
    _table(
        "voucher_serials",
        Column("fund", Text, primary_key=True),
        Column("month", Number, primary_key=True, autoincrement=False),
        Column("last", Number, nullable=False),
        CheckConstraint("last >= 0", name="voucher_serial"),
    )
    _table(
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
    _refuse("vouchers", "voucher_balanced", UNBALANCED, "a voucher must balance")
    _refuse("voucher_lines", "voucher_line_late", BOOKED, "a voucher only has its own lines")
    for table in ("vouchers", "voucher_lines", "voucher_documents"):
        _refuse_changes(table)
    if op.get_bind().dialect.name == "sqlite":
        # INSERT OR REPLACE deletes without any trigger
        for table, key in (
            ("vouchers", "no = NEW.no OR key = NEW.key"),
            ("voucher_documents", "voucher_no = NEW.voucher_no AND sha256 = NEW.sha256"),
        ):
            _refuse(
                table,
                f"{table}_no_replace",
                f"EXISTS (SELECT 1 FROM {table} WHERE {key})",  # noqa: S608 -- both from above
                f"{table} only grows",
            )


def _table(name: str, *parts: SchemaItem) -> None:
    op.create_table(name, *parts, sqlite_strict=True)


def _refuse(table: str, name: str, condition: str, message: str) -> None:
    """Refuse new rows that a condition on NEW describes, whoever writes them."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF {condition} THEN RAISE EXCEPTION '{message}'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _refuse_changes(table: str) -> None:
    """Let a table only grow, whoever writes to it."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} only grows'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
    )
