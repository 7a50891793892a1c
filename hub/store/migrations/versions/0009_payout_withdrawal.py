"""Batches that are withdrawn or sent again, as two people decide; what is withdrawn never leaves."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text

from hub.store.schema.metadata import Instant, Number, Text, identity

revision = "0009"
down_revision = "0008"

OPEN = text("confirmed_by IS NULL")
WITHDRAWAL = text("kind = 'withdraw'")
CHECKS = {
    ("payout_batches", "payout_batch_state"): (
        "state IN ('ready', 'sent', 'answered', 'closed') AND (state = 'ready' OR outgoing_id IS NOT NULL)",
        "state IN ('ready', 'sent', 'answered', 'closed', 'withdrawn') AND (state = 'ready' OR outgoing_id IS NOT NULL)",
    ),
    ("outbox", "outbox_state"): (
        "state IN ('ready', 'sending', 'unknown', 'blocked', 'delivered')",
        "state IN ('ready', 'sending', 'unknown', 'blocked', 'delivered', 'withdrawn')",
    ),
}


def upgrade() -> None:
    for (table, name), (before, after) in CHECKS.items():
        change_check(table, name, before, after)
    op.create_table(
        "batch_orders",
        identity(),
        Column("kind", Text, nullable=False),
        Column("batch_id", Number, ForeignKey("payout_batches.id"), nullable=False),
        Column("reason", Text, nullable=False),
        Column("proposed_by", Text, nullable=False),
        Column("proposed_at", Instant, nullable=False),
        Column("confirmed_by", Text),
        Column("confirmed_at", Instant),
        Column("proof_sha256", Text),
        Column("digest", Text),
        Column("file_name", Text),
        Column("begun_at", Instant),
        Column("done_at", Instant),
        CheckConstraint("kind IN ('withdraw', 'resend')", name="batch_order_kind"),
        CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL) AND (confirmed_by IS NULL OR"
            " replace(lower(confirmed_by), ' ', '') <> replace(lower(proposed_by), ' ', ''))",
            name="batch_order_two_people",
        ),
        CheckConstraint(
            "(begun_at IS NULL OR confirmed_by IS NOT NULL)"
            " AND (done_at IS NULL OR confirmed_by IS NOT NULL)",
            name="batch_order_confirmed_first",
        ),
        CheckConstraint(
            "kind <> 'withdraw' OR confirmed_by IS NULL"
            " OR (proof_sha256 IS NOT NULL AND digest IS NOT NULL)",
            name="batch_order_proved",
        ),
        Index(
            "batch_order_open",
            "batch_id",
            "kind",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index(
            "batch_order_withdrawn_once",
            "batch_id",
            unique=True,
            sqlite_where=WITHDRAWAL,
            postgresql_where=WITHDRAWAL,
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("batch_orders")
    for (table, name), (before, after) in CHECKS.items():
        change_check(table, name, after, before)


def change_check(table: str, name: str, before: str, after: str) -> None:
    """Put another CHECK in the place of one.

    SQLite has no command for it, and copying a table that others refer to would drop it; so the
    schema's own text is changed, as SQLite's manual describes for changes that touch no content.
    """
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, text(after))
        return
    mine = {"table": table}
    sql = bind.execute(text("SELECT sql FROM sqlite_master WHERE name = :table"), mine).scalar_one()
    if sql.count(before) != 1:
        raise RuntimeError(f"the table {table} is not as revision 0008 left it")
    version = bind.execute(text("PRAGMA schema_version")).scalar_one()
    bind.execute(text("PRAGMA writable_schema = ON"))
    bind.execute(
        text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {**mine, "sql": sql.replace(before, after)},
    )
    bind.execute(text(f"PRAGMA schema_version = {int(version) + 1}"))
    bind.execute(text("PRAGMA writable_schema = OFF"))
