"""People: signing in, one's own account, who may do what, and who looked at what."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.people.account import PAGES as ACCOUNT_PAGES
from hub.console.topics.people.actions import ACTIONS
from hub.console.topics.people.pages import PAGES
from hub.console.topics.people.provider import PAGES as PROVIDER_PAGES
from hub.console.topics.people.sign_in import PAGES as SIGN_IN_PAGES
from hub.console.topics.people.tables import TABLES

TOPIC = Topic(
    name="people",
    title=N_("People"),
    order=90,
    tables=TABLES,
    actions=ACTIONS,
    pages=(*SIGN_IN_PAGES, *PROVIDER_PAGES, *ACCOUNT_PAGES, *PAGES),
    menu=(
        (N_("People"), "/tables/people"),
        (N_("Changes to agree"), "/tables/people_changes?state=draft"),
        (N_("Roles"), "/tables/roles"),
        (N_("Looks at personal data"), "/tables/looks"),
        (N_("Security events"), "/tables/security_events"),
    ),
)
