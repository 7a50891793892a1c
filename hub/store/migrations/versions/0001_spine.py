"""Inbox, outbox, tasks, journal; the journal only grows."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.schema import SchemaItem

from hub.store.schema.metadata import Instant, Number, Text, identity

revision = "0001"
down_revision = None


def upgrade() -> None:
    _table(
        "inbox",
        identity(),
        Column("channel", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("size_bytes", Number, nullable=False),
        Column("state", Text, nullable=False),
        Column("novelty", Text, nullable=False),
        Column("holds_name", Number, nullable=False),
        Column("earlier_id", Number, ForeignKey("inbox.id")),
        Column("partner", Text),
        Column("layout", Text),
        Column("layout_sha256", Text),
        Column("rows", Number),
        Column("business_key", Text),
        Column("deviations", Text, nullable=False, server_default="[]"),
        Column("error", Text),
        Column("received_at", Instant, nullable=False),
        Column("read_at", Instant),
        Column("released_by", Text),
        Column("released_at", Instant),
        Column("trace_id", Text, nullable=False),
        CheckConstraint(
            "size_bytes >= 0 AND length(sha256) = 64 AND holds_name IN (0, 1)", name="inbox_values"
        ),
        CheckConstraint(
            "state IN ('received', 'read', 'refused', 'held', 'duplicate')", name="inbox_state"
        ),
        CheckConstraint(
            "novelty IN ('new', 'repeat', 'name_reused', 'key_conflict')", name="inbox_novelty"
        ),
        CheckConstraint(
            "(novelty = 'repeat') = (state = 'duplicate')"
            " AND (novelty <> 'repeat' OR earlier_id IS NOT NULL)",
            name="inbox_repeat",
        ),
        CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name="inbox_released"),
        CheckConstraint(
            "state <> 'read' OR (partner IS NOT NULL AND rows >= 0)", name="inbox_read"
        ),
        Index(
            "inbox_content",
            "sha256",
            unique=True,
            sqlite_where=text("novelty <> 'repeat'"),
            postgresql_where=text("novelty <> 'repeat'"),
        ),
        Index(
            "inbox_name",
            "channel",
            "name",
            unique=True,
            sqlite_where=text("holds_name = 1"),
            postgresql_where=text("holds_name = 1"),
        ),
        Index("inbox_by_state", "channel", "state"),
    )
    _table(
        "business_keys",
        Column("partner", Text, primary_key=True),
        Column("business_key", Text, primary_key=True),
        Column("inbox_id", Number, ForeignKey("inbox.id"), nullable=False),
    )
    _table(
        "outbox",
        identity(),
        Column("channel", Text, nullable=False),
        Column("file_name", Text, nullable=False),
        Column("content_sha256", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("attempts", Number, nullable=False),
        Column("note", Text),
        Column("added_at", Instant, nullable=False),
        Column("changed_at", Instant, nullable=False),
        CheckConstraint("length(content_sha256) = 64 AND attempts >= 0", name="outbox_values"),
        CheckConstraint(
            "state IN ('ready', 'sending', 'unknown', 'blocked', 'delivered')", name="outbox_state"
        ),
        UniqueConstraint("channel", "file_name", name="outbox_name"),
        Index("outbox_by_state", "channel", "state", "id"),
    )
    _table(
        "tasks",
        identity(),
        Column("queue", Text, nullable=False),
        Column("step", Text, nullable=False),
        Column("subject_id", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("due_at", Instant, nullable=False),
        Column("give_up_at", Instant),
        Column("strikes", Number, nullable=False),
        Column("postponements", Number, nullable=False),
        Column("asked", Number, nullable=False),
        Column("begun", Number),
        Column("note", Text),
        Column("trace_id", Text),
        Column("added_at", Instant, nullable=False),
        Column("ended_at", Instant),
        CheckConstraint("strikes >= 0 AND postponements >= 0 AND asked >= 1", name="task_counts"),
        CheckConstraint("state IN ('due', 'done', 'parked')", name="task_state"),
        CheckConstraint("(state = 'due') = (ended_at IS NULL)", name="task_ended"),
        Index(
            "task_open_once",
            "queue",
            "step",
            "subject_id",
            unique=True,
            sqlite_where=text("state <> 'done'"),
            postgresql_where=text("state <> 'done'"),
        ),
        Index("task_by_due", "queue", "state", "due_at", "id"),
        Index("task_by_subject", "queue", "step", "subject_id"),
    )
    _table(
        "journal",
        Column("n", Number, primary_key=True, autoincrement=False),
        Column("at", Instant, nullable=False),
        Column("event", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("actor", Text, nullable=False),
        Column("person", Text),
        Column("facts", Text, nullable=False),
        Column("hash", Text, nullable=False),
        CheckConstraint("n >= 1 AND length(hash) = 64", name="journal_values"),
        Index("journal_by_subject", "subject"),
    )
    _refuse_changes("journal")
    if op.get_bind().dialect.name == "sqlite":
        # INSERT OR REPLACE deletes without any trigger
        op.execute(
            "CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal"
            " WHEN EXISTS (SELECT 1 FROM journal WHERE n = NEW.n)"
            " BEGIN SELECT RAISE(ABORT, 'journal only grows'); END"
        )


def _table(name: str, *parts: SchemaItem) -> None:
    op.create_table(name, *parts, sqlite_strict=True)


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
