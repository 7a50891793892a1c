"""Letters (函) to the tax bureau: drafted by one, signed by another, answered, or reminded of."""

from __future__ import annotations

from typing import Final

from hub.console.language import N_
from hub.console.registry import Page, Topic
from hub.console.topics.letters import actions, pages, table
from hub.domain.permission import Permission

TOPIC: Final = Topic(
    name="letters",
    title=N_("Letters"),
    order=12,
    tables=(table.TABLE,),
    actions=actions.ACTIONS,
    pages=(
        Page(
            rule="/letters/<int:number>", endpoint="letter", view=pages.letter,
            permission=Permission.RECONCILIATION_SEE,
        ),
        Page(
            rule="/letters/<int:number>/papers/<kind>", endpoint="letter_paper", view=pages.paper,
            permission=Permission.RECONCILIATION_SEE,
        ),
    ),
    menu=(
        (N_("All letters"), "/tables/letters"),
        (N_("Draft a letter"), "/actions/letter.draft"),
    ),
)  # fmt: skip
