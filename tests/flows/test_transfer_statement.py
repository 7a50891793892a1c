"""Credits are taken from a statement that came in: those of transfers, each once."""

from __future__ import annotations

import pytest

from hub.domain.facts import Source
from hub.domain.transfer_receipt import ReceiptState as R
from hub.errors import Rejected
from hub.flows.transfer_statement import take_statement
from tests.flows.test_transfer_receive import suspense
from tests.lists import channel_of, list_bytes, list_name
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices

FEN = 1_234_567


@pytest.fixture
def two(tmp_path):
    made = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    yield made
    for one in made:
        one.store.close()


def statement(office, *lines, sequence=1, source=Source.CREDITS):
    """Send the bank's statement of (number, fen, words, insurance); return the received file."""
    day = office.services.today()
    rows = [
        {"deposit_no": number, "insurance_kind": kind, "amount_fen": fen, "credited_on": day,
         "narrative": words}
        for number, fen, words, kind in lines
    ]  # fmt: skip
    received = office.send(
        channel_of(source), list_name(source, day, sequence), list_bytes(source, rows)
    )
    office.work()
    return received


def take(office, received, **values):
    return take_statement(received.id, person="钱财", services=office.services, **values)


def test_lines_about_transfers_are_entered_once_and_find_their_case(two):
    new, old = two
    old.remit(offered(new, old, FEN))
    carry(*two)
    received = statement(
        new,
        ("S1", 9_000, "社保费 11 月", "pension"),
        ("S2", FEN, "转移 ZY000001-1", "pension"),
        ("S3", 500, "养老转入 李四", ""),
    )
    taken = take(new, received, fund="pension")
    assert [one.receipt.state for one in taken.entered] == [R.JOINED, R.HELD]
    assert [one.receipt.source for one in taken.entered] == [
        f"inbox:{received.id}/line:3", f"inbox:{received.id}/line:4",
    ]  # fmt: skip
    assert (taken.known, taken.others, suspense(new)) == (0, 1, [500])
    again = take(new, received, fund="pension")
    assert (again.entered, again.known) == ((), 2)
    assert take(new, received, words=("无",)).others == 3
    assert new.breaches() == []


def test_what_is_no_statement_or_names_no_insurance_is_refused(two):
    new, _ = two
    received = statement(new, ("S1", 500, "转移", ""))
    with pytest.raises(Rejected) as found:
        take(new, received)
    assert (found.value.code, found.value.facts["field"]) == ("receipt_unreadable", "fund")
    other = new.send("tax-in", "x.txt", b"?")
    with pytest.raises(Rejected) as found:
        take(new, other)
    assert found.value.code == "receipt_no_statement"
    assert new.receipts() == []
