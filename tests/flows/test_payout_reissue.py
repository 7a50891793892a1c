"""A returned payment is paid again once, approved by others, pointing at what it repairs."""

from __future__ import annotations

import pytest

from hub.domain.correction import Correction
from hub.domain.payout import BatchState, ItemState, ListState
from hub.domain.voucher import Document
from hub.errors import Rejected
from hub.flows.bookkeeping import book
from hub.flows.payout_approval import cancel, sign
from hub.flows.payout_progress import note_progress
from hub.flows.payout_reissue import draft_reissue
from hub.flows.payout_release import release
from tests.payouts import account, approve, codes_of, items_of, pay, row, sent_files, take_list


def book_back(office, item, uow):
    """Book what came back, as the flow of answers does; without it the lane would stop."""
    paper = office.services.archive.put_bytes(b"return").sha256
    book(
        uow, "payout.returned", subject=f"payout_batch:{item.batch_id}/back/{item.id}",
        fund="pension", amount_fen=item.amount_fen, on=office.services.today(),
        documents=[Document(name="银行退款凭证", sha256=paper)], books=office.services.books,
        at=office.services.now(), facts={"title": "t", "benefit": "b", "bank": item.bank},
    )  # fmt: skip


def settle(office, item, state):
    at = office.services.now()

    def unit(uow):
        done = uow.payout_items.settle(item, state, evidence="inbox:9/line:1", on=at.date())
        note_progress(item.batch_id, uow, at=at)
        if state is ItemState.RETURNED:
            book_back(office, item, uow)
        return done

    return office.store.transact(unit)


def paid_items(office, rows, sequence=1):
    (batch,) = pay(office, rows, sequence)
    with office.store.read() as uow:
        return list(uow.payout_items.of_batch(batch.id))


def reissue(office, *items, person="张发", **changes):
    corrections = [Correction(item_id=one.id, **changes) for one in items]
    return draft_reissue(corrections, person=person, services=office.services)


@pytest.fixture
def returned(office):
    items = paid_items(office, [row(1), row(2)])
    return settle(office, items[0], ItemState.RETURNED)


def test_a_returned_item_is_paid_again_with_what_was_corrected(office, returned):
    payout = reissue(office, returned, account_no=account(77))
    (again,) = items_of(office, payout)

    assert (payout.state, payout.made_by, payout.item_count) == (ListState.CHECKED, "张发", 1)
    assert (again.attempt, again.repairs_id) == (2, returned.id)
    assert (again.entitlement, again.amount_fen) == (returned.entitlement, returned.amount_fen)
    assert again.account_no == account(77)
    assert again.end_to_end_id != returned.end_to_end_id

    approve(office, payout)
    release(payout.id, person="赵出", services=office.services)
    office.work()
    assert again.end_to_end_id.encode() in sent_files(office)["DF_20261124_S_002.txt"]


def test_whoever_made_a_reissue_does_not_sign_it(office, returned):
    payout = reissue(office, returned)

    with pytest.raises(Rejected) as found:
        sign(payout.id, person="张 发", services=office.services)

    assert found.value.code == "payout_maker_signs"


def test_it_is_repaired_once_at_a_time(office, returned):
    first = reissue(office, returned)
    second = reissue(office, returned, account_no=account(8))

    assert second.state is ListState.REFUSED
    assert (1, "payout_item_live", True) in codes_of(office, second)

    cancel(first.id, person="王审", reason="账号仍有误", services=office.services)
    assert reissue(office, returned, account_no=account(8)).state is ListState.CHECKED


def test_a_new_list_cannot_pay_what_came_back(office, returned):
    payout = take_list(office, [row(1), row(5)], sequence=2)

    assert codes_of(office, payout) == [(1, "payout_item_returned_before", True)]


@pytest.mark.parametrize("state", [None, ItemState.PAID, ItemState.UNKNOWN])
def test_without_a_return_there_is_no_reissue(office, state):
    (item,) = paid_items(office, [row(1)])
    if state is not None:
        item = settle(office, item, state)

    with pytest.raises(Rejected) as found:
        reissue(office, item)

    assert found.value.code == "payout_not_returned"


def test_an_unknown_outcome_locks_the_entitlement_until_it_is_proved(office):
    (item,) = paid_items(office, [row(1)])
    unknown = settle(office, item, ItemState.UNKNOWN)
    other = take_list(office, [row(1, amount_fen=1)], sequence=2)
    assert codes_of(office, other) == [(1, "payout_item_live", True)]

    returned = settle(office, unknown, ItemState.RETURNED)
    assert reissue(office, returned).state is ListState.CHECKED


def test_a_third_attempt_repairs_the_second(office, returned):
    payout = approve(office, reissue(office, returned))
    release(payout.id, person="赵出", services=office.services)
    office.work()
    second = settle(office, items_of(office, payout)[0], ItemState.RETURNED)

    assert reissue(office, returned).state is ListState.REFUSED  # the first is not the last
    third = reissue(office, second)
    assert [one.attempt for one in items_of(office, third)] == [3]


def test_a_list_that_mixes_funds_or_is_empty_is_not_made(office, returned):
    (other,) = paid_items(office, [row(7, fund="medical")], sequence=2)
    other = settle(office, other, ItemState.RETURNED)

    with pytest.raises(Rejected) as mixed:
        reissue(office, returned, other)
    with pytest.raises(Rejected) as empty:
        reissue(office)

    assert (mixed.value.code, empty.value.code) == ("payout_reissue_mixed", "payout_reissue_empty")


def test_a_batch_and_its_list_close_when_every_outcome_is_known(office):
    first, second = paid_items(office, [row(1), row(2)])
    settle(office, first, ItemState.PAID)
    with office.store.read() as uow:
        assert uow.payout_batches.get(first.batch_id).state is BatchState.ANSWERED

    settle(office, second, ItemState.RETURNED)
    with office.store.read() as uow:
        assert uow.payout_batches.get(first.batch_id).state is BatchState.CLOSED
        assert uow.payouts.get(first.list_id).state is ListState.CLOSED


def test_an_outcome_is_not_taken_back(office, returned):
    for state in (ItemState.PAID, ItemState.UNKNOWN, ItemState.IN_FLIGHT):
        with pytest.raises(Rejected) as found:
            settle(office, returned, state)
        assert found.value.code == "payout_item_state"
