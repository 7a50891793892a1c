"""The work lists: what came back or is in doubt, and everybody who still waits for money."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hub.console.language import N_
from hub.console.registry import Column, Filter, Query, Rows, Table
from hub.console.topics.payouts.filters import banks, code, fixed
from hub.console.topics.returns import work
from hub.domain.desk import FINANCE
from hub.domain.payout import ItemState
from hub.domain.permission import Permission
from hub.flows.unpaid import as_waiting
from hub.store.views import returns as views

if TYPE_CHECKING:
    from collections.abc import Collection

    from hub.console.topics.payouts.side import Side
    from hub.store.engine import UnitOfWork


def _open(uow: UnitOfWork, query: Query, *, side: Side, states: Collection[ItemState]) -> Rows:
    filters, services = query.filters, query.services
    desk = code(filters, "desk", work.desks(services))
    known = {state.value: state for state in ItemState if state in states}
    state = code(filters, "state", known)
    wanted = views.Wanted(
        states=states if state is None else [known[state]],
        bank=filters.get("bank"),
        code=filters.get("code"),
        codes=work.at_desk(desk, side, services) if desk else None,
        unknown=desk in (None, FINANCE),
    )
    found, after = views.open_items(uow.on(side.way), wanted, after=query.after, limit=query.limit)
    mine, today = side.services(services), services.today()
    rows = [work.row_of(as_waiting(one, today, mine), side) for one in found]
    return Rows(rows=rows, after=after)


def _table(
    side: Side, name: str, title: str, states: frozenset[ItemState], bulk: tuple[str, ...]
) -> Table:
    shown = {s.value: side.item_state(s) for s in side.item_states if s in states}
    return Table(
        name=name, title=title, permission=Permission.PAYOUT_SEE, bulk=bulk,
        fetch=partial(_open, side=side, states=states),
        columns=(
            Column(name="person_name", label=side.person),
            Column(name="benefit", label=side.benefit),
            Column(name="period", label=N_("Period")),
            Column(name="amount", label=N_("Amount"), kind="money"),
            Column(name="state", label=N_("State"), kind="state"),
            Column(name="since", label=N_("Since"), kind="date"),
            Column(name="days", label=N_("Calendar days"), kind="count"),
            Column(name="desk", label=N_("Desk")),
            Column(name="reason", label=N_("ISO reason"), kind="state"),
            Column(name="code", label=N_("Code")),
            Column(name="raw", label=N_("The bank's words")),
            Column(name="todo", label=N_("What to do")),
            Column(name="bank", label=N_("Bank")),
            Column(name="account_no", label=N_("Account"), kind="account_no"),
            Column(name="attempt", label=N_("Attempt"), kind="count"),
        ),
        filters=(
            Filter(name="desk", label=N_("Desk"), kind="choice", choices=work.desks),
            Filter(name="state", label=N_("State"), kind="choice", choices=fixed(shown)),
            Filter(name="bank", label=N_("Bank"), kind="choice", choices=banks),
            Filter(name="code", label=N_("Code")),
        ),
        note=N_("The oldest attempt first. What a later attempt has taken over is not here."),
    )  # fmt: skip


def tables(side: Side) -> tuple[Table, ...]:
    """Return the work lists of one side."""
    again = (f"{side.name}.again",)
    return (
        _table(side, f"{side.name}-returns", side.work, views.WORK, again),
        _table(side, f"{side.name}-unpaid", side.open, views.WAITING, ()),
    )
