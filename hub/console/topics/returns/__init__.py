"""Returns (退单) in the console: work lists, days without pension, corrections, doubts."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.payouts.side import PAYOUTS
from hub.console.topics.returns.actions import actions
from hub.console.topics.returns.pages import NAMES, pages
from hub.console.topics.returns.tables import tables

TOPIC = Topic(
    name="returns",
    title=N_("Returns"),
    order=21,
    tables=tables(PAYOUTS),
    actions=actions(PAYOUTS),
    pages=(*pages(PAYOUTS), NAMES),
    menu=(
        (N_("To be worked on"), "/tables/payout-returns"),
        (PAYOUTS.open, "/payouts/open"),
        (N_("Take the work list back"), "/actions/payout.take_back"),
        (N_("Compare two names"), "/payouts/names"),
    ),
)
