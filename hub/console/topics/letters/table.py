"""The list of letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console.language import N_
from hub.console.registry import Column, Filter, Rows, Table
from hub.console.topics.letters.words import KINDS, STATES
from hub.domain.letter import LetterState, parse_month
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.store.views import letters as view

if TYPE_CHECKING:
    from hub.console.registry import Query
    from hub.domain.letter import Letter
    from hub.store.engine import UnitOfWork


def _fetch(uow: UnitOfWork, query: Query) -> Rows:
    state, month = query.filters.get("state"), query.filters.get("month")
    if state and state not in STATES:
        raise Rejected("state_unknown", found=state[:40])
    found, after = view.page(
        uow,
        limit=query.limit,
        after=query.after,
        state=LetterState(state) if state else None,
        month=parse_month(month) if month else None,
    )
    return Rows(rows=[_row(one) for one in found], after=after)


def _row(letter: Letter) -> dict[str, Any]:
    return {
        "number": letter.number or f"#{letter.id}",
        "kind": KINDS[letter.kind.value],
        "month": f"{letter.month // 100}-{letter.month % 100:02d}",
        "state": STATES[letter.state.value],
        "to_party": letter.to_party,
        "drafted_by": letter.drafted_by,
        "signed_by": letter.signed_by,
        "sent_on": letter.sent_on,
        "due_on": letter.due_on,
        "reminders": letter.reminders,
        "_id": letter.id,
        "_href": url_for("letter", number=letter.id),
    }


TABLE: Final = Table(
    name="letters",
    title=N_("Letters"),
    permission=Permission.RECONCILIATION_SEE,
    columns=(
        Column(name="number", label=N_("Number")),
        Column(name="kind", label=N_("Kind")),
        Column(name="month", label=N_("Month")),
        Column(name="state", label=N_("State"), kind="state"),
        Column(name="to_party", label=N_("To")),
        Column(name="drafted_by", label=N_("Drafter")),
        Column(name="signed_by", label=N_("Signed by")),
        Column(name="sent_on", label=N_("Sent on"), kind="date"),
        Column(name="due_on", label=N_("Reply due on"), kind="date"),
        Column(name="reminders", label=N_("Reminders"), kind="count"),
    ),
    fetch=_fetch,
    filters=(
        Filter(name="state", label=N_("State"), kind="choice", choices=lambda _: STATES),
        Filter(name="month", label=N_("Month (2026-11)")),
    ),
)
