"""Tables that every job stands on: inbox, outbox, tasks, journal.

What must hold whoever writes is a constraint here: one row counts for one content, a name means
one content, a business key belongs to one file, open work is there once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Instant, Number, Text, identity, table

inbox = table(
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
    CheckConstraint("state <> 'read' OR (partner IS NOT NULL AND rows >= 0)", name="inbox_read"),
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
    Index("inbox_of_state", "state", "id"),
    Index("inbox_of_channel", "channel", "id"),
    Index("inbox_named", "name"),
)
"""Files received; `earlier_id` is the file that this one repeats or contradicts."""

CONTENT_KEY: Final = "sha256:"

business_keys = table(
    "business_keys",
    Column("partner", Text, primary_key=True),
    Column("business_key", Text, primary_key=True),
    Column("inbox_id", Number, ForeignKey("inbox.id"), nullable=False),
)
"""Which file was the first to be read under a partner's key; later ones with other bytes wait.

A key of `CONTENT_KEY` and a digest is what an encrypted or signed file holds.
"""

outbox = table(
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
    Column("original_sha256", Text),
    CheckConstraint("length(content_sha256) = 64 AND attempts >= 0", name="outbox_values"),
    CheckConstraint(
        "state IN ('ready', 'sending', 'unknown', 'blocked', 'delivered', 'withdrawn')",
        name="outbox_state",
    ),
    UniqueConstraint("channel", "file_name", name="outbox_name"),
    Index("outbox_by_state", "channel", "state", "id"),
    Index("outbox_of_state", "state", "id"),
    Index("outbox_of_channel", "channel", "id"),
)
"""Files to send, in the order of `id` within a channel; a name is given to one content only.

`original_sha256` is the plain file, when what travels was encrypted or marked.
"""

tasks = table(
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
    Index("task_of_queue", "queue", "id"),
    Index(
        "task_open",
        "state",
        "id",
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
    Index(
        "task_open_of_queue",
        "queue",
        "state",
        "id",
        sqlite_where=text("state <> 'done'"),
        postgresql_where=text("state <> 'done'"),
    ),
)
"""Which step is due for what. `asked` counts requests, `begun` is its value at the last start."""

journal = table(
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
    Index("journal_by_event", "event", "n"),
    Index("journal_by_person", "person", "n"),
    Index("journal_by_time", "at"),
)
"""Every decision, in order, each row bound to the one before it; triggers refuse any change."""
