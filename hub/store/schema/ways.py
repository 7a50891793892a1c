"""The tables that payouts and direct debits have alike, once for each way (`payout`, `debit`).

That an entitlement has one live attempt, that another attempt repairs one that failed, that three
signatures are three people: all of it is a constraint here, so that no way into the database can
pay or collect twice. Amounts are fen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, UniqueConstraint, text

from hub.store.schema.metadata import Day, Instant, Number, Text, identity, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table
    from sqlalchemy.schema import SchemaItem

LIVE_ITEMS: Final = "state IN ('listed', 'in_flight', 'paid', 'unknown')"
"""Attempts of which an entitlement may have one, in the words of the index that says so."""

_LIVE = text(LIVE_ITEMS)
_COUNTED = text("state NOT IN ('cancelled', 'refused')")


def lists_table(way: str, kinds: str) -> Table:
    """Return lists with their approval forms; `kinds` is the check of what a list may be.

    `version` counts changes: of two racing people, one wins.
    """
    return table(
        f"{way}_lists",
        identity(),
        Column("key", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        Column("fund", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("month", Number, nullable=False),
        Column("state", Text, nullable=False),
        Column("item_count", Number, nullable=False),
        Column("total_fen", Number, nullable=False),
        Column("stated_count", Number, nullable=False),
        Column("stated_fen", Number, nullable=False),
        Column("source_sha256", Text, nullable=False),
        Column("inbox_id", Number, ForeignKey("inbox.id")),
        Column("made_by", Text),
        Column("digest", Text),
        Column("levels", Number, nullable=False),
        Column("signed1_by", Text),
        Column("signed1_at", Instant),
        Column("signed2_by", Text),
        Column("signed2_at", Instant),
        Column("signed3_by", Text),
        Column("signed3_at", Instant),
        Column("ended_by", Text),
        Column("reason", Text),
        Column("added_at", Instant, nullable=False),
        Column("version", Number, nullable=False),
        CheckConstraint(kinds, name=f"{way}_list_kind"),
        CheckConstraint(
            "state IN ('draft', 'checked', 'reviewed', 'approved', 'released', 'closed',"
            " 'cancelled', 'refused')",
            name=f"{way}_list_state",
        ),
        CheckConstraint(
            "item_count >= 0 AND total_fen >= 0 AND item_count <= stated_count AND version >= 1",
            name=f"{way}_list_totals",
        ),
        *_signature_checks(way),
        Index(f"{way}_list_by_state", "state", "id"),
    )


def sequences_table(way: str) -> Table:
    """Return the last batch number given to each bank, kind and business day."""
    return table(
        f"{way}_sequences",
        Column("bank", Text, primary_key=True),
        Column("scope", Text, primary_key=True),
        Column("business_on", Day, primary_key=True),
        Column("last", Number, nullable=False),
        CheckConstraint("last >= 1", name=f"{way}_sequence"),
    )


def batches_table(way: str, states: str) -> Table:
    """Return files for banks; what their bytes depend on is fixed before they are built.

    `states`: those that a batch may have, as SQL.
    """
    return table(
        f"{way}_batches",
        identity(),
        Column("list_id", Number, ForeignKey(f"{way}_lists.id"), nullable=False),
        Column("bank", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("fund", Text, nullable=False),
        Column("business_on", Day, nullable=False),
        Column("sequence", Number, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("file_name", Text, nullable=False),
        Column("item_count", Number, nullable=False),
        Column("total_fen", Number, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("state", Text, nullable=False),
        Column("content_sha256", Text),
        Column("outgoing_id", Number, ForeignKey("outbox.id"), unique=True),
        Column("sent_at", Instant),
        CheckConstraint(
            "item_count >= 1 AND total_fen >= 1 AND sequence >= 1", name=f"{way}_batch_totals"
        ),
        CheckConstraint(
            f"state IN ({states}) AND (state = 'ready' OR outgoing_id IS NOT NULL)",
            name=f"{way}_batch_state",
        ),
        CheckConstraint(
            "(outgoing_id IS NULL) = (content_sha256 IS NULL)", name=f"{way}_batch_content"
        ),
        UniqueConstraint("bank", "kind", "business_on", "sequence", name=f"{way}_batch_sequence"),
        UniqueConstraint("bank", "message_id", name=f"{way}_batch_message"),
        UniqueConstraint("bank", "file_name", name=f"{way}_batch_file"),
        Index(f"{way}_batch_by_list", "list_id"),
        Index(f"{way}_batch_by_state", "state", "bank"),
    )


def items_table(way: str, ended: str, more: Sequence[SchemaItem] = ()) -> Table:
    """Return attempts; index `…_item_live` is the rule that nothing is paid or collected twice.

    `ended`: the states, as SQL, that only evidence leads to. `more`: further columns and checks.
    """
    return table(
        f"{way}_items",
        identity(),
        Column("list_id", Number, ForeignKey(f"{way}_lists.id"), nullable=False),
        Column("item_no", Number, nullable=False),
        Column("person_id", Text, nullable=False),
        Column("person_name", Text, nullable=False),
        Column("benefit", Text, nullable=False),
        Column("period", Number, nullable=False),
        Column("amount_fen", Number, nullable=False),
        Column("bank", Text, nullable=False),
        Column("bank_no", Text),
        Column("account_no", Text, nullable=False),
        Column("account_name", Text, nullable=False),
        Column("end_to_end_id", Text, nullable=False),
        Column("attempt", Number, nullable=False),
        Column("repairs_id", Number, ForeignKey(f"{way}_items.id")),
        Column("state", Text, nullable=False),
        Column("batch_id", Number, ForeignKey(f"{way}_batches.id")),
        Column("outcome_code", Text),
        Column("outcome_raw", Text),
        Column("outcome_version", Text),
        Column("evidence", Text),
        Column("settled_on", Day),
        *more,
        CheckConstraint("amount_fen >= 1 OR state = 'refused'", name=f"{way}_item_amount"),
        CheckConstraint(
            f"state IN ('listed', 'in_flight', {ended}, 'unknown', 'cancelled', 'refused')",
            name=f"{way}_item_state",
        ),
        CheckConstraint(
            "attempt >= 1 AND (attempt = 1) = (repairs_id IS NULL)", name=f"{way}_item_attempt"
        ),
        CheckConstraint(
            f"state NOT IN ('in_flight', {ended}, 'unknown') OR batch_id IS NOT NULL",
            name=f"{way}_item_sent",
        ),
        CheckConstraint(
            f"state NOT IN ({ended}) OR evidence IS NOT NULL", name=f"{way}_item_evidence"
        ),
        *_item_indexes(way),
    )


def findings_table(way: str) -> Table:
    """Return what the checks found about items, for people to read."""
    return table(
        f"{way}_findings",
        identity(),
        Column("list_id", Number, ForeignKey(f"{way}_lists.id"), nullable=False),
        Column("item_no", Number, nullable=False),
        Column("code", Text, nullable=False),
        Column("refuses", Number, nullable=False),
        Column("field", Text),
        Column("other_no", Number),
        Column("other_list_id", Number),
        CheckConstraint("refuses IN (0, 1)", name=f"{way}_finding_refuses"),
        Index(f"{way}_finding_by_item", "list_id", "item_no"),
    )


def stops_table(way: str) -> Table:
    """Return who is left out; without `benefit` of everything that a person has."""
    return table(
        f"{way}_stops",
        identity(),
        Column("person_id", Text, nullable=False),
        Column("benefit", Text),
        Column("reason", Text, nullable=False),
        Column("evidence", Text, nullable=False),
        Column("at", Instant, nullable=False),
        Column("lifted_by", Text),
        Column("lifted_at", Instant),
        CheckConstraint("(lifted_by IS NULL) = (lifted_at IS NULL)", name=f"{way}_stop_lifted"),
        Index(f"{way}_stop_by_person", "person_id"),
    )


def _signature_checks(way: str) -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint(
            "levels IN (2, 3) AND (signed2_by IS NULL OR signed1_by IS NOT NULL)"
            " AND (signed3_by IS NULL OR (signed2_by IS NOT NULL AND levels = 3))"
            " AND (signed1_by IS NULL) = (signed1_at IS NULL)"
            " AND (signed2_by IS NULL) = (signed2_at IS NULL)"
            " AND (signed3_by IS NULL) = (signed3_at IS NULL)",
            name=f"{way}_list_signatures",
        ),
        CheckConstraint(
            "(signed2_by IS NULL OR"
            " replace(lower(signed2_by), ' ', '') <> replace(lower(signed1_by), ' ', ''))"
            " AND (signed3_by IS NULL OR"
            " (replace(lower(signed3_by), ' ', '') <> replace(lower(signed1_by), ' ', '')"
            " AND replace(lower(signed3_by), ' ', '') <> replace(lower(signed2_by), ' ', '')))",
            name=f"{way}_list_different_people",
        ),
        CheckConstraint(
            "made_by IS NULL OR ("
            "(signed1_by IS NULL OR"
            " replace(lower(signed1_by), ' ', '') <> replace(lower(made_by), ' ', ''))"
            " AND (signed2_by IS NULL OR"
            " replace(lower(signed2_by), ' ', '') <> replace(lower(made_by), ' ', ''))"
            " AND (signed3_by IS NULL OR"
            " replace(lower(signed3_by), ' ', '') <> replace(lower(made_by), ' ', '')))",
            name=f"{way}_list_maker_apart",
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'released', 'closed')"
            " OR (digest IS NOT NULL AND item_count > 0 AND signed2_by IS NOT NULL"
            " AND (levels = 2 OR signed3_by IS NOT NULL))",
            name=f"{way}_list_approved",
        ),
        CheckConstraint(
            "state NOT IN ('draft', 'checked', 'refused') OR signed1_by IS NULL",
            name=f"{way}_list_unsigned",
        ),
    )


def _item_indexes(way: str) -> tuple[SchemaItem, ...]:
    return (
        UniqueConstraint("list_id", "item_no", name=f"{way}_item_place"),
        Index(
            f"{way}_item_live",
            "person_id",
            "benefit",
            "period",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index(
            f"{way}_item_attempt_once",
            "person_id",
            "benefit",
            "period",
            "attempt",
            unique=True,
            sqlite_where=_COUNTED,
            postgresql_where=_COUNTED,
        ),
        Index(
            f"{way}_item_end_to_end",
            "end_to_end_id",
            unique=True,
            sqlite_where=_COUNTED,
            postgresql_where=_COUNTED,
        ),
        Index(f"{way}_item_by_entitlement", "person_id", "benefit", "period"),
        Index(f"{way}_item_by_batch", "batch_id", "item_no"),
        Index(f"{way}_item_by_state", "list_id", "state", "item_no", "amount_fen"),
        Index(f"{way}_item_by_account", "account_no", "batch_id"),
        Index(f"{way}_item_by_amount", "amount_fen", "id"),
        Index(
            f"{way}_item_by_name",
            "person_name",
            postgresql_ops={"person_name": "text_pattern_ops"},
        ),
    )
