"""Lists, batches and items of payouts or direct debits as the console shows them.

Which of the two it is, the unit of work says. A bank's people see their own batches, once those
are sent, and what is in them: `partner`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from hub.domain.debit import DebitItem
from hub.domain.payout import BatchState, ItemState, PayoutItem
from hub.domain.way import Way
from hub.errors import Rejected
from hub.store.schema.changes import debit_changes, payout_changes
from hub.store.schema.debit_answers import debit_answers
from hub.store.schema.debits import debit_batches, debit_findings, debit_items, debit_lists
from hub.store.schema.payout_answers import payout_answers
from hub.store.schema.payouts import payout_batches, payout_findings, payout_items, payout_lists
from hub.store.schema.spine import inbox
from hub.store.views.paging import page, position

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row, Table

    from hub.store.engine import UnitOfWork

THEIRS: Final = sorted(
    state.value for state in (BatchState.SENT, BatchState.ANSWERED, BatchState.CLOSED)
)
"""The states of a batch that its bank has."""

_AFTER_ALL: Final = "\U0010ffff"  # behind every name that begins alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of one way."""

    lists: Table
    batches: Table
    items: Table
    findings: Table
    changes: Table
    item: type[PayoutItem]


TABLES: Final = {
    Way.PAYOUT: Tables(
        lists=payout_lists, batches=payout_batches, items=payout_items, findings=payout_findings,
        changes=payout_changes, item=PayoutItem,
    ),
    Way.DEBIT: Tables(
        lists=debit_lists, batches=debit_batches, items=debit_items, findings=debit_findings,
        changes=debit_changes, item=DebitItem,
    ),
}  # fmt: skip
ANSWERS: Final = {Way.PAYOUT: payout_answers, Way.DEBIT: debit_answers}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsWanted:
    """Which lists are asked for; `text` is part of a title, `until` is not included."""

    state: str | None = None
    kind: str | None = None
    fund: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsWanted:
    """Which items are asked for; `name` is the beginning of a name, `partner` the bank that asks.

    Without a list or batch nobody can ask for a state: that would be a search through everything.
    """

    list_id: int | None = None
    batch_id: int | None = None
    state: str | None = None
    name: str | None = None
    partner: str | None = None


def lists(
    uow: UnitOfWork, wanted: ListsWanted, *, after: str | None, limit: int
) -> tuple[list[Row[Any]], str | None]:
    """Return lists, the newest first, with how many have signed them."""
    table = TABLES[uow.way].lists
    c = table.c
    conditions = [
        column == value
        for column, value in ((c.state, wanted.state), (c.kind, wanted.kind), (c.fund, wanted.fund))
        if value is not None
    ]
    conditions += [c.added_at >= wanted.since] if wanted.since else []
    conditions += [c.added_at < wanted.until] if wanted.until else []
    conditions += [c.title.contains(wanted.text, autoescape=True)] if wanted.text else []
    return page(uow.connection, select(table).where(*conditions), [c.id], after=after, limit=limit)


def batches(
    uow: UnitOfWork,
    *,
    after: str | None,
    limit: int,
    list_id: int | None = None,
    bank: str | None = None,
    state: str | None = None,
    partner: str | None = None,
) -> tuple[list[Row[Any]], str | None]:
    """Return batches, the newest first; of a `partner` those that it has."""
    table = TABLES[uow.way].batches
    c = table.c
    conditions = [
        column == value
        for column, value in ((c.list_id, list_id), (c.bank, bank), (c.state, state))
        if value is not None
    ]
    if partner is not None:
        conditions += [c.bank == partner, c.state.in_(THEIRS)]
    return page(uow.connection, select(table).where(*conditions), [c.id], after=after, limit=limit)


def items(
    uow: UnitOfWork, wanted: ItemsWanted, *, after: str | None, limit: int
) -> tuple[list[PayoutItem], str | None]:
    """Return items in the order of their list or batch, or by name, or the latest first.

    `Rejected("items_of_what")` when a state of everything is asked for.
    """
    if wanted.state and wanted.list_id is None and wanted.batch_id is None:
        raise Rejected("items_of_what")
    if wanted.partner is not None and wanted.name is None:
        return _of_batches(uow, wanted, wanted.partner, after=after, limit=limit)
    tables = TABLES[uow.way]
    c = tables.items.c
    conditions = [
        column == value
        for column, value in (
            (c.list_id, wanted.list_id), (c.batch_id, wanted.batch_id), (c.state, wanted.state)
        )
        if value is not None
    ]  # fmt: skip
    keys, newest_first = [c.item_no], False
    if wanted.name is not None:
        if uow.connection.dialect.name == "postgresql":  # the one form that its index serves
            conditions.append(c.person_name.startswith(wanted.name, autoescape=True))
        else:
            conditions += [c.person_name >= wanted.name, c.person_name < wanted.name + _AFTER_ALL]
        keys = [c.person_name, c.id]
    elif wanted.list_id is None and wanted.batch_id is None:
        keys, newest_first = [c.id], True
    if wanted.partner is not None:
        b = tables.batches.c
        theirs = select(b.id).where(b.bank == wanted.partner, b.state.in_(THEIRS))
        # a sum, so that SQLite takes the index of names and not every payment of those batches
        conditions.append((c.batch_id + 0).in_(theirs))
    query = select(tables.items).where(*conditions)
    rows, ended = page(
        uow.connection, query, keys, after=after, limit=limit, newest_first=newest_first
    )
    return [item_of(row, tables) for row in rows], ended


