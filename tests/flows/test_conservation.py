"""Conservation: every term comes from evidence; what does not add up stops its lane only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from hub.domain.approval import Approval
from hub.domain.conservation import Breach, Conservation, Scope
from hub.domain.discrepancy import Action, Ending, Event, State
from hub.domain.payout import (
    ItemState,
    ListState,
    PayoutBatch,
    PayoutItem,
    PayoutKind,
    PayoutList,
)
from hub.domain.voucher import Document
from hub.errors import Rejected
from hub.flows import bookkeeping
from hub.flows.conservation import require_lane, watch
from hub.flows.verify import verify

AMOUNTS = (1000, 2000, 3000, 4000)
FACTS = {"title": "11月养老金", "benefit": "养老金", "bank": "icbc"}
terms = st.integers(0, 10**12)


@given(st.lists(terms, min_size=7, max_size=7), st.integers(-5, 5))
def test_a_fen_too_much_or_too_little_is_a_breach(values, off):
    names = ("paid_fen", "returned_fen", "in_flight_fen", "waiting_fen", "unknown_fen",
             "suspense_fen", "cancelled_fen")  # fmt: skip
    account = Conservation(
        scope=Scope.BATCH, id=1, fund="pension", bank="icbc", approved_fen=sum(values) + off,
        **dict(zip(names, values, strict=True)),
    )  # fmt: skip

    assert account.missing_fen == off
    assert account.breach is (None if off == 0 else Breach.TERMS)


class Payment:
    """One released list with one batch of four items, as the payout flows leave it."""

    def __init__(self, office) -> None:
        self.office, self.services = office, office.services
        self.paper = Document(name="单", sha256=office.services.archive.put_bytes(b"p").sha256)
        self.batch = office.store.transact(self._make)

    def _make(self, uow):
        at = self.services.now()
        approval = Approval(levels=2).sign("甲", at=at).sign("乙", at=at)
        listed = uow.payouts.add(
            PayoutList(
                id=0, key="k", kind=PayoutKind.SOCIAL, fund="pension", title="11月", month=202611,
                state=ListState.RELEASED, item_count=4, total_fen=sum(AMOUNTS), stated_count=4,
                stated_fen=sum(AMOUNTS), source_sha256=self.paper.sha256, added_at=at,
                approval=approval, digest="d",
            )
        )  # fmt: skip
        items = [
            PayoutItem(
                id=0, list_id=listed.id, item_no=n, person_id=f"p{n}", person_name="某",
                benefit="b", period=202611, amount_fen=fen, bank="icbc", account_no=f"a{n}",
                account_name="某", end_to_end_id=f"e{n}",
            )
            for n, fen in enumerate(AMOUNTS, start=1)
        ]  # fmt: skip
        uow.payout_items.add(items)
        uow.payout_items.accept(listed.id)
        batch = uow.payout_batches.add(
            PayoutBatch(
                id=0, list_id=listed.id, bank="icbc", kind=PayoutKind.SOCIAL, fund="pension",
                business_on=self.services.today(), sequence=1, message_id="m", file_name="f",
                item_count=4, total_fen=sum(AMOUNTS), created_at=at,
            )
        )  # fmt: skip
        uow.payout_items.assign(batch.id, list_id=listed.id, bank="icbc", first=1, last=4)
        return batch

    def book(self, event, subject, amount_fen):
        return self.office.store.transact(
            lambda uow: bookkeeping.book(
                uow, event, subject=subject, fund="pension", amount_fen=amount_fen,
                on=self.services.today(), documents=[self.paper], books=self.services.books,
                at=self.services.now(), facts=FACTS,
            )
        )  # fmt: skip

    def send(self):
        def unit(uow):
            sent = uow.outbox.add(
                channel="letters-out", file_name="f", content_sha256=self.paper.sha256,
                at=self.services.now(),
            )  # fmt: skip
            uow.payout_batches.built(
                self.batch.id, content_sha256=self.paper.sha256, outgoing_id=sent.id
            )
            uow.payout_items.move_batch(
                self.batch.id, before=ItemState.LISTED, after=ItemState.IN_FLIGHT
            )
            uow.payout_batches.sent(sent.id, at=self.services.now())

        self.office.store.transact(unit)
        self.book("payout.released", f"payout_batch:{self.batch.id}", sum(AMOUNTS))

    def settle(self, item_no, state):
        def unit(uow):
            item = next(i for i in uow.payout_items.of_batch(self.batch.id) if i.item_no == item_no)
            uow.payout_items.settle(item, state, evidence="inbox:1", on=self.services.today())

        self.office.store.transact(unit)

    def breaches(self):
        with self.office.store.read() as uow:
            every = [*uow.conservations.of_lists(), *uow.conservations.of_batches()]
        return {one.name: one.breach for one in every if one.breach}

    def by_hand(self, statement):
        with self.office.store._engine.begin() as connection:
            connection.execute(text(statement))


@pytest.fixture
def payment(office):
    return Payment(office)


def test_money_is_somewhere_at_every_step(payment):
    assert payment.breaches() == {}
    payment.send()
    assert payment.breaches() == {}
    payment.settle(1, ItemState.PAID)
    payment.settle(2, ItemState.UNKNOWN)
    payment.settle(3, ItemState.RETURNED)
    payment.book("payout.returned", f"payout_batch:{payment.batch.id}/inbox:1", 3000)

    assert payment.breaches() == {}
    with payment.office.store.read() as uow:
        (account,) = uow.conservations.of_batches(fund="pension", bank="icbc")
    assert (account.paid_fen, account.unknown_fen, account.returned_fen) == (1000, 2000, 3000)
    assert (account.in_flight_fen, account.booked_out_fen, account.booked_back_fen) == (
        4000, 10_000, 3000,
    )  # fmt: skip
    require_lane("pension", "icbc", payment.services)


def test_a_return_that_the_books_do_not_have_stops_the_lane_until_they_do(payment):
    payment.send()
    payment.settle(3, ItemState.RETURNED)

    with pytest.raises(Rejected) as found:
        require_lane("pension", "icbc", payment.services)

    assert found.value.code == "lane_stopped"
    (opened,) = payment.office.discrepancies(Event.CONSERVATION)
    assert (opened.difference.amount_fen, opened.difference.partner) == (3000, "icbc")
    require_lane("medical", "icbc", payment.services)
    require_lane("pension", "boc", payment.services)
    (check,) = [c for c in verify(payment.services) if c.name == "conservation"]
    assert check.first == f"payout_batch:{payment.batch.id} books_back 3000 fen"

    payment.book("payout.returned", f"payout_batch:{payment.batch.id}/inbox:1", 3000)
    require_lane("pension", "icbc", payment.services)
    (ended,) = payment.office.discrepancies(Event.CONSERVATION)
    assert (ended.state, ended.closed_how) == (State.CLOSED, Ending.CLEARED)


def test_a_part_that_came_back_is_suspense_and_more_than_was_paid_is_a_breach(payment):
    payment.send()
    payment.by_hand(
        "INSERT INTO inbox (channel, name, sha256, size_bytes, state, novelty, holds_name,"
        f" received_at, trace_id) VALUES ('c', 'n', '{payment.paper.sha256}', 1, 'received', 'new',"
        " 1, '2026-11-24T04:00:00.000000+00:00', 't')"
    )
    for line, fen in ((1, 400), (2, 9_700)):
        payment.by_hand(
            "INSERT INTO payout_answers (inbox_id, line, bank, form, layout, scope, standing,"
            " mapping_sha256, identity, effect, item_id, batch_id, amount_fen, at)"
            f" VALUES (1, {line}, 'icbc', 'f', 'l', 'item', 'returned', 'm', 'i{line}', 'differs',"
            f" 1, 1, {fen}, '2026-11-24T04:00:00.000000+00:00')"
        )
        with payment.office.store.read() as uow:
            (account,) = uow.conservations.of_batches()
        assert account.accounted_fen == sum(AMOUNTS)
        if line == 1:
            assert (account.suspense_fen, account.in_flight_fen, account.breach) == (
                400, 9_600, None,
            )  # fmt: skip
    assert (account.breach, account.missing_fen) == (Breach.NEGATIVE, -100)


def test_an_item_changed_past_the_hub_stops_every_bank_of_its_fund(payment):
    payment.send()
    payment.by_hand("UPDATE payout_items SET amount_fen = 1001 WHERE item_no = 1")

    assert set(payment.breaches()) == {"payout:1", f"payout_batch:{payment.batch.id}"}
    with pytest.raises(Rejected):
        require_lane("pension", "boc", payment.services)
    require_lane("medical", "boc", payment.services)


def test_a_batch_that_went_out_without_its_voucher_is_a_breach(payment):
    payment.by_hand("UPDATE payout_items SET state = 'in_flight'")
    assert payment.breaches() == {}
    payment.by_hand(
        "INSERT INTO outbox (channel, file_name, content_sha256, state, attempts, added_at,"
        f" changed_at) VALUES ('c', 'f', '{payment.paper.sha256}', 'delivered', 1, '2026', '2026')"
    )
    payment.by_hand(
        "UPDATE payout_batches SET outgoing_id = 1, state = 'sent',"
        f" content_sha256 = '{payment.paper.sha256}'"
    )
    assert payment.breaches() == {f"payout_batch:{payment.batch.id}": Breach.BOOKS_OUT}


def test_two_people_may_open_a_lane_again(payment):
    payment.send()
    payment.settle(3, ItemState.RETURNED)
    at, on = payment.services.now(), payment.services.today()
    payment.office.store.transact(lambda u: watch(u, on=on, at=at))
    (opened,) = payment.office.discrepancies(Event.CONSERVATION)

    def settle(uow):
        proposed = uow.discrepancies.get(opened.id).propose(
            Action.ACCEPT, reason="次日补记", person="甲", at=at, two_people_from_fen=0
        )
        uow.discrepancies.save(uow.discrepancies.save(proposed).confirm(person="乙", at=at))

    payment.office.store.transact(settle)

    require_lane("pension", "icbc", payment.services)
    require_lane("pension", "icbc", payment.services)
    assert payment.office.events().count("conservation.broken") == 1
