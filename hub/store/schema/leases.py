"""Tables of several processes on one database: who lives, and who works in which lane."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column

from hub.store.schema.metadata import Instant, Number, Text, table

nodes = table(
    "nodes",
    Column("id", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Number, nullable=False),
    Column("version", Text, nullable=False),
    Column("alone", Number, nullable=False),
    Column("able", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("beat_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    CheckConstraint("alone IN (0, 1)", name="node_alone"),
    CheckConstraint("expires_at > beat_at", name="node_expires"),
)

leases = table(
    "leases",
    Column("lane", Text, primary_key=True),
    Column("owner", Text),
    Column("token", Number, nullable=False),
    Column("paused", Number, nullable=False),
    Column("revived", Number, nullable=False),
    CheckConstraint("token >= 0 AND revived >= 0", name="lease_counts"),
    CheckConstraint("paused IN (0, 1)", name="lease_paused"),
)
