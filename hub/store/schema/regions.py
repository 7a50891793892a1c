"""Tables of the exchange with other regions: the directory, signed messages, their order.

That two people stand behind every entry of the directory, that an id of a message and a number in
a sender's order are used once for ever: all of it is a constraint here.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, PrimaryKeyConstraint
from sqlalchemy import text as sql

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

region_records = table(
    "region_records",
    identity(),
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_until", Day),
    Column("facts", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", Instant, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    CheckConstraint("kind IN ('region', 'office', 'account', 'key')", name="region_kind"),
    CheckConstraint("state IN ('proposed', 'confirmed', 'refused')", name="region_state"),
    CheckConstraint(
        "length(code) = 6 AND (valid_until IS NULL OR valid_until >= valid_from)",
        name="region_values",
    ),
    CheckConstraint(
        "(state = 'proposed') = (decided_by IS NULL)"
        " AND (decided_by IS NULL) = (decided_at IS NULL)",
        name="region_decided",
    ),
    CheckConstraint(
        "state <> 'confirmed' OR"
        " replace(lower(decided_by), ' ', '') <> replace(lower(proposed_by), ' ', '')",
        name="region_two_people",
    ),
    Index("region_record_of", "code", "kind", "ref", "valid_from", "id"),
    Index("region_record_by_ref", "kind", "ref"),
    Index("region_record_by_state", "state", "batch"),
)
"""What is known of regions, and since when. Of one `ref` the row that begins last holds."""

region_messages = table(
    "region_messages",
    Column("direction", Text, nullable=False),
    Column("peer", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("case_ref", Text),
    Column("in_reply_to", Text),
    Column("sequence", Number, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("wire", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("settled_at", Instant),
    Column("arrival", Number),
    Column("repeats", Number, nullable=False),
    PrimaryKeyConstraint("direction", "peer", "id", name="region_message_once"),
    CheckConstraint("length(id) = 32 AND length(sha256) = 64", name="region_message_values"),
    CheckConstraint("repeats >= 0 AND sequence >= 0", name="region_message_numbers"),
    CheckConstraint(
        "direction = 'out' AND state IN ('sent', 'delivered', 'declined')"
        " OR direction = 'in' AND state IN ('parked', 'applied', 'refused')",
        name="region_message_state",
    ),
    CheckConstraint(
        "(state IN ('sent', 'parked')) = (settled_at IS NULL)", name="region_message_settled"
    ),
    CheckConstraint(
        "(state IN ('declined', 'refused')) = (code IS NOT NULL)", name="region_message_refused"
    ),
    Index(
        "region_message_order",
        "direction",
        "peer",
        "sequence",
        unique=True,
        sqlite_where=sql("sequence > 0"),
        postgresql_where=sql("sequence > 0"),
    ),
    Index("region_message_by_id", "id"),
    Index("region_message_by_case", "case_ref", "at"),
    Index("region_message_by_reply", "in_reply_to"),
    Index("region_message_by_state", "state", "due_at"),
    Index("region_message_by_time", "at", "id", "direction"),
    Index("region_message_by_peer", "peer", "at", "id", "direction"),
    Index("region_message_by_fate", "state", "at", "id", "direction"),
)
"""Messages whose signature was good, as they travelled, for ever. `arrival`: `messages_in.id`."""

region_streams = table(
    "region_streams",
    Column("peer", Text, primary_key=True),
    Column("sent", Number, nullable=False),
    Column("received", Number, nullable=False),
    Column("asked_to", Number, nullable=False),
    CheckConstraint("sent >= 0 AND received >= 0 AND asked_to >= 0", name="region_stream_values"),
)
"""Per other region: numbers given out, the last one taken, up to which one we asked again."""
