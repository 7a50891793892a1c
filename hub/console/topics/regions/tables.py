"""The lists about other regions: entries of the directory, and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from hub.console.access import unmasks
from hub.console.language import N_
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.transfers.words import Word, choices, chosen, said
from hub.domain.permission import Permission
from hub.domain.region_directory import Kind, RecordState
from hub.domain.region_message import Direction, MessageState
from hub.store.views import regions as views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.region_directory import Record
    from hub.store.engine import UnitOfWork

HOLDS = Word("holds", "生效", "holds", "good")
NOT_NOW = Word("not_now", "不在有效期", "not on this day")


def _directory(uow: UnitOfWork, query: Query) -> Rows:
    found, after = views.directory(
        uow, on=query.services.today(), code=query.filters.get("code"),
        kind=chosen(Kind, query.filters, "kind"), after=query.after, limit=query.limit,
    )  # fmt: skip
    full = unmasks(query.viewer)
    rows = [entry(one.record, holds=one.holds, in_full=full) for one in found]
    return Rows(rows=rows, after=after)


def _drafts(uow: UnitOfWork, query: Query) -> Rows:
    found, after = views.drafts(uow, after=query.after, limit=query.limit)
    full = unmasks(query.viewer)
    rows = [{**entry(one, holds=False, in_full=full), "_id": one.id} for one in found]
    return Rows(rows=rows, after=after)


def entry(record: Record, *, holds: bool, in_full: bool) -> dict[str, Any]:
    """Return an entry as a row; an account's number masked unless `in_full`."""
    standing = said(record.state)
    if record.state is RecordState.CONFIRMED:
        standing = HOLDS if holds else NOT_NOW
    return {
        "code": record.code, "kind": said(record.kind), "standing": standing,
        "facts": " · ".join(f"{k}={v}" for k, v in record.shown(in_full=in_full).items()),
        "valid_from": record.valid_from, "valid_until": record.valid_until,
        "batch": record.batch or None, "proposed_by": record.proposed_by,
        "decided_by": record.decided_by, "_href": url_for("region", code=record.code),
    }  # fmt: skip


def _messages(uow: UnitOfWork, query: Query) -> Rows:
    mine = query.viewer.region if query.viewer.is_outsider else query.filters.get("peer")
    found, after = views.messages(
        uow, peer=mine, state=chosen(MessageState, query.filters, "state"), after=query.after,
        limit=query.limit,
    )  # fmt: skip
    return Rows(rows=[_message(row) for row in found], after=after)


def _message(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": row["at"], "direction": said(Direction(row["direction"])), "peer": row["peer"],
        "type": row["type"], "case": row["case_ref"], "sequence": row["sequence"] or None,
        "state": said(MessageState(row["state"])), "due_at": row["due_at"],
        "settled_at": row["settled_at"], "code": row["code"],
        "_href": url_for("region_message", message_id=row["id"]),
    }  # fmt: skip


_ENTRY = (
    Column(name="code", label=N_("Region")),
    Column(name="kind", label=N_("Entry about")),
    Column(name="facts", label=N_("Facts")),
    Column(name="valid_from", label=N_("Valid from"), kind="date"),
    Column(name="valid_until", label=N_("Valid until"), kind="date"),
)
_PEOPLE = (
    Column(name="proposed_by", label=N_("Proposed by")),
    Column(name="decided_by", label=N_("Decided by")),
)

TABLES = (
    Table(
        name="regions", title=N_("Directory of regions"), permission=Permission.TRANSFER_SEE,
        fetch=_directory,
        columns=(
            *_ENTRY, Column(name="standing", label=N_("Standing today"), kind="state"), *_PEOPLE,
        ),
        filters=(
            Filter(name="code", label=N_("Region")),
            Filter(name="kind", label=N_("Entry about"), kind="choice",
                   choices=lambda _services: choices(Kind)),
        ),
    ),
    Table(
        name="region-drafts", title=N_("Entries to confirm"), permission=Permission.TRANSFER_SEE,
        fetch=_drafts, bulk=("region.confirm", "region.refuse"),
        note=N_("An entry holds once another person than the proposer has confirmed it."),
        columns=(*_ENTRY, Column(name="batch", label=N_("Import")), _PEOPLE[0]),
    ),
    Table(
        name="region-messages", title=N_("Messages with regions"), scope="region",
        permission=Permission.TRANSFER_SEE, fetch=_messages,
        columns=(
            Column(name="at", label=N_("Time"), kind="instant"),
            Column(name="direction", label=N_("Direction")),
            Column(name="peer", label=N_("Other region")),
            Column(name="type", label=N_("Message")),
            Column(name="case", label=N_("Case")),
            Column(name="sequence", label=N_("Number"), kind="count"),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="due_at", label=N_("Awaited until"), kind="instant"),
            Column(name="settled_at", label=N_("Settled at"), kind="instant"),
            Column(name="code", label=N_("Refused because")),
        ),
        filters=(
            Filter(name="peer", label=N_("Other region")),
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: choices(MessageState)),
        ),
    ),
)  # fmt: skip
