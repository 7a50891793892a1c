"""The exchange with other regions: directory, signed messages and their order."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, Index, LargeBinary, PrimaryKeyConstraint
from sqlalchemy import text as sql

from hub.store.schema.metadata import Day, Instant, Number, Text, identity

revision = "0012"
down_revision = "0011"

RECORD = (
    "id", "kind", "code", "ref", "valid_from", "valid_until", "facts", "batch", "proposed_by",
    "proposed_at",
)  # fmt: skip
MESSAGE = (
    "direction", "peer", "id", "type", "case_ref", "in_reply_to", "sequence", "sha256", "wire",
    "at", "arrival",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
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
        sqlite_strict=True,
    )
    op.create_table(
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
        Index("region_message_by_case", "case_ref", "at"),
        Index("region_message_by_reply", "in_reply_to"),
        Index("region_message_by_state", "state", "due_at"),
        sqlite_strict=True,
    )
    op.create_table(
        "region_streams",
        Column("peer", Text, primary_key=True),
        Column("sent", Number, nullable=False),
        Column("received", Number, nullable=False),
        Column("asked_to", Number, nullable=False),
        CheckConstraint(
            "sent >= 0 AND received >= 0 AND asked_to >= 0", name="region_stream_values"
        ),
        sqlite_strict=True,
    )
    _keep("region_records", f"OLD.state <> 'proposed' OR {_differs(RECORD)}")
    _keep("region_messages", _differs(MESSAGE))


def _differs(columns: tuple[str, ...]) -> str:
    other = "IS NOT" if op.get_bind().dialect.name == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f"NEW.{name} {other} OLD.{name}" for name in columns)


def _keep(table: str, changed: str) -> None:
    """Refuse that a row goes, or that what it says changes; only its fate may."""
    if op.get_bind().dialect.name == "sqlite":
        for name, when in (
            ("update", f"BEFORE UPDATE ON {table} WHEN {changed}"),
            ("delete", f"BEFORE DELETE ON {table}"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} {when}"
                f" BEGIN SELECT RAISE(ABORT, '{table} keeps what it says'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_keeps() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN IF TG_OP = 'UPDATE' THEN IF NOT ({changed}) THEN RETURN NEW; END IF; END IF;"
        f" RAISE EXCEPTION '{table} keeps what it says'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION {table}_keeps()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_keeps()"
    )


def downgrade() -> None:
    op.drop_table("region_streams")
    op.drop_table("region_messages")
    op.drop_table("region_records")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION region_records_keeps()")
        op.execute("DROP FUNCTION region_messages_keeps()")
