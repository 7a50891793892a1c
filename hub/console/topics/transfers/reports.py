"""The month with each other office: punctual or late, money sent and received; and the rules."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING

from flask import request

from hub.console.context import console
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.transfers import words
from hub.console.topics.transfers.tables import month_of
from hub.domain.permission import Permission
from hub.domain.transfer_kinds import Kind
from hub.flows.transfer_balance import by_region
from hub.flows.transfer_report import table

if TYPE_CHECKING:
    from hub.domain.transfer_rules import Cited

YEAR = 100


def months() -> str:
    """Show, by region, how punctual each office was in a month, and where the money is."""
    services = console().services
    today = services.today()
    asked = request.args.get("month", "").strip()
    month = month_of(asked) if asked else today.year * YEAR + today.month
    first = date(month // YEAR, month % YEAR, 1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    return render(
        "transfers/months.html",
        month=f"{first:%Y-%m}",
        punctual=[
            {
                "region": one.counterpart, "whose": words.US if one.ours else words.THEM,
                "step": words.said(one.step), "due": one.due, "on_time": one.on_time,
                "late": one.late, "open_late": one.open_late, "mean_days": one.mean_days,
            }
            for one in table(first, last, services)
        ],
        money=by_region(services, month=month),
    )  # fmt: skip


def rules() -> str:
    """Show the rule packs in force, what governs each step, and where packs disagree."""
    services = console().services
    today = services.today()
    packs = services.rules.packs
    return render(
        "transfers/rules.html",
        packs=sorted(packs.values(), key=lambda one: (-one.rank, one.code)),
        governing=[(words.said(kind), services.rules.governing(kind, today)) for kind in Kind]
        if packs
        else [],
        conflicts=[
            {"kind": words.said(one.kind), "title": one.title, "said": one.said}
            for one in services.rules.conflicts(today)
        ],
        step=words.said,
        name_of=lambda cited: _name_of(cited, packs),
        valid=lambda pack: pack.is_valid(today),
    )


def _name_of(cited: Cited | None, packs: object) -> words.Word | None:
    known = packs.get(cited.pack) if cited is not None and isinstance(packs, dict) else None
    if cited is None:
        return None
    if known is None:
        return words.Word(cited.pack, cited.pack, cited.pack)
    return words.Word(cited.pack, known.name, known.name_en)


PAGES = (
    Page(rule="/transfers/months", endpoint="transfer_months",
         permission=Permission.TRANSFER_SEE, view=months),
    Page(rule="/transfers/rules", endpoint="transfer_rules", permission=Permission.TRANSFER_SEE,
         view=rules),
)  # fmt: skip
