"""Orders about batches: two people, one open order of a kind, and a withdrawal only with proof."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.batch_order import BatchOrder, OrderKind
from hub.domain.payout import ItemState
from hub.errors import Rejected
from hub.store import migrating
from hub.store.engine import Store
from hub.store.outbox import OutboxState
from tests.store.records import SHA
from tests.store.test_payouts import batch as add_batch
from tests.store.test_payouts import take

LIST = (
    "INSERT INTO payout_lists (key, kind, fund, title, month, state, item_count, total_fen,"
    " stated_count, stated_fen, source_sha256, levels, added_at, version) VALUES"
    " ('k', 'social', 'pension', 't', 202611, 'checked', 1, 1, 1, 1, 'x', 2,"
    " '2026-11-24T04:00:00.000000+00:00', 1)"
)
SENT = (
    "INSERT INTO outbox (channel, file_name, content_sha256, state, attempts, added_at, changed_at)"
    f" VALUES ('alpha-out', 'F', '{'a' * 64}', 'blocked', 0,"
    " '2026-11-24T04:00:00.000000+00:00', '2026-11-24T04:00:00.000000+00:00')"
)
BATCH = (
    "INSERT INTO payout_batches (list_id, bank, kind, fund, business_on, sequence, message_id,"
    " file_name, item_count, total_fen, created_at, state, content_sha256, outgoing_id) VALUES"
    " (1, 'alpha', 'social', 'pension', '2026-11-24', 1, 'M', 'F', 1, 1,"
    f" '2026-11-24T04:00:00.000000+00:00', 'ready', '{'a' * 64}', 1)"
)


@pytest.fixture
def batch(store):
    with store._writing.begin() as connection:
        for statement in (LIST, SENT, BATCH):
            connection.execute(text(statement))
    return 1


def order(now, **values):
    made = BatchOrder(id=0, kind=OrderKind.WITHDRAW, batch_id=1, reason="银行不再受理",
                      proposed_by="钱一", proposed_at=now)  # fmt: skip
    return replace(made, **values)


def test_an_order_is_proposed_once_and_confirmed_once(store, now, batch):
    added = store.transact(lambda uow: uow.batch_orders.add(order(now)))
    confirmed = replace(added.confirm("孙二", at=now), proof_sha256="b" * 64, digest="d")
    with pytest.raises(Rejected) as twice:
        store.transact(lambda uow: uow.batch_orders.add(order(now, proposed_by="李三")))
    store.transact(lambda uow: uow.batch_orders.confirm(confirmed))
    with pytest.raises(Rejected) as again:
        store.transact(lambda uow: uow.batch_orders.confirm(confirmed))

    assert twice.value.code == again.value.code == "batch_order_changed"
    with store.read() as uow:
        assert uow.batch_orders.open(1, OrderKind.WITHDRAW) is None
        assert uow.batch_orders.last_withdrawal(1) == replace(confirmed, id=added.id)
        assert uow.batch_orders.of_batch(1) == [replace(confirmed, id=added.id)]


@pytest.mark.parametrize(
    "change",
    [
        "confirmed_by = '钱 一', confirmed_at = proposed_at, proof_sha256 = 'p', digest = 'd'",
        "confirmed_by = '孙二', proof_sha256 = 'p', digest = 'd'",
        "confirmed_by = '孙二', confirmed_at = proposed_at, digest = 'd'",
        "done_at = proposed_at",
        "kind = 'lose'",
    ],
)
def test_the_database_refuses_an_order_that_two_people_did_not_give(store, now, batch, change):
    store.transact(lambda uow: uow.batch_orders.add(order(now)))

    with pytest.raises(DBAPIError), store._writing.begin() as connection:
        connection.execute(text(f"UPDATE batch_orders SET {change}"))


def test_a_store_with_batches_is_brought_up_to_date_and_keeps_them(empty_url):
    store = Store.open(empty_url)
    with store._writing.begin() as connection:
        migrating.upgrade(connection, "0008")
        for statement in (LIST, SENT, BATCH):
            connection.execute(text(statement))

    store.migrate()

    with store._writing.begin() as connection:
        for table in ("payout_batches", "outbox"):
            connection.execute(text(f"UPDATE {table} SET state = 'withdrawn'"))
            found = connection.execute(text(f"SELECT state FROM {table}")).scalars().all()
            assert found == ["withdrawn"]
    for table in ("payout_batches", "outbox"):
        with pytest.raises(DBAPIError), store._writing.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET state = 'lost'"))
    store.close()


def test_what_is_put_back_waits_under_new_ids_and_is_counted_once(store, now):
    def unit(uow):
        listed = take(uow, now)
        made = add_batch(uow, listed, now)
        uow.payout_items.assign(made.id, list_id=listed.id, bank="alpha", first=1, last=2)
        assert list(uow.payout_items.sizes(listed.id, "alpha")) == []  # a batch has them
        uow.payout_items.move_batch(made.id, before=ItemState.LISTED, after=ItemState.IN_FLIGHT)
        return listed, made

    listed, made = store.transact(unit)

    def back(uow):
        return uow.payout_items.put_back(made.id, lambda item: f"N{item.item_no}")

    assert [store.transact(back), store.transact(back)] == [2, 0]
    with store.read() as uow:
        found = list(uow.payout_items.of_list(listed.id))
        assert list(uow.payout_items.sizes(listed.id, "alpha")) == [(1, 10), (2, 10)]
    assert [(one.state, one.batch_id, one.end_to_end_id) for one in found] == [
        (ItemState.LISTED, None, "N1"),
        (ItemState.LISTED, None, "N2"),
    ]


def test_a_withdrawn_file_is_out_of_its_lane_for_ever(store, now):
    first, second = store.transact(
        lambda uow: [
            uow.outbox.add(channel="alpha-out", file_name=name, content_sha256=SHA, at=now)
            for name in ("A", "B")
        ]
    )

    store.transact(lambda uow: uow.outbox.withdraw(first, at=now, note="withdrawn"))

    with pytest.raises(Rejected) as twice:
        store.transact(lambda uow: uow.outbox.withdraw(first, at=now, note="withdrawn"))
    for state in (OutboxState.SENDING, OutboxState.DELIVERED, OutboxState.READY):
        with pytest.raises(Rejected) as gone:
            store.transact(lambda uow, state=state: uow.outbox.mark(first.id, state, at=now))
        assert gone.value.code == "outbox_withdrawn"
    assert twice.value.code == "outbox_moved"
    with store.read() as uow:
        assert uow.outbox.next("alpha-out").id == second.id
        assert uow.outbox.of_name("alpha-out", "A").state is OutboxState.WITHDRAWN
