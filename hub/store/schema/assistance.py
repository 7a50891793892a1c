"""The table of requests whether payees are alive (异地协查认证): each is answered once."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

OPEN = text("finding IS NULL")
"""What nobody has answered, in the words of the index that finds it."""

assistances = table(
    "assistances",
    identity(),
    Column("ours", Number, nullable=False),
    Column("peer", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("asked_on", Day, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("finding", Text),
    Column("found_on", Day),
    Column("certified_until", Day),
    Column("note", Text),
    Column("answered_by", Text),
    Column("answered_at", Instant),
    Column("lifted_by", Text),
    Column("version", Number, nullable=False),
    CheckConstraint("ours IN (0, 1) AND version >= 1", name="assistance_values"),
    CheckConstraint(
        "finding IS NULL OR finding IN"
        " ('alive', 'deceased', 'missing', 'imprisoned', 'uncertified')",
        name="assistance_finding",
    ),
    CheckConstraint(
        "(finding IS NULL) = (found_on IS NULL) AND (finding IS NULL) = (answered_at IS NULL)"
        " AND (certified_until IS NULL OR finding = 'alive')",
        name="assistance_answer",
    ),
    UniqueConstraint("ours", "peer", "ref", name="assistance_once"),
    Index("assistance_by_person", "person_id", "id"),
    Index("assistance_by_peer", "peer", "id"),
    Index("assistance_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
)
"""Requests; `ours` is 1 where this office asked."""

assistance_serials = table(
    "assistance_serials",
    Column("year", Number, primary_key=True, autoincrement=False),
    Column("last", Number, nullable=False),
    CheckConstraint("last >= 1", name="assistance_serial"),
)
"""The last number given to a request of ours in each year."""
