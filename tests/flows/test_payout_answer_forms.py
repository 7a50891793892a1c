"""Answers of every form and width: whole files, statements, contradictions, payments by account."""

from __future__ import annotations

import pytest

from hub.domain.discrepancy import Event
from hub.domain.payout import BatchState, ListState
from hub.domain.payout_answer import Effect
from hub.domain.payout_form import batch_no
from hub.store.inbox import InboxState
from tests.answers import answer, answering_office, camt054, line, pacs004, pain002, send_xml
from tests.flows.test_payout_answers import alive, effects, paid, states
from tests.payouts import account, row, take_list


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


def test_a_return_and_the_statement_that_shows_it_are_one(office):
    _, (a, *_) = paid(office)
    send_xml(office, "TH_1.xml", pacs004([(a.end_to_end_id, a.amount_fen, "AC04", "R1")]))
    assert states(office, [a]) == ["returned"]

    received = send_xml(
        office, "DZ_1.xml", camt054([(a.end_to_end_id, a.amount_fen, "AC04", "B77")])
    )

    assert received.state is InboxState.READ
    assert effects(office, received) == [Effect.CONFIRMS]
    assert office.discrepancies(Event.RETURN_TWICE) == []


def test_a_whole_file_is_rejected(office):
    (batch,), items = paid(office)

    send_xml(office, "ZT_1.xml", pain002(batch.message_id, group="RJCT", reason="FF01"))

    assert states(office, items) == ["returned"] * 3
    (work,) = alive(office, Event.PAYOUT_RETURNED)
    assert (work.owner, work.difference.count) == ("财务管理", 3)
    with office.store.read() as uow:
        assert uow.payout_batches.get(batch.id).state is BatchState.CLOSED


def test_a_wide_answer_is_for_those_that_are_not_named(office):
    (batch,), (a, b, c) = paid(office)
    named = [(b.end_to_end_id, "RJCT", "AC01", "wrong")]

    send_xml(office, "ZT_1.xml", pain002(batch.message_id, group="ACSC", items=named))

    assert states(office, (a, b, c)) == ["paid", "returned", "paid"]
    assert alive(office, Event.ANSWER_CONTRADICTS) == []


def test_paid_and_rejected_is_a_contradiction_that_people_must_settle(office):
    _, (a, b, _) = paid(office)
    answer(office, [line(a, 7), line(b, 6, "户名不符")])

    answer(office, [line(a, 6, "户名不符"), line(b, 7)], "2")

    assert states(office, (a, b)) == ["returned", "returned"]
    assert alive(office, Event.ANSWER_CONTRADICTS)[0].difference.count == 2


def test_a_death_stops_the_benefit(office):
    _, (a, *_) = paid(office)
    answer(office, [line(a, 8, "收款人死亡")])

    payout = take_list(office, [row(1, period=202612)], 2)

    assert payout.state is ListState.REFUSED
    assert payout.item_count == 0


def by_account(*items, reason="户名不符", batch_no=""):
    lines = [f"{one.account_no}|{one.amount_fen}|{reason}|{batch_no}" for one in items]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("within", [False, True])
def test_without_numbers_of_ours_account_and_amount_find_the_payment(office, within):
    (batch,), (a, b, c) = paid(office)
    number = batch_no(batch.kind, batch.business_on, batch.sequence) if within else ""
    name = "1whatever" if within else f"1{batch.file_name}"
    layout = office.services.catalog.partner("alpha").layout("result_named")
    assert layout.name == "result_named"

    office.send("alpha-in", name, by_account(b, batch_no=number))
    office.work()

    assert states(office, (a, b, c)) == ["in_flight", "returned", "in_flight"]


def test_two_payments_that_would_do_are_none(office):
    (batch,), (a, b, _) = paid(
        office, row(1), row(2, account_no=account(1), amount_fen=300_001), row(3)
    )
    assert (a.account_no, a.amount_fen) == (b.account_no, b.amount_fen)

    received = office.send("alpha-in", f"1{batch.file_name}", by_account(a, b))
    office.work()

    assert effects(office, received) == [Effect.STRAY, Effect.STRAY]
    assert alive(office, Event.ANSWER_STRAY)[0].difference.count == 2
    assert states(office, (a, b)) == ["unknown", "unknown"]  # held, see test_payout_doubt


def test_a_statement_without_returns_is_read_and_does_nothing(office):
    _, items = paid(office)

    received = send_xml(office, "DZ_1.xml", camt054([]))

    assert received.state is InboxState.READ
    assert states(office, items) == ["in_flight"] * 3
