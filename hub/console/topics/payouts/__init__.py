"""Payouts (基金拨付) in the console: lists and their approval, batches, items, printed forms."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.payouts.actions import actions, payout_orders
from hub.console.topics.payouts.notices import ACTIONS as NOTICE_ACTIONS
from hub.console.topics.payouts.notices import PAGES as NOTICE_PAGES
from hub.console.topics.payouts.pages import pages
from hub.console.topics.payouts.papers import PAGES, original_page
from hub.console.topics.payouts.side import PAYOUTS
from hub.console.topics.payouts.tables import tables

TOPIC = Topic(
    name="payouts",
    title=PAYOUTS.title,
    order=20,
    tables=tables(PAYOUTS),
    actions=(*actions(PAYOUTS), *payout_orders(PAYOUTS), *NOTICE_ACTIONS),
    pages=(*pages(PAYOUTS), *PAGES, *NOTICE_PAGES, original_page(PAYOUTS)),
    menu=(
        (N_("Lists"), "/tables/payout-lists"),
        (N_("Batches"), "/tables/payout-batches"),
        (N_("All items"), "/tables/payout-items"),
        (N_("Take in a list"), "/actions/payout.import"),
    ),
)
