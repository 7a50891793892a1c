"""Tables of relation transfers: cases, their facts, and who signed what.

That a person's relation is transferred out once at a time, that a fact is known once and never
changed, that as many different people signed as the rule asks for: all of it is a constraint here.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

_LIVE = "state NOT IN ('done', 'refused', 'withdrawn', 'forwarded', 'closed')"
LIVE = text(_LIVE)
"""What is not over, in the words of the index that finds it."""
_LIVE_OUT = text(f"direction = 'out' AND {_LIVE}")

transfers = table(
    "transfers",
    identity(),
    Column("ref", Text, nullable=False),
    Column("round", Number, nullable=False),
    Column("peer_ref", Text),
    Column("direction", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person_id", Text, nullable=False),
    Column("person_name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("counterpart", Text, nullable=False),
    Column("opened_on", Day, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("epoch", Number, nullable=False),
    Column("supplement", Number, nullable=False),
    Column("on_paper", Number, nullable=False),
    Column("state", Text, nullable=False),
    Column("hold", Text, nullable=False),
    Column("hold_epoch", Number, nullable=False),
    Column("version", Number, nullable=False),
    CheckConstraint("direction IN ('in', 'out')", name="transfer_direction"),
    CheckConstraint(
        "kind IN ('pension', 'medical', 'unemployment', 'unemployment_benefit')",
        name="transfer_kind",
    ),
    CheckConstraint(
        "state IN ('unasked', 'applied', 'awaiting', 'ready', 'offered', 'sent', 'done',"
        " 'refused', 'withdrawn', 'forwarded', 'closed')"
        " AND (direction = 'out' OR state NOT IN ('offered', 'sent', 'forwarded'))"
        " AND (direction = 'in' OR state NOT IN ('awaiting', 'ready'))",
        name="transfer_state",
    ),
    CheckConstraint(
        "round >= 1 AND epoch >= 1 AND hold_epoch >= 0 AND version >= 1"
        " AND supplement IN (0, 1) AND on_paper IN (0, 1)",
        name="transfer_numbers",
    ),
    CheckConstraint(
        "hold IN ('none', 'held', 'locked', 'released')"
        " AND (direction = 'out' OR hold IN ('none', 'held'))",
        name="transfer_hold",
    ),
    UniqueConstraint("ref", "round", name="transfer_once"),
    Index(
        "transfer_out_once",
        "person_id",
        "kind",
        unique=True,
        sqlite_where=_LIVE_OUT,
        postgresql_where=_LIVE_OUT,
    ),
    Index(
        "transfer_pair_once",
        "person_id",
        "kind",
        "counterpart",
        unique=True,
        sqlite_where=text(_LIVE),
        postgresql_where=text(_LIVE),
    ),
    Index("transfer_by_person", "person_id", "kind", "id"),
    Index("transfer_by_peer_ref", "peer_ref"),
    Index("transfer_by_name", "person_name", postgresql_ops={"person_name": "text_pattern_ops"}),
    Index("transfer_by_state", "state", "id"),
    Index("transfer_by_kind", "kind", "id"),
    Index("transfer_by_direction", "direction", "id"),
    Index("transfer_by_counterpart", "counterpart", "id", "direction", "kind", "state"),
    # any conditions together, from the index alone; see hub.store.views.transfers
    Index("transfer_listed", "id", "direction", "kind", "counterpart", "state"),
    Index(
        "transfer_live",
        "id",
        "direction",
        "kind",
        "counterpart",
        "state",
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    ),
)
"""Cases by round. `version` counts changes: of two writers of one version, one is told so."""

transfer_facts = table(
    "transfer_facts",
    identity(),
    Column("case_id", Number, ForeignKey("transfers.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fact_on", Day, nullable=False),
    Column("content", Text, nullable=False),
    Column("noted_at", Instant, nullable=False),
    Column("person", Text),
    Column("message_id", Text),
    UniqueConstraint("case_id", "key", name="transfer_fact_once"),
    Index("transfer_fact_by_message", "message_id"),
)
"""What happened to cases, in the order in which it was noted; triggers refuse any change."""

transfer_approvals = table(
    "transfer_approvals",
    identity(),
    Column("case_id", Number, ForeignKey("transfers.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("number", Number, nullable=False),
    Column("type", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("levels", Number, nullable=False),
    Column("signed1_by", Text),
    Column("signed1_at", Instant),
    Column("signed2_by", Text),
    Column("signed2_at", Instant),
    Column("signed3_by", Text),
    Column("signed3_at", Instant),
    Column("done", Number, nullable=False),
    CheckConstraint(
        "step IN ('consent', 'offer', 'continue') AND number >= 1 AND done IN (0, 1)",
        name="transfer_approval_step",
    ),
    CheckConstraint(
        "levels IN (1, 2, 3) AND (signed2_by IS NULL OR signed1_by IS NOT NULL)"
        " AND (signed3_by IS NULL OR signed2_by IS NOT NULL)"
        " AND (signed1_by IS NULL) = (signed1_at IS NULL)"
        " AND (signed2_by IS NULL) = (signed2_at IS NULL)"
        " AND (signed3_by IS NULL) = (signed3_at IS NULL)",
        name="transfer_approval_signatures",
    ),
    CheckConstraint(
        "(signed2_by IS NULL OR"
        " replace(lower(signed2_by), ' ', '') <> replace(lower(signed1_by), ' ', ''))"
        " AND (signed3_by IS NULL OR"
        " (replace(lower(signed3_by), ' ', '') <> replace(lower(signed1_by), ' ', '')"
        " AND replace(lower(signed3_by), ' ', '') <> replace(lower(signed2_by), ' ', '')))",
        name="transfer_approval_different_people",
    ),
    CheckConstraint(
        "done = 0 OR (signed1_by IS NOT NULL AND (levels < 2 OR signed2_by IS NOT NULL)"
        " AND (levels < 3 OR signed3_by IS NOT NULL))",
        name="transfer_approval_done",
    ),
    UniqueConstraint("case_id", "step", "number", name="transfer_approval_once"),
)
"""Decisions that wait for signatures or have them; the content is the fact that they become."""

transfer_serials = table(
    "transfer_serials",
    Column("year", Number, primary_key=True, autoincrement=False),
    Column("last", Number, nullable=False),
    CheckConstraint("last >= 1", name="transfer_serial"),
)
"""The last case number given in each year."""
