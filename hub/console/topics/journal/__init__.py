"""The journal (审计流水): every decision in order, and proof that none was changed."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.journal.pages import ACTIONS, PAGES
from hub.console.topics.journal.tables import TABLES

TOPIC = Topic(
    name="journal",
    title=N_("Journal"),
    order=60,
    tables=TABLES,
    actions=ACTIONS,
    pages=PAGES,
    menu=(
        (N_("Decisions"), "/tables/journal"),
        (N_("Verification"), "/journal/verification"),
    ),
)
