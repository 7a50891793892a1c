"""The books (账簿): vouchers, trial balance, conservation of money, exports."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.books.actions import ACTIONS
from hub.console.topics.books.pages import PAGES
from hub.console.topics.books.tables import TABLES

TOPIC = Topic(
    name="books",
    title=N_("Account books"),
    order=50,
    tables=TABLES,
    actions=ACTIONS,
    pages=PAGES,
    menu=(
        (N_("Vouchers"), "/tables/vouchers"),
        (N_("Voucher drafts"), "/tables/voucher_drafts"),
        (N_("Prepare a voucher"), "/books/new"),
        (N_("Trial balance"), "/books/balance"),
        (N_("Conservation of money"), "/tables/conservation"),
    ),
)
