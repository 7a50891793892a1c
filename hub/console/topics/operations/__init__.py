"""Operations (运维): actors and lanes, queues, tasks, files, messages, configuration, health."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.operations.actions import ACTIONS
from hub.console.topics.operations.pages import PAGES
from hub.console.topics.operations.tables import TABLES

TOPIC = Topic(
    name="operations",
    title=N_("Operations"),
    order=70,
    tables=TABLES,
    actions=ACTIONS,
    pages=PAGES,
    menu=(
        (N_("Actors and queues"), "/operations"),
        (N_("Tasks"), "/tables/tasks"),
        (N_("Received files"), "/tables/inbox"),
        (N_("Files to send"), "/tables/outbox"),
        (N_("Quarantine"), "/tables/quarantine"),
        (N_("Configuration"), "/operations/configuration"),
    ),
)
