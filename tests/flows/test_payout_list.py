"""The desk's list comes in: whole or not at all, each item checked, nothing taken twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.domain.discrepancy import Event
from hub.domain.payout import ItemState, ListState, Stop
from hub.store.inbox import InboxState
from tests.payouts import account, approve, codes_of, items_of, list_bytes, person, row, take_list


def test_a_list_is_checked_with_its_totals_and_nothing_to_say(office):
    payout = take_list(office, [row(1), row(2, bank="乙银行"), row(3)])

    assert (payout.state, payout.item_count, payout.total_fen) == (ListState.CHECKED, 3, 900_006)
    assert payout.approval.levels == 2
    assert codes_of(office, payout) == []
    assert [one.bank for one in items_of(office, payout)] == ["alpha", "beta", "alpha"]
    assert "payout.checked" in office.events()


def test_larger_lists_need_more_people(office):
    payout = take_list(office, [row(1, amount_fen=100_000_000)])

    assert payout.approval.levels == 3


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"person_id": person(1)[:-1] + "Y"}, "person_id_characters"),
        ({"person_id": "12345"}, "person_id_length"),
        ({"account_no": "12"}, "bank_account_malformed"),
        ({"bank_no": "102331002061"}, "cnaps_check_digit"),
        ({"bank": "某银行"}, "payout_item_bank"),
        ({"amount_fen": 0}, "payout_amount_zero"),
        ({"account_name": "一个非常长的户名超过二十个字节"}, "field_too_wide"),
    ],
)
def test_an_item_that_cannot_be_right_is_struck_and_the_others_stay(office, values, code):
    payout = take_list(office, [row(1), row(2, **values)])

    assert (2, code, True) in codes_of(office, payout)
    assert (payout.state, payout.item_count, payout.stated_count) == (ListState.CHECKED, 1, 2)
    assert [one.state for one in items_of(office, payout)] == [
        ItemState.LISTED,
        ItemState.REFUSED,
    ]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([row(1, account_no=account(1)[:-1] + "0")], [(1, "payout_card_doubtful", False)]),
        ([row(1, account_name="王二")], [(1, "payout_name_differs", False)]),
        (
            [row(1), row(9, account_no=account(1))],
            [(1, "payout_account_other_id", False), (2, "payout_account_other_id", False)],
        ),
        (
            [row(1), row(2, account_no=account(1))],
            [(1, "payout_account_shared", False), (2, "payout_account_shared", False)],
        ),
    ],
)
def test_what_is_only_odd_is_shown_and_stays(office, rows, found):
    payout = take_list(office, rows)

    assert codes_of(office, payout) == found
    assert payout.item_count == len(rows)


def test_an_entitlement_stands_once_in_a_list(office):
    payout = take_list(office, [row(1), row(2), row(1, account_no=account(5))])

    assert codes_of(office, payout) == [(3, "payout_item_twice", True)]
    assert payout.item_count == 2


def test_the_old_and_the_new_identity_number_are_one_person(office):
    new = person(1)
    payout = take_list(office, [row(1), row(2, person_id=new[:6] + new[8:17])])

    assert (2, "payout_item_twice", True) in codes_of(office, payout)


def test_what_another_list_has_is_refused_item_by_item(office):
    first = take_list(office, [row(1)])
    second = take_list(office, [row(1), row(2)], sequence=2)
    third = take_list(office, [row(1, bank="beta")], sequence=3)

    assert codes_of(office, second) == [(1, "payout_item_live", True)]
    assert second.item_count == 1
    assert (third.state, third.item_count) == (ListState.REFUSED, 0)
    with office.store.read() as uow:
        assert uow.payout_checks.of_list(second.id, limit=9)[0].other_list_id == first.id


def test_a_bank_that_has_no_room_for_our_numbers_gets_no_look_alike_payments(office):
    alpha = office.services.catalog.partners["alpha"]
    shape = alpha.layouts["payout"].item
    bare = tuple(f for f in shape.fields if f.name not in ("item_no", "end_to_end_id"))
    records = (alpha.layouts["payout"].records[0], replace(shape, fields=bare))
    layout = replace(alpha.layouts["payout"], records=records)
    office.services.catalog.partners["alpha"] = replace(alpha, layouts={"payout": layout})

    same = {"account_no": account(1), "amount_fen": 5}
    payout = take_list(office, [row(1, **same), row(9, **same), row(2), row(3)])

    assert (2, "payout_item_indistinct", True) in codes_of(office, payout)
    assert payout.item_count == 3


def test_a_stopped_benefit_is_not_paid(office):
    stop = Stop(
        person_id=person(2), benefit=None, reason="MD07", evidence="inbox:1/line:2",
        at=office.services.now(),
    )  # fmt: skip
    office.store.transact(lambda uow: uow.payout_checks.stop(stop))

    payout = take_list(office, [row(1), row(2)])

    assert codes_of(office, payout) == [(2, "payout_item_stopped", True)]
    office.store.transact(lambda uow: uow.payout_checks.lift(person(2), person="李强", at=stop.at))
    assert take_list(office, [row(2)], sequence=2).item_count == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (list_bytes([row(1), row(2, fund="medical")]), "payout_list_mixed"),
        (list_bytes([row(1), row(2, kind="unit")]), "payout_list_mixed"),
        (list_bytes([]), "payout_list_empty"),
        (list_bytes([row(1)]) + b"social,pension\n", "cells_wrong"),
    ],
)
def test_a_list_that_is_wrong_as_a_whole_is_refused_whole(office, content, code):
    received = office.send("benefits-in", "FFMX_20261124_001.csv", content)
    office.work()

    refused = office.received(received.id)
    assert refused.state is InboxState.REFUSED
    assert code in (refused.error["code"], "cells_wrong")
    assert office.discrepancies(Event.FILE_REFUSED)
    with office.store.read() as uow:
        assert uow.payouts.list() == []


def test_the_same_file_again_pays_nothing_again(office):
    payout = take_list(office, [row(1)])
    office.send("benefits-in", "copy_FFMX_20261124_009.csv", list_bytes([row(1)]))
    office.work()

    with office.store.read() as uow:
        assert uow.payouts.list() == [payout]


def test_a_replayed_list_changes_nothing(office):
    from hub.flows.receive import replay

    payout = approve(office, take_list(office, [row(1)]))
    replay(payout.inbox_id, person="李强", services=office.services)
    office.work()

    with office.store.read() as uow:
        assert uow.payouts.list() == [payout]
