"""Tables of messages: what is to be sent, what arrived, what nobody can use (隔离).

That one message of one sender counts once for ever is a constraint here.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql

from hub.store.schema.metadata import Instant, Number, Text, identity, table

_OPEN = sql("state = 'open'")

messages_out = table(
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
    CheckConstraint("length(message_id) BETWEEN 1 AND 200 AND attempts >= 0", name="out_values"),
    CheckConstraint("state IN ('queued', 'confirmed', 'blocked')", name="out_state"),
    Index("message_out_by_state", "road", "state", "id"),
)
"""Messages to send, in the order of `id` within a road; written in the unit that causes them."""

messages_in = table(
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
    CheckConstraint("length(message_id) BETWEEN 1 AND 200 AND length(sha256) = 64", name="in_id"),
    CheckConstraint("state IN ('new', 'applied', 'refused', 'parked')", name="in_state"),
    UniqueConstraint("source", "message_id", name="message_in_once"),
    Index("message_in_by_state", "state", "id"),
)
"""Messages received. `source` is the account that the broker vouches for, empty if unknown."""

quarantine = table(
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
        "road", "queue", "source", "message_id", "sha256", "reason",
        unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN,
    ),
    Index("quarantine_by_state", "state", "id"),
)  # fmt: skip
"""What somebody must look at. No `body`: it was larger than the hub keeps, only its hash is."""
