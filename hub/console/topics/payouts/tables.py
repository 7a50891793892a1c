"""The tables of lists, batches and items, of what checks found and of what is different.

One definition for payouts and for direct debits: a `Side` says which. A bank's people see the
batches that were sent to them, and what is in those.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console import asked
from hub.console.language import N_
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.payouts import said
from hub.console.topics.payouts.filters import banks, code, day_starts, fixed, number
from hub.console.words import FUNDS, fund
from hub.domain.payout import BatchState, ListState, PayoutKind
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.store.views import payouts as views

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.console.topics.payouts.side import Side
    from hub.domain.payout import PayoutItem
    from hub.store.engine import UnitOfWork

_SEE: Final = Permission.PAYOUT_SEE


def item_row(item: PayoutItem, side: Side) -> dict[str, Any]:
    """Return an item as tables show it."""
    return {
        "item_no": item.item_no, "id": item.id, "person_name": item.person_name,
        "person_id": item.person_id, "benefit": item.benefit, "period": str(item.period),
        "amount": item.amount_fen, "bank": item.bank, "account_no": item.account_no,
        "attempt": item.attempt, "state": side.item_state(item.state),
        "code": item.outcome_code, "raw": item.outcome_raw, "settled_on": item.settled_on,
        "list": item.list_id, "batch": item.batch_id, "end_to_end_id": item.end_to_end_id,
        "_href": url_for(f"{side.name}_item", item_id=item.id), "_id": item.id,
    }  # fmt: skip


def _lists(uow: UnitOfWork, query: Query, *, side: Side) -> Rows:
    asked_for, services = query.filters, query.services
    since, until = asked.day(asked_for, "from"), asked.day(asked_for, "to")
    wanted = views.ListsWanted(
        state=code(asked_for, "state", said.LISTS),
        kind=code(asked_for, "kind", said.KINDS),
        fund=asked_for.get("fund"),
        since=day_starts(since, services) if since else None,
        until=day_starts(until, services, after=True) if until else None,
        text=asked_for.get("text"),
    )
    rows, after = views.lists(uow.on(side.way), wanted, after=query.after, limit=query.limit)
    return Rows(rows=[_list(row, side) for row in rows], after=after)


def _list(row: Any, side: Side) -> dict[str, Any]:  # noqa: ANN401 -- a row of the database
    signed = sum(name is not None for name in (row.signed1_by, row.signed2_by, row.signed3_by))
    return {
        "id": row.id, "title": row.title, "kind": said.KINDS[row.kind], "fund": fund(row.fund),
        "month": str(row.month), "state": side.list_state(ListState(row.state)),
        "items": row.item_count, "total": row.total_fen, "struck": row.stated_count
        - row.item_count, "signed": f"{signed}/{row.levels}", "added_at": row.added_at,
        "_href": url_for(f"{side.name}_list", list_id=row.id), "_id": row.id,
    }  # fmt: skip


def _batches(uow: UnitOfWork, query: Query, *, side: Side) -> Rows:
    filters, partner = query.filters, query.viewer.partner
    rows, after = views.batches(
        uow.on(side.way), after=query.after, limit=query.limit, list_id=number(filters, "list"),
        bank=filters.get("bank"), state=code(filters, "state", said.BATCHES), partner=partner,
    )  # fmt: skip
    return Rows(rows=[batch_row(row, side) for row in rows], after=after)


def batch_row(row: Any, side: Side) -> dict[str, Any]:  # noqa: ANN401 -- of a table or a batch
    """Return a batch as tables show it."""
    return {
        "id": row.id, "bank": row.bank, "kind": said.KINDS[PayoutKind(row.kind).value],
        "business_on": row.business_on, "file_name": row.file_name, "items": row.item_count,
        "total": row.total_fen, "state": said.BATCHES[BatchState(row.state).value],
        "sent_at": row.sent_at, "list": row.list_id,
        "_href": url_for(f"{side.name}_batch", batch_id=row.id), "_id": row.id,
    }  # fmt: skip


def _items(uow: UnitOfWork, query: Query, *, side: Side) -> Rows:
    filters = query.filters
    wanted = views.ItemsWanted(
        list_id=number(filters, "list"), batch_id=number(filters, "batch"),
        state=code(filters, "state", {state.value: state for state in side.item_states}),
        name=filters.get("name"), partner=query.viewer.partner,
    )  # fmt: skip
    found, after = views.items(uow.on(side.way), wanted, after=query.after, limit=query.limit)
    return Rows(rows=[item_row(one, side) for one in found], after=after)


def _findings(uow: UnitOfWork, query: Query, *, side: Side) -> Rows:
    list_id = _list_wanted(query.filters)
    kind = code(query.filters, "kind", _FOUND)
    rows, after = views.findings(
        uow.on(side.way), list_id, after=query.after, limit=query.limit,
        refuses=None if kind is None else kind == said.REFUSES.value,
    )  # fmt: skip
    shown = [
        {
            "item_no": row.item_no, "kind": said.REFUSES if row.refuses else said.DOUBTS,
            "says": said.finding(row.code), "do": said.advice(row.code), "field": row.field,
            "other_no": row.other_no, "other_list": row.other_list_id,
        }
        for row in rows
    ]  # fmt: skip
    return Rows(rows=shown, after=after)


def _changes(uow: UnitOfWork, query: Query, *, side: Side) -> Rows:
    list_id = _list_wanted(query.filters)
    what = code(query.filters, "what", said.CHANGES)
    rows, after = views.changes(
        uow.on(side.way), list_id, what=what, after=query.after, limit=query.limit
    )
    shown = [
        {
            "what": said.CHANGES[row.what], "person_name": row.person_name,
            "person_id": row.person_id, "benefit": row.benefit, "before": row.before_fen,
            "after": row.after_fen, "more": (row.after_fen or 0) - (row.before_fen or 0),
            "_href": url_for(f"{side.name}_item", item_id=row.item_id),
        }
        for row in rows
    ]  # fmt: skip
    return Rows(rows=shown, after=after)


def _list_wanted(filters: Mapping[str, str]) -> int:
    found = number(filters, "list")
    if found is None:
        raise Rejected("list_wanted")
    return found


_FOUND: Final = {word.value: word for word in (said.REFUSES, said.DOUBTS)}
_NO: Final = Column(name="id", label=N_("No."))
_LIST: Final = Filter(name="list", label=N_("List no."))
_PERSON_ID: Final = Column(name="person_id", label=N_("Identity number"), kind="id_no")


def tables(side: Side) -> tuple[Table, ...]:
    """Return the tables of one side."""
    lists = {state.value: side.list_state(state) for state in ListState}
    kinds = {kind.value: said.KINDS[kind.value] for kind in side.kinds}
    return (
        Table(
            name=f"{side.name}-lists", title=side.lists, permission=_SEE,
            fetch=partial(_lists, side=side),
            columns=(
                _NO, Column(name="title", label=N_("Title")),
                Column(name="kind", label=N_("Kind")),
                Column(name="fund", label=N_("Fund"), kind="state"),
                Column(name="month", label=N_("Month")),
                Column(name="state", label=N_("State"), kind="state"),
                Column(name="items", label=N_("Items"), kind="count"),
                Column(name="total", label=N_("Total"), kind="money"),
                Column(name="struck", label=N_("Struck"), kind="count"),
                Column(name="signed", label=N_("Signed")),
                Column(name="added_at", label=N_("Came at"), kind="instant"),
            ),
            filters=(
                Filter(name="state", label=N_("State"), kind="choice", choices=fixed(lists)),
                Filter(name="kind", label=N_("Kind"), kind="choice", choices=fixed(kinds)),
                Filter(name="fund", label=N_("Fund"), kind="choice", choices=fixed(FUNDS)),
                Filter(name="from", label=N_("From"), kind="date"),
                Filter(name="to", label=N_("To"), kind="date"),
                Filter(name="text", label=N_("Title has")),
            ),
        ),
        Table(
            name=f"{side.name}-batches", title=side.batches, permission=_SEE, scope="partner",
            fetch=partial(_batches, side=side),
            columns=(
                _NO, Column(name="bank", label=N_("Bank")),
                Column(name="kind", label=N_("Kind")),
                Column(name="business_on", label=N_("Business day"), kind="date"),
                Column(name="file_name", label=N_("File")),
                Column(name="items", label=N_("Items"), kind="count"),
                Column(name="total", label=N_("Total"), kind="money"),
                Column(name="state", label=N_("State"), kind="state"),
                Column(name="sent_at", label=N_("Sent at"), kind="instant"),
            ),
            filters=(
                _LIST,
                Filter(name="bank", label=N_("Bank"), kind="choice", choices=banks),
                Filter(name="state", label=N_("State"), kind="choice",
                       choices=fixed(said.BATCHES)),
            ),
        ),
        _items_table(side),
        *_details(side),
    )  # fmt: skip


def _items_table(side: Side) -> Table:
    states = {state.value: side.item_state(state) for state in side.item_states}
    return Table(
        name=f"{side.name}-items", title=side.items, permission=_SEE, scope="partner",
        fetch=partial(_items, side=side),
        columns=(
            Column(name="item_no", label=N_("Item")),
            Column(name="person_name", label=side.person), _PERSON_ID,
            Column(name="benefit", label=side.benefit),
            Column(name="period", label=N_("Period")),
            Column(name="amount", label=N_("Amount"), kind="money"),
            Column(name="bank", label=N_("Bank")),
            Column(name="account_no", label=N_("Account"), kind="account_no"),
            Column(name="attempt", label=N_("Attempt"), kind="count"),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="code", label=N_("ISO reason")),
            Column(name="raw", label=N_("The bank's words")),
            Column(name="settled_on", label=N_("Settled on"), kind="date"),
            Column(name="end_to_end_id", label=N_("End-to-end id")),
        ),
        filters=(
            _LIST, Filter(name="batch", label=N_("Batch no.")),
            Filter(name="state", label=N_("State"), kind="choice", choices=fixed(states)),
            Filter(name="name", label=N_("Name begins with")),
        ),
    )  # fmt: skip


def _details(side: Side) -> tuple[Table, ...]:
    return (
        Table(
            name=f"{side.name}-findings", title=side.findings, permission=_SEE,
            fetch=partial(_findings, side=side),
            columns=(
                Column(name="item_no", label=N_("Item"), kind="count"),
                Column(name="kind", label=N_("Kind")),
                Column(name="says", label=N_("What was found")),
                Column(name="do", label=N_("What to do")),
                Column(name="field", label=N_("Field")),
                Column(name="other_no", label=N_("Other item"), kind="count"),
                Column(name="other_list", label=N_("Other list"), kind="count"),
            ),
            filters=(
                _LIST,
                Filter(name="kind", label=N_("Kind"), kind="choice", choices=fixed(_FOUND)),
            ),
        ),
        Table(
            name=f"{side.name}-changes", title=side.changes, permission=_SEE,
            fetch=partial(_changes, side=side),
            columns=(
                Column(name="person_name", label=side.person), _PERSON_ID,
                Column(name="benefit", label=side.benefit),
                Column(name="what", label=N_("Difference"), kind="state"),
                Column(name="before", label=N_("Last month"), kind="money"),
                Column(name="after", label=N_("This month"), kind="money"),
                Column(name="more", label=N_("More or less"), kind="money"),
            ),
            filters=(
                _LIST,
                Filter(name="what", label=N_("Difference"), kind="choice",
                       choices=fixed(said.CHANGES)),
            ),
            note=N_("Compared are payments for the month itself, by person and benefit; arrears"
                    " are not."),
        ),
    )  # fmt: skip
