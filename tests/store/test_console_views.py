"""The console's lists and its search read an index each, however long a table is."""

from __future__ import annotations

import pytest

from hub.store.views import books, home, journal, operations, people, search
from tests.store.plans import explaining


@pytest.fixture
def plans(store):
    """Collect each query that a test makes with how SQLite would carry it out."""
    found = []
    with explaining(store, lambda *told: found.append(told)):
        yield found


def all_read(plans):
    """Return the queries that read a table from end to end though no page ends them."""
    return [
        (statement, steps)
        for statement, steps in plans
        if any(step.startswith("SCAN") and step != "SCAN anon_1" for step in steps)
        and "ORDER BY" not in statement
    ]


def sorted_whole(plans):
    """Return the queries that sort all they find, where an index should give the order."""
    return [
        (statement, steps)
        for statement, steps in plans
        if any("USE TEMP B-TREE FOR ORDER BY" in step for step in steps)
    ]


AFTER = {"after": "[5]", "limit": 50}
PAGES = [
    lambda u: journal.entry_page(u, journal.Asked(), **AFTER),
    lambda u: journal.entry_page(u, journal.Asked(event="file.read"), **AFTER),
    lambda u: journal.entry_page(u, journal.Asked(person="王芳"), **AFTER),
    lambda u: journal.entry_page(u, journal.Asked(subject="inbox:1"), **AFTER),
    lambda u: operations.inbox_page(u, state=None, channel=None, **AFTER),
    lambda u: operations.inbox_page(u, state="held", channel=None, **AFTER),
    lambda u: operations.inbox_page(u, state=None, channel="tax-in", **AFTER),
    lambda u: operations.outbox_page(u, state="ready", channel=None, **AFTER),
    lambda u: operations.outbox_page(u, state=None, channel="alpha-out", **AFTER),
    lambda u: operations.outbox_page(u, state="ready", channel="alpha-out", **AFTER),
    lambda u: operations.quarantine_page(u, state="open", **AFTER),
    lambda u: operations.task_page(u, state=None, queue=None, **AFTER),
    lambda u: operations.task_page(u, state=None, queue="payout", **AFTER),
    lambda u: operations.task_page(u, state="done", queue="payout", **AFTER),
    lambda u: books.voucher_page(
        u, books.Asked(), after='["2026-11-24", "pension-202611-1"]', limit=50
    ),
    lambda u: books.voucher_page(
        u, books.Asked(event="payout.released"), after='["2026-11-24", "x"]', limit=50
    ),
    lambda u: books.paid_lists(u, fund=None, **AFTER),
]


@pytest.mark.parametrize("ask", PAGES)
def test_a_page_is_read_in_the_order_of_an_index(store, plans, ask):
    with store.read() as uow:
        ask(uow)

    assert plans
    assert not all_read(plans)
    assert not sorted_whole(plans)
    assert not any("OFFSET ?" in statement and "LIMIT" not in statement for statement, _ in plans)


VOUCHERS = {"after": '["2026-11-24", "x"]', "limit": 50}
BY_INDEX = [
    (lambda u: books.voucher_page(u, books.Asked(subject="x", fund="pension"), **VOUCHERS),
     "voucher_by_its_subject (subject=? AND"),
    (lambda u: books.voucher_page(u, books.Asked(amount_fen=1, fund="pension"), **VOUCHERS),
     "voucher_by_amount (amount_fen=? AND"),
    (lambda u: books.voucher_page(u, books.Asked(fund="a", event="b"), **VOUCHERS),
     "voucher_by_fund_and_event (fund=? AND event=? AND"),
    (lambda u: operations.task_page(u, state="due", queue=None, **AFTER), "task_open (state=? AND"),
    (lambda u: operations.task_page(u, state="due", queue="payout", **AFTER),
     "task_open_of_queue (queue=? AND state=? AND"),
    (lambda u: people.events(u, person="王芳", event="sign_in.done", **AFTER),
     "security_event_by_both (person=? AND event=? AND"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "index"), BY_INDEX)
def test_the_few_among_many_have_an_index_of_their_own(store, plans, ask, index):
    with store.read() as uow:
        ask(uow)

    assert any(index in step for _, steps in plans for step in steps), plans


WORDS = [
    search.Words(text="330106195001011234"),
    search.Words(text="王芳", is_name=True),
    search.Words(text="1234.50", amount_fen=123450),
    search.Words(text="a" * 64),
]
FINDERS = [
    search.items, lambda u, w: search.items(u, w, debit=True), search.lists, search.differences,
    search.cases, search.credits, search.repayments, search.postings, search.lines,
]  # fmt: skip


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words.text[:8])
@pytest.mark.parametrize("find", FINDERS)
def test_a_search_looks_into_indexes_only(store, plans, find, words):
    with store.read() as uow:
        find(uow, words)

    whole = [
        steps for _, steps in plans for step in steps
        if step.startswith("SCAN") and "_lists" not in step  # lists are few, items are not
    ]  # fmt: skip
    assert plans
    assert not whole


def test_file_names_are_looked_through_in_their_index_alone(store, plans):
    with store.read() as uow:
        search.received(uow, search.Words(text="明细"))
        search.sent(uow, search.Words(text="明细"))

    scans = [step for _, steps in plans for step in steps if step.startswith("SCAN")]
    assert scans
    assert all("COVERING INDEX" in step for step in scans)


@pytest.mark.parametrize(
    "ask",
    [
        operations.open_tasks,
        operations.open_files,
        lambda uow: operations.open_messages(uow, ["broker"]),
        home.lists,
        home.money,
        lambda uow: home.last_received(uow, ["tax-in"]),
        *(lambda uow, what=what: home.count(uow, what, "open") for what in home._COUNTED),
    ],
)
def test_what_is_counted_is_open_and_found_by_an_index(store, plans, ask):
    with store.read() as uow:
        ask(uow)

    assert not [
        steps for _, steps in plans for step in steps
        if step.startswith("SCAN") and "USING" not in step and step != "SCAN anon_1"
    ]  # fmt: skip


def test_sums_of_payments_are_read_from_the_index_alone(store, plans):
    from sqlalchemy import func, select

    from hub.store.schema.payouts import payout_items as items

    with store.read() as uow:
        c = items.c
        query = select(c.state, func.sum(c.amount_fen)).where(c.list_id == 1).group_by(c.state)
        uow.connection.execute(query)

    assert "COVERING INDEX payout_item_by_state" in plans[0][1][0]
