"""Credits of transferred money: entered one by one, matched by two people, or sent back."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.suspense import actions, pages, tables

TOPIC = Topic(
    name="suspense",
    title=N_("Suspense"),
    order=42,
    tables=tables.TABLES,
    actions=actions.ACTIONS,
    pages=pages.PAGES,
    menu=(
        (N_("Credits in suspense"), "/tables/suspense"),
        (N_("All credits of transfers"), "/tables/credits"),
        (N_("Enter a credit"), "/actions/credit.enter"),
        (N_("Credits of a statement"), "/actions/credit.from_statement"),
    ),
)
