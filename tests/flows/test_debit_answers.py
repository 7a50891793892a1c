"""What banks say of direct debits: collected, failed, unknown, reversed, and what the books say."""

from __future__ import annotations

from itertools import permutations

import pytest

from hub.domain.discrepancy import Event, State
from hub.domain.payout import BatchState, ItemState, ListState
from hub.flows.payout_answers import remap
from hub.flows.payout_decision import decide
from hub.flows.verify import verify
from tests import payouts
from tests.answers import answer, camt054, line, pacs004, pain002, send_xml
from tests.debits import (
    batches_of,
    booked,
    debit,
    items_of,
    list_bytes,
    of_debits,
    reading,
    row,
    states_of,
)

PAID, FAILED, REVERSED, UNKNOWN = (
    ItemState.PAID.value, ItemState.FAILED.value, ItemState.REVERSED.value,
    ItemState.UNKNOWN.value,
)  # fmt: skip


@pytest.fixture
def listed(office):
    return debit(office, [row(1), row(2), row(3)])


def alive(office, event):
    return [d for d in office.discrepancies(event) if d.state is not State.CLOSED]


def broken(office):
    return [one.name for one in verify(office.services) if not one.ok]


def test_collected_failed_and_reversed_each_have_their_end_and_their_voucher(office, listed):
    one, two, three = items_of(office, listed)

    answer(
        office, [line(one, "7"), line(two, "6", "余额不足"), line(three, "7")], "1", bank="gamma"
    )
    answer(office, [line(three, "8", "余额不足", reference="R3")], "2", bank="gamma")

    assert states_of(office, listed) == [PAID, FAILED, REVERSED]
    assert booked(office) == [
        ("debit.collected", one.amount_fen + three.amount_fen, "收入户存款"),
        ("debit.reversed", three.amount_fen, "收入户存款"),
    ]
    failed = items_of(office, listed)[1]
    assert (failed.outcome_code, failed.outcome_raw) == ("AM04", "余额不足")
    assert failed.outcome_version == office.services.catalog.partner("gamma").sha256
    assert failed.evidence.startswith("inbox:")
    with reading(office) as uow:
        assert uow.payouts.get(listed.id).state is ListState.CLOSED
    assert broken(office) == []


def test_the_desk_is_told_why_and_what_to_do(office, listed):
    one, two, _ = items_of(office, listed)

    answer(office, [line(one, "6", "余额不足"), line(two, "6", "收款人死亡")], bank="gamma")

    found = {d.difference.note: d.owner for d in alive(office, Event.DEBIT_FAILED)}
    assert found == {
        "AM04 付款账户余额不足：下一银行工作日再次扣款": "保险费征缴",
        "MD07 付款人已死亡：停止代扣，不再扣款": "保险费征缴",
    }
    assert alive(office, Event.PAYOUT_RETURNED) == []
    assert "debit.stopped" in office.events()
    assert "benefit.stopped" not in office.events()


def test_a_code_that_no_map_knows_holds_the_debit_until_the_map_is_complete(office, listed):
    one, *_ = items_of(office, listed)

    answer(office, [line(one, "6", "没见过的话")], bank="gamma")

    assert states_of(office, listed)[0] == UNKNOWN
    assert len(alive(office, Event.ANSWER_CODE)) == 1
    assert remap("gamma", person="李甲", services=of_debits(office)) == (0, 1)


def test_an_unknown_outcome_locks_until_the_bank_knows_or_two_people_do(office, listed):
    one, two, _ = items_of(office, listed)
    answer(office, [line(one, "9"), line(two, "9")], "1", bank="gamma")
    again = debit_again(office, [row(1), row(2)])

    answer(office, [line(one, "7")], "2", bank="gamma")
    services = of_debits(office)
    decide(two.id, ItemState.PAID, person="李甲", reason="电话问过", services=services)
    decide(two.id, ItemState.PAID, person="王乙", reason="对过账", services=services)

    assert again == "refused"  # while it was unknown nobody could be debited again
    assert states_of(office, listed)[:2] == [PAID, PAID]
    assert [event for event, *_ in booked(office)] == ["debit.collected"] * 2
    assert broken(office) == []


def debit_again(office, rows):
    received = office.send("contributions-in", "DSMX_20261124_009.csv", list_bytes(rows))
    office.work()
    with reading(office) as uow:
        return uow.payouts.of_inbox(received.id).state.value


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_answers_does_not_matter(tmp_path, order):
    from tests.answers import answering_office

    office = answering_office(tmp_path / "o")
    listed = debit(office, [row(1)])
    (item,) = items_of(office, listed)
    said = [line(item, "9"), line(item, "7"), line(item, "8", "余额不足", reference="R1")]

    for number in order:
        answer(office, [said[number]], str(number), bank="gamma")

    assert states_of(office, listed) == [REVERSED]
    back = {event: fen for event, fen, _ in booked(office)}
    assert back == {"debit.collected": item.amount_fen, "debit.reversed": item.amount_fen}
    assert broken(office) == []
    office.store.close()


