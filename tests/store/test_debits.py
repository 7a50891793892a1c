"""Debits in the store: the database refuses to collect twice, and without a mandate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.conservation import Breach
from hub.domain.debit import DebitItem
from hub.domain.payout import ItemState, ListState, PayoutBatch, PayoutKind, PayoutList, Stop
from hub.domain.way import Way
from hub.errors import Rejected
from tests.store.records import SHA
from tests.store.threads import THREADS, at_once

DAY = date(2026, 11, 24)


@pytest.fixture
def do(store):
    return store.on(Way.DEBIT).transact


def listed(at, key="contributions/1", **facts):
    values = {
        "id": 0, "key": key, "kind": PayoutKind.COLLECTION, "fund": "medical", "title": "居民医保",
        "month": 202611, "state": ListState.DRAFT, "item_count": 0, "total_fen": 0,
        "stated_count": 2, "stated_fen": 20, "source_sha256": SHA, "added_at": at,
    }  # fmt: skip
    return PayoutList(**{**values, **facts})


def item(list_id, number, **facts):
    values = {
        "id": 0, "list_id": list_id, "item_no": number, "person_id": f"P{number}",
        "person_name": "王芳", "benefit": "居民医保", "period": 202611, "amount_fen": 10,
        "bank": "gamma", "account_no": f"A{number}", "account_name": "王父",
        "end_to_end_id": f"E{list_id}-{number}", "mandate_no": f"M{number}", "mandate_on": DAY,
    }  # fmt: skip
    return DebitItem(**{**values, **facts})


def take(uow, at, key="contributions/1", items=(1, 2), **facts):
    added = uow.payouts.add(listed(at, key))
    uow.payout_items.add(item(added.id, n, **facts) for n in items)
    uow.payout_checks.check(added.id)
    uow.payout_items.accept(added.id)
    return added


def in_flight(uow, at, key="contributions/1", **facts):
    added = take(uow, at, key, **facts)
    number = uow.payout_batches.next_sequence("gamma", "any", DAY)
    batch = uow.payout_batches.add(
        PayoutBatch(
            id=0, list_id=added.id, bank="gamma", kind=PayoutKind.COLLECTION, fund="medical",
            business_on=DAY, sequence=number, message_id=f"M{number}", file_name=f"F{number}",
            item_count=2, total_fen=20, created_at=at,
        )
    )  # fmt: skip
    uow.payout_items.assign(batch.id, list_id=added.id, bank="gamma", first=1, last=2)
    uow.payout_items.move_batch(batch.id, before=ItemState.LISTED, after=ItemState.IN_FLIGHT)
    return added, batch


def items(do, added):
    return do(lambda u: list(u.payout_items.of_list(added.id)))


def settle(do, found, state, **facts):
    return do(lambda u: u.payout_items.settle(found, state, evidence="e", on=DAY, **facts))


def test_an_item_comes_back_with_its_mandate(do, now):
    until = DAY + timedelta(days=9)
    added = do(lambda u: take(u, now, mandate_until=until))

    first, _ = items(do, added)

    assert first == replace(item(added.id, 1, mandate_until=until), id=first.id)
    (signed, _) = do(lambda u: [list(one) for one in u.payout_items.signed(added.id)])
    assert signed[-3:] == ["M1", DAY, until]


def test_payments_and_debits_do_not_see_each_other(do, store, now):
    added = do(lambda u: take(u, now))

    with store.read() as uow, pytest.raises(Rejected) as found:
        uow.payouts.get(added.id)

    assert found.value.code == "payout_list_missing"
    assert "hub payout list" in found.value.explain("en")
    with store.read() as uow:
        assert list(uow.on(Way.DEBIT).payout_items.of_list(added.id))
        assert uow.on(Way.DEBIT).on(Way.PAYOUT).payouts.list() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE debit_items SET mandate_no = NULL",
        "UPDATE debit_items SET mandate_on = NULL",
        "UPDATE debit_items SET mandate_until = '2026-11-01'",
        "UPDATE debit_items SET state = 'returned'",
        "UPDATE debit_items SET state = 'paid', evidence = NULL",
        "UPDATE debit_items SET state = 'reversed', evidence = NULL",
        "UPDATE debit_items SET amount_fen = 0",
        "UPDATE debit_items SET attempt = 2",
        "UPDATE debit_items SET person_id = 'P1', benefit = '居民医保'",
        "UPDATE debit_lists SET kind = 'social'",
        "UPDATE debit_lists SET state = 'approved'",
        "UPDATE debit_lists SET signed1_by = 'a', signed1_at = added_at, made_by = 'A'",
        "UPDATE debit_batches SET state = 'sent'",
    ],
)
def test_the_database_refuses_what_must_not_be(store, do, now, change):
    do(lambda u: in_flight(u, now))

    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(change))


def test_states_go_forward_only(do, now):
    added, _ = do(lambda u: in_flight(u, now))
    first, second = items(do, added)

    collected = settle(do, first, ItemState.PAID)
    failed = settle(do, second, ItemState.FAILED, code="AM04", raw="r", version="1")

    assert settle(do, collected, ItemState.REVERSED).state is ItemState.REVERSED
    for before, after in ((failed, ItemState.PAID), (first, ItemState.PAID)):
        with pytest.raises(Rejected) as found:
            settle(do, before, after)
        assert found.value.code == "payout_item_state"


def test_of_many_lists_at_once_one_has_the_contribution(do, now):
    def add(number):
        added = do(lambda u: take(u, now, f"contributions/{number}", items=(1,)))
        return items(do, added)[0].state

    states = at_once(add)

    assert states.count(ItemState.LISTED) == 1
    assert states.count(ItemState.REFUSED) == THREADS - 1


def test_another_attempt_needs_a_failed_one(do, now):
    added, _ = do(lambda u: in_flight(u, now))
    first, second = items(do, added)
    settle(do, first, ItemState.FAILED)
    facts = {"attempt": 2, "repairs_id": first.id, "end_to_end_id": "E2"}

    good = do(lambda u: take(u, now, "again/1", items=(1,), **facts))
    bad = do(
        lambda u: take(
            u, now, "again/2", items=(2,), attempt=2, repairs_id=second.id, end_to_end_id="E3"
        )
    )

    assert items(do, good)[0].state is ItemState.LISTED
    counts = do(lambda u: u.payout_checks.counts(bad.id))
    assert counts == {"debit_item_live": 1, "debit_item_repairs_nothing": 1}


def test_stops_strike_until_they_are_lifted(do, now):
    stop = Stop(person_id="P1", benefit="居民医保", reason="r", evidence="debit_item:1/x", at=now)
    do(lambda u: u.payout_checks.stop(stop))
    struck = do(lambda u: take(u, now))

    assert [one.state.value for one in items(do, struck)] == ["refused", "listed"]
    assert do(lambda u: u.payout_checks.lift("P1", person="王", at=now)) == 1
    again = do(lambda u: take(u, now, "contributions/2", items=(1,)))
    assert items(do, again)[0].state is ItemState.LISTED


def test_whose_benefits_are_stopped_is_shown_and_stays(do, store, now):
    stop = Stop(person_id="P1", benefit=None, reason="MD07", evidence="inbox:1/line:1", at=now)
    store.transact(lambda u: u.payout_checks.stop(stop))

    added = do(lambda u: take(u, now))

    (found,) = do(lambda u: u.payout_checks.of_list(added.id, limit=9))
    assert (found.item_no, found.code, found.refuses) == (1, "debit_person_stopped", False)


def test_what_was_collected_must_be_booked(do, now):
    added, batch = do(lambda u: in_flight(u, now))
    settle(do, items(do, added)[0], ItemState.PAID)

    (account,) = do(lambda u: list(u.conservations.of_batches()))

    assert (account.paid_fen, account.in_flight_fen, account.booked_in_fen) == (10, 10, 0)
    assert (account.breach, account.missing_fen) == (Breach.BOOKS_IN, 10)
    assert account.name == f"debit_batch:{batch.id}"


def test_the_audit_finds_who_was_debited_after_the_mandate(do, store, now):
    added, _ = do(lambda u: in_flight(u, now))
    assert do(lambda u: u.audit.debited_unauthorised()).first is None

    with store._engine.begin() as connection:
        connection.execute(text("UPDATE debit_batches SET business_on = '2026-11-23'"))

    found = do(lambda u: u.audit.debited_unauthorised())
    assert found.first == f"debit_item:{items(do, added)[0].id}"
