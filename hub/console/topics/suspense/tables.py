"""The lists of credits: what is in suspense by age, and all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from hub.console.language import N_
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.transfers.words import Word, choices, chosen, said
from hub.domain.permission import Permission
from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_receipt import SUSPENSE, How, ReceiptState
from hub.domain.transfer_remittance import BACK_LETTERS
from hub.errors import Rejected
from hub.store.views import suspense as views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.domain.calendar import WorkingDays
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

OLD_DAYS = 5  # working days after which a credit in suspense is shown as old


def _held(uow: UnitOfWork, query: Query) -> Rows:
    state = chosen(ReceiptState, query.filters, "state")
    held = state is None or state in SUSPENSE
    wanted = views.Wanted(held=held, state=state, **_common(query.filters))
    return _rows(uow, query, wanted)


def _all(uow: UnitOfWork, query: Query) -> Rows:
    state = chosen(ReceiptState, query.filters, "state")
    return _rows(uow, query, views.Wanted(state=state, **_common(query.filters)))


def _common(filters: Mapping[str, str]) -> dict[str, Any]:
    return {"fund": filters.get("fund"), "region": filters.get("region")}


def _rows(uow: UnitOfWork, query: Query, wanted: views.Wanted) -> Rows:
    found, after = views.credits_(uow, wanted, after=query.after, limit=query.limit)
    today, calendar = query.services.today(), query.services.calendar
    return Rows(rows=[_row(one, today, calendar) for one in found], after=after)


def _row(row: Mapping[str, Any], today: date, calendar: WorkingDays) -> dict[str, Any]:
    state = ReceiptState(row["state"])
    return {
        "number": f"{BACK_LETTERS}{row['id']:06d}", "credited_on": row["credited_on"],
        "amount": row["amount_fen"], "fund": row["fund"], "payer": row["payer_name"],
        "payer_account": row["payer_account"], "words": row["narrative"],
        "region": row["region"], "state": said(state),
        "age": age_of(row["credited_on"], today, calendar) if state in SUSPENSE else None,
        "how": said(How(row["joined_how"])) if row["joined_how"] else None,
        "proposed_by": row["proposed_by"], "case": row["case_id"],
        "entered_by": row["entered_by"], "_href": url_for("credit", receipt_id=row["id"]),
    }  # fmt: skip


def age_of(on: date, today: date, calendar: WorkingDays) -> int | None:
    """Return the working days since a day; `None` when the calendar does not know the year."""
    try:
        return calendar.count(on, today)
    except Rejected:
        return None


def _funds(_services: Services) -> dict[str, Any]:
    return {one.fund: Word(one.fund, one.fund, one.fund) for one in Kind}


_NUMBER = Column(name="number", label=N_("Credit"))
_COLUMNS = (
    Column(name="credited_on", label=N_("Credited on"), kind="date"),
    Column(name="amount", label=N_("Amount"), kind="money"),
    Column(name="fund", label=N_("Fund")),
    Column(name="payer", label=N_("Paid by")),
    Column(name="payer_account", label=N_("From account"), kind="account_no"),
    Column(name="words", label=N_("The bank's words")),
    Column(name="region", label=N_("Other region")),
    Column(name="state", label=N_("State"), kind="state"),
)
_FILTERS = (
    Filter(name="fund", label=N_("Fund"), kind="choice", choices=_funds),
    Filter(name="region", label=N_("Other region")),
)

TABLES = (
    Table(
        name="suspense", title=N_("Credits in suspense"), permission=Permission.TRANSFER_SEE,
        fetch=_held, note=N_("What no case has yet, by state and the oldest first."),
        columns=(
            _NUMBER, Column(name="age", label=N_("Age"), kind="days"), *_COLUMNS,
            Column(name="proposed_by", label=N_("Proposed by")),
        ),
        filters=(
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: {one.value: said(one) for one in SUSPENSE}),
            *_FILTERS,
        ),
    ),
    Table(
        name="credits", title=N_("All credits of transfers"), permission=Permission.TRANSFER_SEE,
        fetch=_all,
        columns=(
            _NUMBER, *_COLUMNS, Column(name="case", label=N_("Case"), kind="count"),
            Column(name="how", label=N_("Joined by"), kind="state"),
            Column(name="entered_by", label=N_("Entered by")),
        ),
        filters=(
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: choices(ReceiptState)),
            *_FILTERS,
        ),
    ),
)  # fmt: skip
