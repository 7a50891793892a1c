"""Messages: what is to be sent, what arrived, what is in quarantine."""

from alembic import op
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)

from hub.store.schema.metadata import Instant, Number, Text, identity

revision = "0010"
down_revision = "0009"

OPEN = text("state = 'open'")


def upgrade() -> None:
    op.create_table(
        "messages_out",
        identity(),
        Column("message_id", Text, nullable=False, unique=True),
        Column("road", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("headers", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("attempts", Number, nullable=False),
        Column("note", Text),
        Column("at", Instant, nullable=False),
        Column("changed_at", Instant, nullable=False),
        CheckConstraint(
            "length(message_id) BETWEEN 1 AND 200 AND attempts >= 0", name="out_values"
        ),
        CheckConstraint("state IN ('queued', 'confirmed', 'blocked')", name="out_state"),
        Index("message_out_by_state", "road", "state", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "messages_in",
        identity(),
        Column("source", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("road", Text, nullable=False),
        Column("queue", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("headers", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("note", Text),
        Column("at", Instant, nullable=False),
        Column("received_at", Instant, nullable=False),
        Column("changed_at", Instant, nullable=False),
        CheckConstraint(
            "length(message_id) BETWEEN 1 AND 200 AND length(sha256) = 64", name="in_id"
        ),
        CheckConstraint("state IN ('new', 'applied', 'refused', 'parked')", name="in_state"),
        UniqueConstraint("source", "message_id", name="message_in_once"),
        Index("message_in_by_state", "state", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "quarantine",
        identity(),
        Column("message_in", Number, ForeignKey("messages_in.id")),
        Column("road", Text, nullable=False),
        Column("queue", Text, nullable=False),
        Column("source", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("type", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("note", Text, nullable=False),
        Column("sha256", Text, nullable=False),
        Column("size_bytes", Number, nullable=False),
        Column("body", LargeBinary),
        Column("headers", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("at", Instant, nullable=False),
        Column("ended_by", Text),
        Column("ended_at", Instant),
        CheckConstraint("length(sha256) = 64 AND size_bytes >= 0", name="quarantine_values"),
        CheckConstraint("state IN ('open', 'redriven', 'dropped')", name="quarantine_state"),
        CheckConstraint(
            "(state = 'open') = (ended_at IS NULL) AND (ended_by IS NULL) = (ended_at IS NULL)",
            name="quarantine_ended",
        ),
        Index(
            "quarantine_open_once",
            "road",
            "queue",
            "source",
            "message_id",
            "sha256",
            "reason",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
        Index("quarantine_by_state", "state", "id"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("quarantine")
    op.drop_table("messages_in")
    op.drop_table("messages_out")
