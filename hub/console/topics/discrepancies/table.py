"""The work list of discrepancies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from hub.console import asked
from hub.console.language import N_
from hub.console.registry import Column, Filter, Rows, Table
from hub.console.topics.discrepancies.people import payer
from hub.console.topics.discrepancies.words import CAUSES, STATES, cause_word
from hub.console.words import Word, fund
from hub.domain.discrepancy import State, cause
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.aging import NAMES, days_of
from hub.flows.review import age_of
from hub.store.views import discrepancies as view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.console.registry import Query
    from hub.domain.discrepancy import Discrepancy
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

ANY: Final = "any"


def _fetch(uow: UnitOfWork, query: Query) -> Rows:
    found, after = view.page(
        uow, wanted(query.filters, query.services), limit=query.limit, after=query.after
    )
    today = query.services.today()
    rows = [_row(one, age_of(one, today, query.services)) for one in found]
    return Rows(rows=rows, after=after)


def wanted(filters: Mapping[str, str], services: Services) -> view.Asked:
    """Return what the filters of an address ask for; `Rejected` for what cannot be meant."""
    since_from = since_to = None
    if age := filters.get("age"):
        since_from, since_to = days_of(age, services.today(), services)
    state = filters.get("state")
    return view.Asked(
        state=_state(state) if state and state != ANY else None,
        closed_too=state == ANY,
        cause=cause(filters["verdict"]) if "verdict" in filters else None,
        owner=filters.get("owner"),
        partner=filters.get("partner"),
        number=filters.get("number"),
        opened_from=asked.day(filters, "opened_from"),
        opened_to=asked.day(filters, "opened_to"),
        since_from=since_from,
        since_to=since_to,
        amount_from_fen=asked.fen(filters, "amount_from"),
        amount_to_fen=asked.fen(filters, "amount_to"),
    )


def _state(text: str) -> State:
    if text not in STATES:
        raise Rejected("state_unknown", found=text[:40])
    return State(text)


def _row(one: Discrepancy, age: int | None) -> dict[str, Any]:
    what = one.difference
    return {
        "id": one.id,
        "verdict": cause_word(what.cause.value),
        "amount": what.amount_fen,
        "age": age,
        "state": STATES[one.state.value],
        "owner": one.owner,
        "kind": fund(what.insurance_kind) if what.insurance_kind else None,
        "number": what.receipt_no or what.deposit_no,
        "payer": payer(what.payer_id),
        "period": what.period,
        "partner": what.partner,
        "opened_on": one.opened_on,
        "_id": one.id,
        "_href": url_for("discrepancy", number=one.id),
    }


def _states(_services: Services) -> Mapping[str, Word]:
    return {**STATES, ANY: Word(ANY, "全部（含已结）", "all, closed too")}


def _partners(services: Services) -> Mapping[str, str]:
    return {code: partner.name for code, partner in sorted(services.catalog.partners.items())}


TABLE: Final = Table(
    name="discrepancies",
    title=N_("Discrepancies"),
    permission=Permission.RECONCILIATION_SEE,
    note=N_(
        "What is not closed, oldest first. A page that found little in a long list is short; the "
        "next page goes on."
    ),
    columns=(
        Column(name="id", label=N_("No."), kind="text"),
        Column(name="verdict", label=N_("Verdict"), kind="state"),
        Column(name="amount", label=N_("At stake"), kind="money"),
        Column(name="age", label=N_("Age (working days)"), kind="count"),
        Column(name="state", label=N_("State"), kind="state"),
        Column(name="owner", label=N_("With")),
        Column(name="kind", label=N_("Insurance kind")),
        Column(name="number", label=N_("Receipt or deposit")),
        Column(name="payer", label=N_("Payer")),
        Column(name="period", label=N_("Period")),
        Column(name="partner", label=N_("Partner")),
        Column(name="opened_on", label=N_("Found on"), kind="date"),
    ),
    fetch=_fetch,
    filters=(
        Filter(name="state", label=N_("State"), kind="choice", choices=_states),
        Filter(name="verdict", label=N_("Verdict"), kind="choice", choices=lambda _: CAUSES),
        Filter(name="owner", label=N_("Desk or person")),
        Filter(
            name="age", label=N_("Age (working days)"), kind="choice",
            choices=lambda _: {name: Word(name, name, name) for name in NAMES},
        ),
        Filter(name="partner", label=N_("Partner"), kind="choice", choices=_partners),
        Filter(name="number", label=N_("Receipt, deposit or payer")),
        Filter(name="amount_from", label=N_("At least (yuan)"), kind="money"),
        Filter(name="amount_to", label=N_("At most (yuan)"), kind="money"),
        Filter(name="opened_from", label=N_("Found from"), kind="date"),
        Filter(name="opened_to", label=N_("Found to"), kind="date"),
    ),
    bulk=("discrepancy.assign", "discrepancy.comment", "discrepancy.propose_all"),
)  # fmt: skip
