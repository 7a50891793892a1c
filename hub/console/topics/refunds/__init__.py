"""Refunds of contributions (多收退款) in the console: cases, documents, forms, payments."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.refunds.actions import ACTIONS
from hub.console.topics.refunds.pages import PAGES
from hub.console.topics.refunds.tables import TABLE

TOPIC = Topic(
    name="refunds",
    title=N_("Refunds"),
    order=23,
    tables=(TABLE,),
    actions=ACTIONS,
    pages=PAGES,
    menu=((N_("Refund cases"), "/tables/refunds"), (N_("Open a refund"), "/actions/refund.open")),
)