def test_success_and_failure_of_one_debit_contradict_and_nothing_stays_booked(office, listed):
    one, *_ = items_of(office, listed)

    answer(office, [line(one, "7")], "1", bank="gamma")
    answer(office, [line(one, "6", "余额不足")], "2", bank="gamma")

    assert states_of(office, listed)[0] == FAILED
    assert len(alive(office, Event.ANSWER_CONTRADICTS)) == 1
    assert [fen for _, fen, _ in booked(office)] == [one.amount_fen] * 2
    assert broken(office) == []


def test_the_same_answer_twice_is_one(office, listed):
    one, *_ = items_of(office, listed)

    answer(office, [line(one, "7")], "1", bank="gamma")
    answer(office, [line(one, "7")], "2", bank="gamma", agency="SB001")

    assert len(booked(office)) == 1


def test_another_amount_settles_nothing(office, listed):
    one, *_ = items_of(office, listed)

    answer(office, [line(one, "7", amount_fen=1)], bank="gamma")

    assert states_of(office, listed)[0] == "in_flight"
    assert len(alive(office, Event.RETURN_DIFFERS)) == 1
    assert booked(office) == []
    assert broken(office) == []


def test_payments_and_debits_in_one_file_are_told_apart(office, listed):
    one, *_ = items_of(office, listed)
    paid = payouts.pay(office, [payouts.row(1, bank="gamma")])
    with office.store.read() as uow:
        (payment,) = uow.payout_items.of_batch(paid[0].id)

    answer(office, [line(payment, "7"), line(one, "7")], bank="gamma")

    with office.store.read() as uow:
        assert uow.payout_items.get(payment.id).state is ItemState.PAID
    assert states_of(office, listed)[0] == PAID
    assert alive(office, Event.ANSWER_STRAY) == []
    assert {event for event, *_ in booked(office)} == {"payout.released", "debit.collected"}


def test_an_account_that_fits_a_payment_and_a_debit_holds_both(office, listed):
    one, two, _ = items_of(office, listed)
    (batch,) = payouts.pay(
        office, [payouts.row(1, bank="gamma", account_no=one.account_no, amount_fen=one.amount_fen)]
    )
    lines = [f"{item.account_no}|{item.amount_fen}|户名不符\n" for item in (one, two)]

    office.send("gamma-in", "ZH_20261124.txt", "".join(lines).encode())
    office.work()

    assert states_of(office, listed) == [UNKNOWN, FAILED, "in_flight"]
    with office.store.read() as uow:
        assert [i.state.value for i in uow.payout_items.of_batch(batch.id)] == [UNKNOWN]
    assert len(alive(office, Event.ANSWER_STRAY)) == 1
    assert len(alive(office, Event.DEBIT_UNKNOWN)) == len(alive(office, Event.PAYOUT_UNKNOWN)) == 1
    assert broken(office) == []


class TestIso:
    @pytest.fixture
    def listed(self, office):
        return debit(office, [row(1, bank="delta"), row(2, bank="delta"), row(3, bank="delta")])

    def test_pain_002_speaks_of_each_debit_and_of_the_rest(self, office, listed):
        one, two, three = items_of(office, listed)
        (batch,) = batches_of(office, listed)

        report = pain002(
            batch.message_id, group="ACSC",
            items=[(one.end_to_end_id, "RJCT", "AM04", ""), (two.end_to_end_id, "ACSC", None, "")],
        )  # fmt: skip
        send_xml(office, "ZT_1.xml", report, bank="delta")

        assert states_of(office, listed) == [FAILED, PAID, PAID]
        (batch,) = batches_of(office, listed)
        assert batch.state is BatchState.CLOSED
        assert booked(office) == [
            ("debit.collected", two.amount_fen + three.amount_fen, "收入户存款")
        ]

    def test_credits_of_a_statement_collect_and_debits_give_back(self, office, listed):
        one, *_ = items_of(office, listed)
        came = [(one.end_to_end_id, one.amount_fen, "", "A1"), ("FOREIGN1", 55, "", "A2")]
        no_return = "<RtrInf><Rsn><Cd></Cd></Rsn></RtrInf>"
        content = camt054(came, message="C1").replace(no_return, "")
        back = camt054(
            [(one.end_to_end_id, one.amount_fen, "MD06", "B1"), ("FOREIGN2", 7, "AC04", "B2")],
            message="C2",
        ).replace("CRDT", "DBIT")

        send_xml(office, "CR_1.xml", content, bank="delta")
        first = states_of(office, listed)
        send_xml(office, "CR_2.xml", back, bank="delta")

        assert first == [PAID, "in_flight", "in_flight"]
        assert states_of(office, listed) == [REVERSED, "in_flight", "in_flight"]
        assert items_of(office, listed)[0].outcome_code == "MD06"
        assert alive(office, Event.ANSWER_STRAY) == []  # others' money on our account is no answer
        assert broken(office) == []

    def test_pacs_004_reverses_and_what_nobody_asked_for_is_shown(self, office, listed):
        one, *_ = items_of(office, listed)
        returns = [(one.end_to_end_id, one.amount_fen, "MD06", "R1"), ("NOBODY", 5, "AC04", "R2")]

        send_xml(office, "TH_1.xml", pacs004(returns), bank="delta")

        assert states_of(office, listed)[0] == REVERSED
        assert len(alive(office, Event.ANSWER_STRAY)) == 1
