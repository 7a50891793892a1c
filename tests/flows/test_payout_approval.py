"""The approval form: different people, bound to what they saw, void when it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from hub.domain.payout import ItemState, ListState
from hub.errors import Rejected
from hub.flows.payout_approval import cancel, decline, sign
from hub.flows.payout_release import release
from tests.payouts import approve, items_of, row, sent_files, take_list


@pytest.fixture
def payout(office):
    return take_list(office, [row(1), row(2)])


def tamper(office, change):
    with office.store._engine.begin() as connection:
        connection.execute(text(change))


def of(office, payout):
    with office.store.read() as uow:
        return uow.payouts.get(payout.id)


def test_two_people_approve_a_list_one_after_the_other(office, payout):
    once = sign(payout.id, person="李初", services=office.services)
    twice = sign(payout.id, person="王审", services=office.services)

    assert (once.state, twice.state) == (ListState.REVIEWED, ListState.APPROVED)
    assert [one.person for one in twice.approval.signatures] == ["李初", "王审"]
    assert office.events()[-2:] == ["payout.signed", "payout.signed"]


def test_three_people_sign_a_large_list(office):
    large = take_list(office, [row(1, amount_fen=100_000_000)])

    assert approve(office, large, ("李初", "周核")).state is ListState.REVIEWED
    assert approve(office, large, ("王审",)).state is ListState.APPROVED


@pytest.mark.parametrize("again", ["李初", "李 初", " 李初 "])
def test_nobody_signs_twice(office, payout, again):
    sign(payout.id, person="李初", services=office.services)

    with pytest.raises(Rejected) as found:
        sign(payout.id, person=again, services=office.services)

    assert found.value.code == "approval_same_person"


def test_who_looked_at_something_else_does_not_sign_this(office, payout):
    with pytest.raises(Rejected) as found:
        sign(payout.id, person="李初", digest="0" * 64, services=office.services)

    assert found.value.code == "payout_digest_differs"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payout_items SET account_no = '6222020000000000999' WHERE item_no = 1",
        "UPDATE payout_items SET amount_fen = amount_fen + 1 WHERE item_no = 2",
        "UPDATE payout_items SET bank = 'beta' WHERE item_no = 2",
        "UPDATE payout_items SET state = 'cancelled' WHERE item_no = 2",
    ],
)
def test_any_change_voids_the_approval(office, payout, change):
    approve(office, payout)
    tamper(office, change)

    with pytest.raises(Rejected) as found:
        release(payout.id, person="赵出", services=office.services)

    now = of(office, payout)
    assert found.value.code == "payout_approval_void"
    assert (now.state, now.approval.signatures) == (ListState.CHECKED, ())
    assert now.digest != payout.digest
    assert "payout.voided" in office.events()
    assert sent_files(office) == {}
    assert approve(office, payout).state is ListState.APPROVED


def test_another_layout_of_the_bank_voids_the_approval(office, payout):
    approve(office, payout)
    alpha = office.services.catalog.partners["alpha"]
    layout = replace(alpha.layouts["payout"], sha256="f" * 64)
    changed = replace(alpha, layouts={"payout": layout})
    catalog = replace(
        office.services.catalog, partners={**office.services.catalog.partners, "alpha": changed}
    )

    with pytest.raises(Rejected) as found:
        release(payout.id, person="赵出", services=replace(office.services, catalog=catalog))

    assert found.value.code == "payout_approval_void"


def test_a_declined_list_is_signed_from_the_start(office, payout):
    approve(office, payout)
    declined = decline(payout.id, person="王审", reason="金额待核", services=office.services)

    assert (declined.state, declined.approval.signatures) == (ListState.CHECKED, ())
    assert approve(office, payout, ("王审", "李初")).state is ListState.APPROVED


@pytest.mark.parametrize("signers", [(), ("李初",), ("李初", "王审")])
def test_a_list_can_be_cancelled_until_it_is_released(office, payout, signers):
    approve(office, payout, signers)

    cancelled = cancel(payout.id, person="王审", reason="月份有误", services=office.services)

    assert cancelled.state is ListState.CANCELLED
    assert {one.state for one in items_of(office, payout)} == {ItemState.CANCELLED}
    assert take_list(office, [row(1), row(2)][::-1], sequence=2).item_count == 2


def test_a_released_list_cannot_be_cancelled(office, payout):
    approve(office, payout)
    release(payout.id, person="赵出", services=office.services)

    with pytest.raises(Rejected) as found:
        cancel(payout.id, person="王审", reason="太晚", services=office.services)

    assert found.value.code == "payout_list_state"
