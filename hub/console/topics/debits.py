"""Direct debits (代收代缴) in the console: the tables, actions and pages of payouts once more."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.payouts.actions import actions
from hub.console.topics.payouts.pages import pages
from hub.console.topics.payouts.papers import original_page
from hub.console.topics.payouts.side import DEBITS
from hub.console.topics.payouts.tables import tables
from hub.console.topics.returns.actions import actions as work_actions
from hub.console.topics.returns.pages import pages as work_pages
from hub.console.topics.returns.tables import tables as work_tables

TOPIC = Topic(
    name="debits",
    title=DEBITS.title,
    order=22,
    tables=(*tables(DEBITS), *work_tables(DEBITS)),
    actions=(*actions(DEBITS), *work_actions(DEBITS)),
    pages=(*pages(DEBITS), original_page(DEBITS), *work_pages(DEBITS)),
    menu=(
        (N_("Lists"), "/tables/debit-lists"),
        (N_("Batches"), "/tables/debit-batches"),
        (N_("All items"), "/tables/debit-items"),
        (N_("To be worked on"), "/tables/debit-returns"),
        (DEBITS.open, "/debits/open"),
        (N_("Take in a list"), "/actions/debit.import"),
    ),
)
