"""Other regions: the directory that two people change; and signed messages."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.regions import actions, pages, tables

TOPIC = Topic(
    name="regions",
    title=N_("Other regions"),
    order=44,
    tables=tables.TABLES,
    actions=actions.ACTIONS,
    pages=pages.PAGES,
    menu=(
        (N_("Directory of regions"), "/tables/regions"),
        (N_("Entries to confirm"), "/tables/region-drafts"),
        (N_("Propose an entry"), "/actions/region.propose"),
        (N_("Import entries"), "/actions/region.import"),
        (N_("Messages with regions"), "/tables/region-messages"),
    ),
)
