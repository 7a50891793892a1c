"""Transfers of relations (关系转移): cases, clocks, papers, money to be sent, requests, rules."""

from __future__ import annotations

from hub.console.language import N_
from hub.console.registry import Topic
from hub.console.topics.transfers import (
    actions,
    assessment,
    assistance,
    fund_actions,
    pages,
    paper_actions,
    reports,
    tables,
)

TOPIC = Topic(
    name="transfers",
    title=N_("Transfers"),
    order=40,
    tables=(*tables.TABLES, assistance.TABLE),
    actions=(
        *actions.ACTIONS,
        *paper_actions.ACTIONS,
        *fund_actions.ACTIONS,
        *assistance.ACTIONS,
    ),
    pages=(*pages.PAGES, *reports.PAGES, *assessment.PAGES, assistance.PAGE),
    menu=(
        (N_("Transfer cases"), "/tables/transfers?state=live"),
        (N_("What is due"), "/tables/transfer-clocks"),
        (N_("Accept an application"), "/actions/transfer.apply"),
        (N_("Take a paper as a file"), "/actions/transfer.take_paper"),
        (N_("Money to be sent"), "/tables/fund-list"),
        (N_("Remittances"), "/tables/remittances"),
        (N_("Requests whether payees are alive"), "/tables/assistance"),
        (N_("The month by region"), "/transfers/months"),
        (N_("Rules and conflicts"), "/transfers/rules"),
    ),
)
