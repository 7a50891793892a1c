"""Discrepancies (差异): the work list, each one's page, what is done about them, their ages."""

from __future__ import annotations

from typing import Final

from hub.console.language import N_
from hub.console.registry import Page, Topic
from hub.console.topics.discrepancies import actions, pages, table
from hub.domain.permission import Permission

TOPIC: Final = Topic(
    name="discrepancies",
    title=N_("Discrepancies"),
    order=11,
    tables=(table.TABLE,),
    actions=actions.ACTIONS,
    pages=(
        Page(
            rule="/discrepancies/aging", endpoint="aging", view=pages.aging,
            permission=Permission.RECONCILIATION_SEE,
        ),
        Page(
            rule="/discrepancies/<int:number>", endpoint="discrepancy", view=pages.discrepancy,
            permission=Permission.RECONCILIATION_SEE,
        ),
    ),
    menu=((N_("Work list"), "/tables/discrepancies"), (N_("Aging"), "/discrepancies/aging")),
)  # fmt: skip
