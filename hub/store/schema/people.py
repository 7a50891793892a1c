"""Tables of people: who may sign in, what two administrators decided, sessions, who looked at what.

That a change of people is agreed by another than who drafted it is a constraint here; so is that
what people looked at, and who tried to sign in, stays as it was written.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index
from sqlalchemy import text as sql

from hub.store.schema.metadata import Instant, Number, Text, identity, table

people = table(
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
        "name_key = replace(lower(name_key), ' ', '') AND length(name_key) > 0", name="person_key"
    ),
    CheckConstraint("partner IS NULL OR region IS NULL", name="person_scope"),
    CheckConstraint("failed >= 0 AND factor_step >= 0", name="person_numbers"),
    CheckConstraint("(password_hash IS NULL) = (factor IS NULL)", name="person_two_factors"),
    CheckConstraint(
        "(enrolment_sha256 IS NULL) = (enrolment_until IS NULL)", name="person_enrolment"
    ),
)
"""Who may sign in. Without a password (and factor, both or none) only with an enrolment code."""

people_changes = table(
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
)
"""What one administrator drafted and another agreed to; of each person one at a time is open."""

people_sessions = table(
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
)
"""Who is signed in. The token itself is in the browser only."""

people_tokens = table(
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
)
"""Programs that act for a person with some of what this person may do, never with signatures."""

looks = table(
    "looks",
    identity(),
    Column("at", Instant, nullable=False),
    Column("person", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("place", Text, nullable=False),
    Index("look_by_person", "person", "id"),
    Index("look_by_key", "kind", "key", "id"),
)
"""Who saw identity or account numbers unmasked, of what, on which page; only grows."""

security_events = table(
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
)
"""Who tried to sign in, to sign or to open what is not theirs; only grows."""
