"""Tables about a store that went back: its epoch, what is outside, numbers that are lost."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Instant, Number, Text, identity, table

_OPEN = text("lifted_by IS NULL")
_OTHER = "replace(lower({a}), ' ', '') <> replace(lower({b}), ' ', '')"

store_epoch = table(
    "store_epoch",
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("epoch", Number, nullable=False),
    Column("marked_at", Instant),
    CheckConstraint("id = 1 AND epoch >= 1", name="store_epoch_values"),
)
"""One row: how often the store went back, plus 1, and since when it has a mark outside."""

restores = table(
    "restores",
    identity(),
    Column("epoch", Number, nullable=False, unique=True),
    Column("cause", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("person", Text),
    Column("head_n", Number, nullable=False),
    Column("head_hash", Text, nullable=False),
    Column("mark_n", Number),
    Column("mark_hash", Text),
    Column("scanned_at", Instant),
    Column("proposed_by", Text),
    Column("proposed_at", Instant),
    Column("reason", Text),
    Column("lifted_by", Text),
    Column("lifted_at", Instant),
    Column("report_sha256", Text),
    CheckConstraint(
        "cause IN ('went_back', 'mark_lost', 'declared', 'from_backup')", name="restore_cause"
    ),
    CheckConstraint(
        "(proposed_by IS NULL) = (proposed_at IS NULL)"
        " AND (proposed_by IS NULL) = (reason IS NULL)",
        name="restore_proposed",
    ),
    CheckConstraint(
        "(lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL OR"
        " (proposed_by IS NOT NULL AND scanned_at IS NOT NULL AND report_sha256 IS NOT NULL AND "
        + _OTHER.format(a="lifted_by", b="proposed_by")
        + "))",
        name="restore_two_people",
    ),
    Index("restore_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
)
"""Each time that the store went back. While one is not lifted nothing leaves the hub."""

outside_files = table(
    "outside_files",
    identity(),
    Column("restore_id", Number, ForeignKey("restores.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("original_sha256", Text),
    Column("delivered", Number, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("facts", Text, nullable=False),
    Column("proposed_by", Text),
    Column("reason", Text),
    Column("settled_by", Text),
    Column("settled_at", Instant),
    CheckConstraint("state IN ('open', 'known', 'explained')", name="outside_file_state"),
    CheckConstraint("delivered IN (0, 1) AND length(sha256) = 64", name="outside_file_values"),
    CheckConstraint(
        "(settled_by IS NULL) = (settled_at IS NULL) AND (state = 'explained') ="
        " (settled_by IS NOT NULL) AND (settled_by IS NULL OR (proposed_by IS NOT NULL AND "
        + _OTHER.format(a="settled_by", b="proposed_by")
        + "))",
        name="outside_file_two_people",
    ),
    UniqueConstraint("restore_id", "channel", "name", name="outside_file_once"),
    Index("outside_file_by_state", "state", "channel"),
)
"""Files that left after the backup, as the sending book or the other side has them."""

region_numbers_lost = table(
    "region_numbers_lost",
    identity(),
    Column("restore_id", Number, ForeignKey("restores.id"), nullable=False),
    Column("peer", Text, nullable=False),
    Column("first", Number, nullable=False),
    Column("last", Number, nullable=False),
    CheckConstraint("first >= 1 AND last >= first", name="region_number_lost_values"),
    Index("region_number_lost_of", "peer"),
)
"""Numbers of messages that another region has from us and that our store has lost."""