def findings(
    uow: UnitOfWork, list_id: int, *, after: str | None, limit: int, refuses: bool | None = None
) -> tuple[list[Row[Any]], str | None]:
    """Return what the checks found about a list's items, in their order."""
    c = TABLES[uow.way].findings.c
    conditions = [c.list_id == list_id]
    conditions += [c.refuses == int(refuses)] if refuses is not None else []
    query = select(c.id, c.item_no, c.code, c.refuses, c.field, c.other_no, c.other_list_id)
    return page(
        uow.connection, query.where(*conditions), [c.item_no, c.id], after=after, limit=limit,
        newest_first=False,
    )  # fmt: skip


def changes(
    uow: UnitOfWork, list_id: int, *, after: str | None, limit: int, what: str | None = None
) -> tuple[list[Row[Any]], str | None]:
    """Return the payments of a list that differ from the last month's, by kind of difference."""
    tables = TABLES[uow.way]
    c, i = tables.changes.c, tables.items.c
    conditions = [c.list_id == list_id]
    conditions += [c.what == what] if what is not None else []
    query = (
        select(c.id, c.what, c.item_id, c.before_fen, c.after_fen, i.person_name, i.person_id,
               i.benefit, i.bank, i.account_no)
        .join_from(tables.changes, tables.items, i.id == c.item_id)
        .where(*conditions)
    )  # fmt: skip
    keys = [c.id] if what is not None else [c.what, c.id]
    return page(uow.connection, query, keys, after=after, limit=limit, newest_first=False)


def answers_of(uow: UnitOfWork, item_id: int) -> list[Row[Any]]:
    """Return what banks said about an item, in the order in which it came, and its file."""
    c = ANSWERS[uow.way].c
    query = (
        select(c.at, c.standing, c.raw_status, c.raw_code, c.raw_text, c.reason, c.effect, c.line,
               c.inbox_id, inbox.c.name)
        .join_from(ANSWERS[uow.way], inbox, inbox.c.id == c.inbox_id)
        .where(c.item_id == item_id)
        .order_by(c.id)
    )  # fmt: skip
    return list(uow.connection.execute(query))


def answers_of_batch(uow: UnitOfWork, batch_id: int) -> list[Row[Any]]:
    """Return the files in which banks answered about a batch: when, name, how many answers."""
    c = ANSWERS[uow.way].c
    query = (
        select(func.min(c.at).label("at"), c.inbox_id, inbox.c.name, func.count().label("answers"))
        .join_from(ANSWERS[uow.way], inbox, inbox.c.id == c.inbox_id)
        .where(c.batch_id == batch_id)
        .group_by(c.inbox_id, inbox.c.name)
        .order_by(func.min(c.at))
    )
    return list(uow.connection.execute(query))


def item_of(row: Row[Any], tables: Tables) -> PayoutItem:
    """Return the item in a row."""
    known = row._mapping  # noqa: SLF001 -- documented access by name
    values: dict[str, Any] = {one.name: known[one.name] for one in fields(tables.item)}
    return tables.item(**{**values, "state": ItemState(values["state"])})


def _of_batches(
    uow: UnitOfWork, wanted: ItemsWanted, partner: str, *, after: str | None, limit: int
) -> tuple[list[PayoutItem], str | None]:
    """Return the items of a bank, batch by batch, the latest batch first."""
    tables = TABLES[uow.way]
    b, c = tables.batches.c, tables.items.c
    keys = [c.batch_id, c.item_no]
    start, place = position(keys, after) if after is not None else (None, 0)
    query = select(b.id).where(b.bank == partner, b.state.in_(THEIRS))
    query = query.where(b.list_id == wanted.list_id) if wanted.list_id is not None else query
    query = query.where(b.id == wanted.batch_id) if wanted.batch_id is not None else query
    query = query.where(b.id <= start) if start is not None else query
    found: list[PayoutItem] = []
    for batch_id in list(uow.connection.execute(query.order_by(b.id.desc())).scalars()):
        mine = [c.batch_id == batch_id, c.item_no > (place if batch_id == start else 0)]
        mine += [c.state == wanted.state] if wanted.state is not None else []
        rows = select(tables.items).where(*mine).order_by(c.item_no).limit(limit + 1 - len(found))
        found += [item_of(row, tables) for row in uow.connection.execute(rows)]
        if len(found) > limit:
            last = found[limit - 1]
            return found[:limit], json.dumps([last.batch_id, last.item_no])
    return found, None
