"""What is asked at every release, every second or every night reads no payment that simply arrived.

Both databases tell their plans: SQLite whether or not there are rows, PostgreSQL with sequential
scans made expensive, so that one is left only where no index serves.
"""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import event

from hub.domain.region_message import Direction
from hub.domain.way import Way
from hub.ports import Message
from hub.store.views import payouts, search

BIG = (
    r"(?:payout|debit)_(?:items|answers)|tasks|journal|outbox|inbox|vouchers"
    r"|region_messages|messages_in"
)


@pytest.fixture
def steps(store):
    """Collect the steps of the plan of every SELECT that a test makes."""
    found = []
    sqlite = store._engine.dialect.name == "sqlite"

    def explain(connection, _cursor, statement, parameters, *_):
        if not statement.startswith("SELECT"):
            return
        raw = connection.connection
        if sqlite:
            told = raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(row[3] for row in told)
        else:
            with raw.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {statement}", parameters)
                found.extend(line for (line,) in cursor.fetchall())

    event.listen(store._engine, "before_cursor_execute", explain)
    yield found
    event.remove(store._engine, "before_cursor_execute", explain)


def whole(steps):
    """Return the steps that read all of a big table, or its whole key; a partial index is small."""
    return [
        step for step in steps
        if re.search(rf"Seq Scan on ({BIG})\b", step)
        or re.match(rf"SCAN ({BIG})\b(?!.* INDEX (?!sqlite_autoindex))", step)
    ]  # fmt: skip


ASKED = {
    "open lists": lambda u: list(u.conservations.of_lists("pension", open_only=True)),
    "open batches": lambda u: list(
        u.conservations.of_batches(fund="pension", bank="icbc", open_only=True)
    ),
    "one list": lambda u: list(u.conservations.of_batches(list_id=1)),
    "unpaid": lambda u: list(u.payout_outcomes.unpaid()),
    "due": lambda u: u.tasks.due_counts("collection"),
    "due anywhere": lambda u: u.tasks.due_counts(),
    "parked": lambda u: u.tasks.parked_count(),
    "next": lambda u: u.tasks.next_due_at(),
    "events": lambda u: list(u.journal.happened("voucher.booked", "voucher.reversed")),
    "events after one": lambda u: u.journal.of_event("voucher.booked", after=7, limit=5),
    "answered message": lambda u: u.region_messages.sent("0" * 32),
    "messages of ids": lambda u: u.region_messages.keys({"0" * 32}),
    "messages after one": lambda u: u.region_messages.page(("in", "510100", "0" * 32), limit=5),
    "received after one": lambda u: u.inbox.after(7, limit=5),
    "vouchers after one": lambda u: u.vouchers.after("pension-202611-1", limit=5),
    "name": lambda u: payouts.items(u, payouts.ItemsWanted(name="王"), after=None, limit=50),
    "next file": lambda u: u.outbox.next("icbc-out"),
    "amount": lambda u: search.items(u, search.Words(text="1.00", amount_fen=100)),
}


@pytest.mark.parametrize("way", [Way.PAYOUT, Way.DEBIT])
@pytest.mark.parametrize("asked", ASKED)
def test_no_big_table_is_read_as_a_whole(store, steps, asked, way):
    with store.read() as uow:
        ASKED[asked](uow.on(way))

    assert steps
    assert not whole(steps)


def test_a_receipt_is_found_by_what_it_answers(store, steps):
    message = SimpleNamespace(id="0" * 32, peer="510100", direction=Direction.IN)
    with store.read() as uow:
        uow.region_messages.receipt_of(message)

    assert any("region_message_by_reply" in step for step in steps)


def test_messages_that_come_again_are_found_by_sender_and_id(store, steps, now):
    again = [
        Message(id=f"{n}", type="t", key="k", body=b"", at=now, sender=sender)
        for sender in ("core", "tax") for n in range(3)
    ]  # fmt: skip
    for _ in range(2):
        with store.begin() as uow:
            arrived = uow.message_arrivals.take("core", "330100.command", again, at=now)

    assert arrived.repeats == len(again)
    assert steps
    assert not whole(steps)


def test_an_answer_finds_its_question_by_the_id_alone(store, steps):
    with store.read() as uow:
        uow.region_messages.sent("0" * 32)

    assert any("region_message_by_id" in step for step in steps)


@pytest.mark.parametrize("way", [Way.PAYOUT, Way.DEBIT])
def test_that_nothing_is_paid_twice_is_read_from_the_index_that_says_so(store, steps, way):
    with store.read() as uow:
        uow.take_time()
        uow.on(way).audit.paid_twice()

    assert any(f"{way.value}_item_live" in step for step in steps)
