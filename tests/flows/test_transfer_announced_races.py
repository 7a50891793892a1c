"""Hubs and people reach for one credit in suspense at the same time, on PostgreSQL."""

from __future__ import annotations

import pytest

from hub.domain.region_directory import Kind as Entry
from hub.domain.transfer_receipt import ReceiptState as R
from hub.errors import Rejected
from hub.flows import transfer_receive as receive
from hub.flows.region_accept import accept
from hub.flows.transfer_announced import STEP, join_announced
from tests.doubles import FrozenClock
from tests.flows.test_transfer_announced import THEIRS, early, sent
from tests.flows.test_transfer_receive import FEN, suspense
from tests.servers import open_store, postgres  # noqa: F401 -- a fixture
from tests.store.threads import THREADS, at_once
from tests.transfer_funds import CHENGDU, HANGZHOU, FundsOffice
from tests.transfers import ACCOUNT

pytestmark = pytest.mark.real


@pytest.fixture
def two(tmp_path, request):
    """Hangzhou, with PostgreSQL, and Chengdu, who know each other's keys and accounts."""
    clock = FrozenClock()
    with request.getfixturevalue("postgres").database() as url:
        new = FundsOffice(tmp_path / "new", HANGZHOU, clock, store=open_store(url))
        old = FundsOffice(tmp_path / "old", CHENGDU, clock)
        for one, other in ((new, old), (old, new)):
            one.meet(other)
            facts = {**ACCOUNT, "fund": "pension", "account_name": "财政专户"}
            one.enter(Entry.ACCOUNT, HANGZHOU, facts)
            one.enter(Entry.ACCOUNT, CHENGDU, {**facts, "account_no": THEIRS})
        yield new, old
        new.store.close()
        old.store.close()


def due(office, step):
    with office.store.read() as uow:
        found = uow.tasks.due("transfer", office.services.now(), limit=100)
    return [one for one in found if one.step == step]


def arrive(new, old):
    """Let the notice be accepted; the look at the credits that it asks for is still to be done."""
    with new.store.begin() as uow:
        at = new.services.now()
        arrived = uow.message_arrivals.take("regions", f"{HANGZHOU}.in", old.outgoing(), at=at)
        for row, _key in arrived.new:
            uow.tasks.add(queue="transfer", step="accept", subject_id=str(row), at=at)
    for task in due(new, "accept"):
        accept(task, new.services)
    (task,) = due(new, STEP)
    return task


@pytest.mark.parametrize("people", [0, THREADS // 2])
def test_a_credit_is_joined_once_or_left_to_who_was_quicker(two, people):
    new, old = two
    sent(new, old)
    credit = early(new)
    task, case = arrive(new, old), new.case()

    def reach(number):
        if number >= people:
            return join_announced(task, new.services)  # nobody refuses this one
        try:
            receive.propose(credit.id, case.id, person="钱财", services=new.services)
        except Rejected as error:
            return error.code
        return None

    refused = set(at_once(reach)) - {None}

    (found,) = new.receipts()
    assert refused <= {"receipt_changed", "receipt_state"}
    if found.state is R.PROPOSED:
        assert people
        receive.confirm(credit.id, person="孙核", services=new.services)
    assert new.booked() == [("transfer.held", FEN), ("transfer.recognised", FEN)]
    assert new.events().count("receipt.joined") == 1
    assert (new.case().funds_fen, suspense(new)) == (FEN, [])
    assert new.breaches() == []
