"""Our accounts at banks: days with their balances, statement lines, what finance does with them."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.bank import actions, pages, tables

TOPIC = Topic(
    name="bank",
    title=N_("Bank accounts"),
    order=30,
    tables=tables.TABLES,
    actions=actions.ACTIONS,
    pages=pages.PAGES,
    menu=(
        (N_("Our accounts"), "/tables/bank-accounts"),
        (N_("Account days"), "/tables/bank-days"),
        (N_("Lines to be explained"), "/tables/bank-lines?state=open"),
        (N_("Month-end clearing"), "/bank/clearing"),
    ),
)
