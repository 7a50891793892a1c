"""The lists of transfers: cases, clocks that run, money to be sent and money sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from hub.console.language import N_, gettext
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.transfers import words
from hub.domain.codes import shape
from hub.domain.permission import Permission
from hub.domain.transfer_clock import clocks
from hub.domain.transfer_kinds import Direction, Kind
from hub.domain.transfer_remittance import OUT_LETTERS, RemittanceState
from hub.domain.transfer_state import TransferState
from hub.domain.whole import whole
from hub.errors import Rejected
from hub.flows.transfer_remit import fund_list
from hub.store.views import transfers as views

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.domain.calendar import WorkingDays
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_clock import Clock
    from hub.flows.transfer_remit import Promised
    from hub.store.engine import UnitOfWork

LIVE = words.Word("live", "未办结", "not over")
WHY_NOT = {
    "remittance_account_missing": words.Word(
        "remittance_account_missing", "没有收款账户", "no account to pay to", "bad"
    ),
    "remittance_account_differs": words.Word(
        "remittance_account_differs", "来函账户与目录不符", "their letter names another account",
        "bad",
    ),
}  # fmt: skip
LATE_ONLY = words.Word("late", "仅逾期", "late only", "bad")


def _wanted(query: Query) -> views.Wanted:
    filters = query.filters
    live = filters.get("state") == LIVE.value
    mine = query.viewer.region if query.viewer.is_outsider else filters.get("counterpart")
    return views.Wanted(
        ref=filters.get("ref"),
        state=None if live else words.chosen(TransferState, filters, "state"),
        live=live,
        direction=words.chosen(Direction, filters, "direction"),
        kind=words.chosen(Kind, filters, "kind"),
        counterpart=mine,
    )


def _cases(uow: UnitOfWork, query: Query) -> Rows:
    found, after = views.cases(uow, _wanted(query), after=query.after, limit=query.limit)
    today, calendar = query.services.today(), query.services.calendar
    return Rows(rows=[_case(one, today, calendar) for one in found], after=after)


def _case(case: TransferCase, today: date, calendar: WorkingDays) -> dict[str, Any]:
    running = [one for one in clocks(case, calendar) if one.is_open]
    first = min(running, key=lambda one: (one.due_on is None, one.due_on or today), default=None)
    return {
        "ref": case.ref, "round": case.round, "kind": words.said(case.kind),
        "direction": words.said(case.direction), "state": words.said(case.state),
        "person": shape.mask_name(case.person_name), "counterpart": case.counterpart,
        "opened_on": case.opened_on, "_href": url_for("transfer", case_id=case.id),
        "whose": words.whose(first) if first else None,
        "step": words.said(first.step) if first else None,
        "due_on": first.due_on if first else None,
        "standing": words.standing(first, late=first.is_late(today)) if first else None,
    }  # fmt: skip


def _clocks(uow: UnitOfWork, query: Query) -> Rows:
    today, calendar = query.services.today(), query.services.calendar
    only_late = query.filters.get("late") == LATE_ONLY.value
    found, after = views.running(
        uow, _wanted(query), calendar=calendar, late_on=today if only_late else None,
        after=query.after, limit=query.limit,
    )  # fmt: skip
    return Rows(rows=[_clock(one, today, calendar) for one in found], after=after)


def _clock(one: views.Running, today: date, calendar: WorkingDays) -> dict[str, Any]:
    case, clock = one.case, one.clock
    return {
        "ref": case.ref, "kind": words.said(case.kind), "direction": words.said(case.direction),
        "counterpart": case.counterpart, "step": words.said(clock.step),
        "whose": words.whose(clock), "started_on": clock.started_on, "due_on": clock.due_on,
        "left": days_left(clock, today, calendar), "article": clock.by and clock.by.article,
        "standing": words.standing(clock, late=clock.is_late(today)),
        "_href": url_for("transfer", case_id=case.id),
    }  # fmt: skip


def days_left(clock: Clock, today: date, calendar: WorkingDays) -> int | None:
    """Return the working days that are left, negative once it is late.

    `None` where nobody knows: a pause lasts, or the calendar of a year is not published.
    """
    if clock.due_on is None or not clock.is_open:
        return None
    try:
        return calendar.count(today, clock.due_on) or -calendar.count(clock.due_on, today)
    except Rejected:  # calendar_unknown_year
        return None


def _promised(uow: UnitOfWork, query: Query) -> Rows:
    """Return what is promised and on no form yet: cases where the money is due, which are few."""
    del uow  # the flow asks under its own unit
    found = fund_list(query.services, counterpart=query.filters.get("counterpart"))
    start = whole(query.after) or 0
    shown = found[start : start + query.limit]
    more = start + query.limit < len(found)
    return Rows(rows=[_due(one) for one in shown], after=str(start + query.limit) if more else None)


def _due(one: Promised) -> dict[str, Any]:
    case, account = one.owed.case, one.account
    row = {
        "ref": case.ref, "person": shape.mask_name(case.person_name),
        "counterpart": case.counterpart, "fund": case.kind.fund, "amount": one.owed.amount_fen,
        "account_no": account.no if account else None,
        "account_name": account.name if account else None,
        "waits": gettext("the monthly settlement") if one.month_end else None,
        "why_not": WHY_NOT[one.why_not] if one.why_not else None,
        "_href": url_for("transfer", case_id=case.id),
    }  # fmt: skip
    return row if one.why_not else {**row, "_id": case.id}


def _remittances(uow: UnitOfWork, query: Query) -> Rows:
    month = query.filters.get("month")
    rows, after = views.remittances(
        uow,
        state=words.chosen(RemittanceState, query.filters, "state"),
        counterpart=query.filters.get("counterpart"),
        month=month_of(month) if month else None,
        after=query.after,
        limit=query.limit,
    )
    return Rows(rows=[_remittance(row) for row in rows], after=after)


def _remittance(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": f"{OUT_LETTERS}{row['id']:06d}", "ref": row["ref"],
        "counterpart": row["counterpart"], "fund": row["fund"], "month": str(row["month"]),
        "amount": row["amount_fen"], "state": words.said(RemittanceState(row["state"])),
        "drafted_by": row["drafted_by"], "drafted_at": row["drafted_at"],
        "_href": url_for("transfer", case_id=row["case_id"]),
    }  # fmt: skip


def month_of(text: str) -> int:
    """Return a month such as 2026-11 as 202611; `Rejected("month_unusable")`."""
    year, _, month = text.partition("-")
    if not (len(text) == 7 and (year + month).isdecimal() and "01" <= month <= "12"):  # noqa: PLR2004
        raise Rejected("month_unusable", found=text[:20])
    return int(year + month)


_PERSON = Column(name="person", label=N_("Name"))
_REF = Column(name="ref", label=N_("Case"))
_KIND = Column(name="kind", label=N_("Kind"))
_DIRECTION = Column(name="direction", label=N_("Direction"))
_OTHER = Column(name="counterpart", label=N_("Other region"))
_FUND = Column(name="fund", label=N_("Fund"))
_AMOUNT = Column(name="amount", label=N_("Amount"), kind="money")
_CLOCK = (
    Column(name="whose", label=N_("Whose clock"), kind="state"),
    Column(name="step", label=N_("Step"), kind="state"),
    Column(name="due_on", label=N_("Deadline"), kind="date"),
)
_STANDING = Column(name="standing", label=N_("Standing"), kind="state")
_BY_OTHER = Filter(name="counterpart", label=N_("Other region"))
_BY_KIND = Filter(
    name="kind", label=N_("Kind"), kind="choice", choices=lambda _s: words.choices(Kind)
)
_BY_DIRECTION = Filter(
    name="direction", label=N_("Direction"), kind="choice",
    choices=lambda _services: words.choices(Direction),
)  # fmt: skip

TABLES = (
    Table(
        name="transfers", title=N_("Transfer cases"), permission=Permission.TRANSFER_SEE,
        scope="region", fetch=_cases,
        columns=(
            _REF, Column(name="round", label=N_("Round"), kind="count"), _KIND, _DIRECTION,
            Column(name="state", label=N_("State"), kind="state"), _PERSON, _OTHER, *_CLOCK,
            _STANDING, Column(name="opened_on", label=N_("Opened on"), kind="date"),
        ),
        filters=(
            Filter(name="ref", label=N_("Case number, ours or theirs")),
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: words.choices(TransferState, LIVE)),
            _BY_DIRECTION, _BY_KIND, _BY_OTHER,
        ),
    ),
    Table(
        name="transfer-clocks", title=N_("What is due"), permission=Permission.TRANSFER_SEE,
        scope="region", fetch=_clocks,
        note=N_("The oldest case first. Some pages may be short: late clocks are looked for."),
        columns=(
            _REF, _KIND, _DIRECTION, _OTHER, *_CLOCK, _STANDING,
            Column(name="left", label=N_("Working days left"), kind="count"),
            Column(name="started_on", label=N_("Since"), kind="date"),
            Column(name="article", label=N_("Article")),
        ),
        filters=(
            Filter(name="late", label=N_("Standing"), kind="choice",
                   choices=lambda _services: {LATE_ONLY.value: LATE_ONLY}),
            _BY_DIRECTION, _BY_KIND, _BY_OTHER,
        ),
    ),
    Table(
        name="fund-list", title=N_("Money to be sent"), permission=Permission.TRANSFER_SEE,
        fetch=_promised, bulk=("transfer.remit",), filters=(_BY_OTHER,),
        columns=(
            _REF, _PERSON, _OTHER, _FUND, _AMOUNT,
            Column(name="account_name", label=N_("Account name")),
            Column(name="account_no", label=N_("Account number"), kind="account_no"),
            Column(name="waits", label=N_("Waits for")),
            Column(name="why_not", label=N_("Why it cannot be paid"), kind="state"),
        ),
    ),
    Table(
        name="remittances", title=N_("Remittances"), permission=Permission.TRANSFER_SEE,
        fetch=_remittances,
        columns=(
            Column(name="number", label=N_("Remittance")), _REF, _OTHER, _FUND,
            Column(name="month", label=N_("Month")), _AMOUNT,
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="drafted_by", label=N_("Drafted by")),
            Column(name="drafted_at", label=N_("Drafted at"), kind="instant"),
        ),
        filters=(
            Filter(name="state", label=N_("State"), kind="choice",
                   choices=lambda _services: words.choices(RemittanceState)),
            _BY_OTHER, Filter(name="month", label=N_("Month, such as 2026-11")),
        ),
    ),
)  # fmt: skip
