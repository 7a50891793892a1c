"""People who sign in, what administrators decided about them, sessions, looks, security events."""

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index
from sqlalchemy import text as sql

from hub.store.schema.metadata import Instant, Number, Text, identity

revision = "0018"
down_revision = "0017"

ONLY_GROW = ("looks", "security_events")
CHANGE = ("id", "kind", "name", "name_key", "facts", "drafted_by", "drafted_at")


def upgrade() -> None:
    op.create_table(
        "people",
        identity(),
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False, unique=True),
        Column("sign_in", Text, nullable=False, unique=True),
        Column("roles", Text, nullable=False),
        Column("desk", Text),
        Column("partner", Text),
        Column("region", Text),
        Column("state", Text, nullable=False),
        Column("password_hash", Text),
        Column("password_at", Instant),
        Column("factor", Text),
        Column("factor_step", Number, nullable=False),
        Column("enrolment_sha256", Text, unique=True),
        Column("enrolment_until", Instant),
        Column("failed", Number, nullable=False),
        Column("locked_until", Instant),
        Column("language", Text),
        Column("theme", Text),
        Column("made_at", Instant, nullable=False),
        CheckConstraint("state IN ('active', 'disabled')", name="person_state"),
        CheckConstraint("sign_in = lower(sign_in) AND length(sign_in) > 0", name="person_sign_in"),
        CheckConstraint(
            "name_key = replace(lower(name_key), ' ', '') AND length(name_key) > 0",
            name="person_key",
        ),
        CheckConstraint("partner IS NULL OR region IS NULL", name="person_scope"),
        CheckConstraint("failed >= 0 AND factor_step >= 0", name="person_numbers"),
        CheckConstraint("(password_hash IS NULL) = (factor IS NULL)", name="person_two_factors"),
        CheckConstraint(
            "(enrolment_sha256 IS NULL) = (enrolment_until IS NULL)", name="person_enrolment"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "people_changes",
        identity(),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("name_key", Text, nullable=False),
        Column("facts", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("drafted_by", Text, nullable=False),
        Column("drafted_at", Instant, nullable=False),
        Column("decided_by", Text),
        Column("decided_at", Instant),
        CheckConstraint("kind IN ('add', 'roles', 'reset', 'enable')", name="people_change_kind"),
        CheckConstraint("state IN ('draft', 'agreed', 'refused')", name="people_change_state"),
        CheckConstraint(
            "(state = 'draft') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="people_change_decided",
        ),
        CheckConstraint(
            "state <> 'agreed' OR"
            " replace(lower(decided_by), ' ', '') <> replace(lower(drafted_by), ' ', '')",
            name="people_change_two_people",
        ),
        CheckConstraint(
            "name_key <> replace(lower(drafted_by), ' ', '')"
            " AND (decided_by IS NULL OR state <> 'agreed'"
            " OR name_key <> replace(lower(decided_by), ' ', ''))",
            name="people_change_not_own",
        ),
        Index("people_change_by_state", "state", "id"),
        Index(
            "people_change_open",
            "name_key",
            unique=True,
            sqlite_where=sql("state = 'draft'"),
            postgresql_where=sql("state = 'draft'"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "people_sessions",
        Column("token_sha256", Text, primary_key=True),
        Column("person_id", Number, ForeignKey("people.id"), nullable=False),
        Column("made_at", Instant, nullable=False),
        Column("seen_at", Instant, nullable=False),
        Column("until", Instant, nullable=False),
        Column("address", Text, nullable=False),
        Column("agent", Text, nullable=False),
        CheckConstraint("length(token_sha256) = 64", name="people_session_values"),
        Index("people_session_of", "person_id"),
        Index("people_session_until", "until"),
        sqlite_strict=True,
    )
    op.create_table(
        "people_tokens",
        identity(),
        Column("token_sha256", Text, nullable=False, unique=True),
        Column("person_id", Number, ForeignKey("people.id"), nullable=False),
        Column("label", Text, nullable=False),
        Column("permissions", Text, nullable=False),
        Column("made_at", Instant, nullable=False),
        Column("until", Instant, nullable=False),
        Column("revoked_at", Instant),
        CheckConstraint("length(token_sha256) = 64", name="people_token_values"),
        Index("people_token_of", "person_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "looks",
        identity(),
        Column("at", Instant, nullable=False),
        Column("person", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("place", Text, nullable=False),
        Index("look_by_person", "person", "id"),
        Index("look_by_key", "kind", "key", "id"),
        sqlite_strict=True,
    )
    op.create_table(
        "security_events",
        identity(),
        Column("at", Instant, nullable=False),
        Column("event", Text, nullable=False),
        Column("person", Text),
        Column("address", Text, nullable=False),
        Column("detail", Text, nullable=False),
        Index("security_event_by_person", "person", "id"),
        Index("security_event_by_event", "event", "id"),
        Index("security_event_by_both", "person", "event", "id"),
        sqlite_strict=True,
    )
    for name in ONLY_GROW:
        _only_grows(name)
    _keep_decided()


def _only_grows(table: str) -> None:
    """Let a table only grow, whoever writes to it."""
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} only grows'); END"
            )
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"  # noqa: S608
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
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


def _keep_decided() -> None:
    """Refuse that a change goes, that what it says changes, or that it is decided twice."""
    table, sqlite = "people_changes", op.get_bind().dialect.name == "sqlite"
    other = "IS NOT" if sqlite else "IS DISTINCT FROM"
    differs = " OR ".join(f"NEW.{name} {other} OLD.{name}" for name in CHANGE)
    changed = f"OLD.state <> 'draft' OR {differs}"
    if sqlite:
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


def downgrade() -> None:
    op.drop_table("security_events")
    op.drop_table("looks")
    op.drop_table("people_tokens")
    op.drop_table("people_sessions")
    op.drop_table("people_changes")
    op.drop_table("people")
    if op.get_bind().dialect.name != "sqlite":
        for name in ONLY_GROW:
            op.execute(f"DROP FUNCTION {name}_only_grows()")
        op.execute("DROP FUNCTION people_changes_keeps()")
