"""Payouts in the store: whole, once, by one writer; the database refuses to pay twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.payout import (
    BatchState,
    Finding,
    ItemState,
    ListState,
    PayoutBatch,
    PayoutItem,
    PayoutKind,
    PayoutList,
    Stop,
)
from hub.errors import Rejected
from tests.store.records import SHA
from tests.store.threads import THREADS, at_once

DAY = date(2026, 11, 24)


def payout(at, key="benefits/1", **facts):
    values = {
        "id": 0, "key": key, "kind": PayoutKind.SOCIAL, "fund": "pension", "title": "养老金",
        "month": 202611, "state": ListState.DRAFT, "item_count": 0, "total_fen": 0,
        "stated_count": 2, "stated_fen": 20, "source_sha256": SHA, "added_at": at,
    }  # fmt: skip
    return PayoutList(**{**values, **facts})


def item(list_id, number, **facts):
    values = {
        "id": 0, "list_id": list_id, "item_no": number, "person_id": f"P{number}",
        "person_name": "王芳", "benefit": "养老金", "period": 202611, "amount_fen": 10,
        "bank": "alpha", "account_no": f"A{number}", "account_name": "王芳",
        "end_to_end_id": f"E{list_id}-{number}",
    }  # fmt: skip
    return PayoutItem(**{**values, **facts})


def batch(uow, listed, at, *, sequence=None, bank="alpha"):
    sequence = sequence or uow.payout_batches.next_sequence(bank, "social", DAY)
    return uow.payout_batches.add(
        PayoutBatch(
            id=0, list_id=listed.id, bank=bank, kind=PayoutKind.SOCIAL, fund="pension",
            business_on=DAY, sequence=sequence, message_id=f"M{sequence}",
            file_name=f"F{sequence}", item_count=2, total_fen=20, created_at=at,
        )
    )  # fmt: skip


def take(uow, at, key="benefits/1", items=(1, 2), **facts):
    listed = uow.payouts.add(payout(at, key))
    uow.payout_items.add(item(listed.id, n, **facts) for n in items)
    uow.payout_checks.check(listed.id)
    uow.payout_items.accept(listed.id)
    return listed


@pytest.fixture
def do(store):
    return store.transact


@pytest.fixture
def sent(do, now):
    """A list whose two items are in flight in one batch."""

    def unit(uow):
        listed = take(uow, now)
        made = batch(uow, listed, now)
        uow.payout_items.assign(made.id, list_id=listed.id, bank="alpha", first=1, last=2)
        uow.payout_items.move_batch(made.id, before=ItemState.LISTED, after=ItemState.IN_FLIGHT)
        return listed

    return do(unit)


def items(do, listed, *states):
    return do(lambda u: list(u.payout_items.of_list(listed.id, *states)))


def test_a_list_comes_back_as_it_was_saved_through_its_life(do, now):
    added = do(lambda u: u.payouts.add(payout(now)))
    checked = replace(added, state=ListState.CHECKED, digest=SHA, item_count=2, total_fen=20)
    signed = do(lambda u: u.payouts.save(checked)).sign("李初", digest=SHA, at=now)
    approved = do(lambda u: u.payouts.save(signed)).sign("王审", digest=SHA, at=now)
    saved = do(lambda u: u.payouts.save(approved))

    assert do(lambda u: u.payouts.get(added.id)) == saved
    assert do(lambda u: u.payouts.of_key("benefits/1")) == saved
    assert do(lambda u: u.payouts.list(ListState.APPROVED)) == [saved]
    assert (saved.version, len(saved.approval.signatures)) == (4, 2)
    with pytest.raises(Rejected) as twice:
        do(lambda u: u.payouts.add(payout(now)))
    with pytest.raises(Rejected) as raced:
        do(lambda u: u.payouts.save(approved))
    assert (twice.value.code, raced.value.code) == ("payout_list_exists", "payout_list_changed")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'lost'",
        "state = 'approved'",
        "state = 'approved', digest = 'x', signed1_by = 'A', signed1_at = added_at",
        "signed2_by = 'A', signed2_at = added_at",
        "signed1_by = 'A', signed1_at = added_at, signed2_by = ' a', signed2_at = added_at",
        "state = 'reviewed', made_by = 'A', signed1_by = 'a', signed1_at = added_at",
        "signed1_by = 'A', signed1_at = added_at",
        "levels = 1",
        "item_count = 3",
        "total_fen = -1",
        "kind = 'gift'",
    ],
)
def test_the_database_refuses_a_list_that_cannot_be(store, do, now, change):
    do(lambda u: take(u, now))

    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(f"UPDATE payout_lists SET {change}"))


@pytest.mark.parametrize(
    "change",
    [
        "person_id = 'P1'",
        "state = 'paid'",
        "state = 'returned'",
        "batch_id = NULL",
        "attempt = 2",
        "repairs_id = id",
        "amount_fen = 0",
        "state = 'gone'",
        "end_to_end_id = 'E'",
    ],
)
def test_the_database_refuses_items_that_would_pay_twice_or_cannot_be(store, sent, change):
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(f"UPDATE payout_items SET {change}"))


def test_an_entitlement_is_live_once_whoever_writes(do, now, sent):
    def unchecked(uow):
        other = uow.payouts.add(payout(now, "benefits/2"))
        uow.payout_items.add([item(other.id, 1)])
        uow.payout_items.accept(other.id)

    with pytest.raises(DBAPIError):
        do(unchecked)


def test_checks_strike_what_is_there_already(do, now, sent):
    other = do(lambda u: take(u, now, "benefits/2", items=(1, 3)))

    assert [one.state for one in items(do, other)] == [ItemState.REFUSED, ItemState.LISTED]
    found = do(lambda u: u.payout_checks.of_list(other.id, limit=9))
    assert found == [
        Finding(item_no=1, code="payout_item_live", refuses=True, other_no=1,
                other_list_id=sent.id)
    ]  # fmt: skip
    assert do(lambda u: u.payout_checks.counts(other.id)) == {"payout_item_live": 1}


def test_outcomes_need_evidence_and_their_turn(do, now, sent):
    first, second = items(do, sent)
    paid = do(lambda u: u.payout_items.settle(first, ItemState.PAID, evidence="e", on=DAY))
    unknown = do(
        lambda u: u.payout_items.settle(
            second, ItemState.UNKNOWN, evidence="e", on=DAY, code="X", raw="r", version="1"
        )
    )

    assert items(do, sent) == [paid, unknown]
    assert (unknown.outcome_code, unknown.outcome_raw, unknown.outcome_version) == ("X", "r", "1")
    for before, after in ((first, ItemState.RETURNED), (paid, ItemState.UNKNOWN)):
        with pytest.raises(Rejected) as found:
            do(lambda u, b=before, a=after: u.payout_items.settle(b, a, evidence="e", on=DAY))
        assert found.value.code == "payout_item_state"
    totals = do(lambda u: u.payout_items.totals(sent.id))
    assert totals == {ItemState.PAID: (1, 10), ItemState.UNKNOWN: (1, 10)}
    assert do(lambda u: u.payout_items.of_end_to_end(paid.end_to_end_id)) == paid
    assert do(lambda u: u.payout_items.attempts(*paid.entitlement)) == [paid]


def test_of_many_who_settle_an_item_one_does(store, do, sent):
    first, _ = items(do, sent)

    def settle(number):
        state = (ItemState.PAID, ItemState.RETURNED)[number % 2]
        try:
            do(lambda u: u.payout_items.settle(first, state, evidence=f"e{number}", on=DAY))
        except Rejected as error:
            return error.code
        return "settled"

    assert sorted(at_once(settle)) == ["payout_item_state"] * (THREADS - 1) + ["settled"]


def test_lists_that_race_for_the_same_people_take_each_once(do, now):
    def race(number):
        return do(lambda u: take(u, now, f"benefits/{number}", items=range(1, 6))).id

    at_once(race)

    live = [
        one.person_id
        for listed in do(lambda u: u.payouts.list())
        for one in items(do, listed, ItemState.LISTED)
    ]
    assert sorted(live) == ["P1", "P2", "P3", "P4", "P5"]


def test_sequences_have_no_gap_and_no_double_and_belong_to_a_day(do):
    def number(_):
        return do(lambda u: u.payout_batches.next_sequence("alpha", "social", DAY))

    assert sorted(at_once(number)) == list(range(1, THREADS + 1))
    other = [("beta", "social", DAY), ("alpha", "unit", DAY), ("alpha", "social", date(2026, 1, 5))]
    assert [do(lambda u, o=one: u.payout_batches.next_sequence(*o)) for one in other] == [1, 1, 1]


def test_a_batch_is_found_by_whatever_a_bank_calls_it_and_sent_once(do, now, sent):
    (made,) = do(lambda u: u.payout_batches.list(list_id=sent.id))

    def unit(uow):
        outgoing = uow.outbox.add(channel="c", file_name="F1", content_sha256=SHA, at=now)
        uow.payout_batches.built(made.id, content_sha256=SHA, outgoing_id=outgoing.id)
        return outgoing

    outgoing = do(unit)
    done = do(lambda u: u.payout_batches.sent(outgoing.id, at=now))

    assert (done.state, done.sent_at) == (BatchState.SENT, now)
    assert do(lambda u: u.payout_batches.sent(outgoing.id, at=now)) is None
    for find in (
        lambda u: u.payout_batches.of_message("alpha", "M1"),
        lambda u: u.payout_batches.of_file("alpha", "F1"),
        lambda u: u.payout_batches.of_sequence("alpha", PayoutKind.SOCIAL, DAY, 1),
        lambda u: u.payout_batches.of_outgoing(outgoing.id),
    ):
        assert do(find) == done
    with pytest.raises(Rejected) as found:
        do(lambda u: u.payout_batches.built(made.id, content_sha256=SHA, outgoing_id=outgoing.id))
    assert found.value.code == "payout_batch_changed"


def test_a_number_that_was_not_given_is_a_bug(do, now, sent):
    with pytest.raises(ValueError, match="allocated"):
        do(lambda u: batch(u, sent, now, sequence=1))


def test_stops_hold_until_somebody_lifts_them(do, now):
    stop = Stop(person_id="P1", benefit="养老金", reason="MD07", evidence="inbox:1", at=now)
    for _ in range(2):
        do(lambda u: u.payout_checks.stop(stop))

    first = do(lambda u: take(u, now))
    assert [one.state for one in items(do, first)] == [ItemState.REFUSED, ItemState.LISTED]
    assert do(lambda u: u.payout_checks.lift("P1", person="李强", at=now)) == 1
    second = do(lambda u: take(u, now, "benefits/2", items=(1,)))
    assert [one.state for one in items(do, second)] == [ItemState.LISTED]


def test_a_repair_is_of_a_returned_attempt_only(do, now, sent):
    first, _ = items(do, sent)
    returned = do(lambda u: u.payout_items.settle(first, ItemState.RETURNED, evidence="e", on=DAY))
    with pytest.raises(Rejected, match="paid"):  # what came back stays back
        do(lambda u: u.payout_items.settle(returned, ItemState.PAID, evidence="e", on=DAY))
    good = {"attempt": 2, "repairs_id": returned.id}
    for n, (number, facts) in enumerate(
        [(1, good | {"amount_fen": 11}), (1, good | {"attempt": 3}), (3, good), (1, good)]
    ):
        listed = do(lambda u, n=n, i=number, f=facts: take(u, now, f"r/{n}", items=(i,), **f))
        wanted = ItemState.LISTED if n == 3 else ItemState.REFUSED
        assert [one.state for one in items(do, listed)] == [wanted]


def test_missing_things_are_refused(do):
    for find, code in (
        (lambda u: u.payouts.get(9), "payout_list_missing"),
        (lambda u: u.payout_items.get(9), "payout_item_missing"),
        (lambda u: u.payout_batches.get(9), "payout_batch_missing"),
    ):
        with pytest.raises(Rejected) as found:
            do(find)
        assert found.value.code == code
