"""Where the money is, by region and month; and what `hub verify` finds when a row is changed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from hub.flows.transfer_balance import RegionMonth, by_region
from tests.answers import answer, line
from tests.flows.test_transfer_receive import credit, suspense
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices

FEN = 1_234_567


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """One case done, one on its way, one returned by the bank; one credit nobody knows."""
    new, old = made = paying_offices(tmp_path_factory.mktemp("balance"), HANGZHOU, CHENGDU)
    items = old.remit(*(offered(new, old, FEN + number, number) for number in range(3)))
    carry(*made)
    credit(new, narrative="ZY000001-1")
    new.continue_(new.case(0))
    carry(*made)
    answer(old, [line(items[0], 7), line(items[1], 7), line(items[2], 6, "户名不符")])
    carry(*made)
    credit(new, "LS002", 77)
    yield made
    for one in made:
        one.store.close()


def test_sent_is_confirmed_on_its_way_or_returned(two):
    new, old = two
    assert by_region(old.services) == [
        RegionMonth(
            region=HANGZHOU, month=202611, sent_fen=3 * FEN + 3, confirmed_fen=FEN,
            on_its_way_fen=FEN + 1, returned_fen=FEN + 2,
        )
    ]  # fmt: skip
    assert by_region(old.services, month=202610) == []
    assert suspense(new) == [77]


def test_received_is_joined_in_suspense_or_sent_back(two):
    new, _ = two
    assert by_region(new.services, month=202611) == [
        RegionMonth(region="-", month=202611, received_fen=77, suspense_fen=77),
        RegionMonth(region=CHENGDU, month=202611, received_fen=FEN, joined_fen=FEN),
    ]


@pytest.mark.parametrize(
    ("side", "change", "undo", "check"),
    [
        (1, "UPDATE transfer_remittances SET state = 'returned' WHERE id = 2",
         "UPDATE transfer_remittances SET state = 'paid' WHERE id = 2", "transfer_sent"),
        (1, "UPDATE transfer_remittances SET amount_fen = amount_fen + 1 WHERE id = 1",
         "UPDATE transfer_remittances SET amount_fen = amount_fen - 1 WHERE id = 1",
         "transfer_payments"),
        (0, "UPDATE transfer_receipts SET turn = 9 WHERE id = 1",
         "UPDATE transfer_receipts SET turn = 1 WHERE id = 1", "transfer_credits"),
        (0, "UPDATE transfer_receipts SET amount_fen = 78 WHERE id = 2",
         "UPDATE transfer_receipts SET amount_fen = 77 WHERE id = 2", "transfer_received"),
    ],
)  # fmt: skip
def test_verify_names_what_does_not_hold(two, side, change, undo, check):
    office = two[side]
    assert office.breaches() == []
    with office.store._engine.begin() as connection:
        connection.execute(text(change))
    assert check in [name for name, _ in office.breaches()]
    with office.store._engine.begin() as connection:
        connection.execute(text(undo))
    assert office.breaches() == []
