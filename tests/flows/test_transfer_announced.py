"""Money that came before its announcement joins when that comes, if nothing is left to decide."""

from __future__ import annotations

import json

import pytest

from hub.domain.discrepancy import Action
from hub.domain.region_directory import Kind as Entry
from hub.domain.transfer_facts import Announced
from hub.domain.transfer_receipt import How
from hub.domain.transfer_receipt import ReceiptState as R
from hub.domain.transfer_state import TransferState as S
from hub.flows import resolve
from hub.flows import transfer_receive as receive
from hub.flows import transfer_send_back as back
from hub.flows.transfer_announced import RULE
from hub.flows.transfer_notes import Work, note
from tests.flows.test_transfer_receive import FEN, HELD, credit, sender, suspense
from tests.payouts import account
from tests.transfer_forms import pension_form
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices
from tests.transfers import ACCOUNT

THEIRS = account(7)  # of Chengdu, as the directory of Hangzhou has it
NUMBER = "ZY000001-1"


@pytest.fixture
def two(tmp_path):
    new, _old = made = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    facts = {**ACCOUNT, "fund": "pension", "account_no": THEIRS, "account_name": "成都财政专户"}
    new.enter(Entry.ACCOUNT, CHENGDU, facts)
    yield made
    for one in made:
        one.store.close()


def sent(new, old, amount_fen=FEN):
    """Let the old place pay; its notice is made and has not come yet."""
    old.remit(offered(new, old, amount_fen))


def early(office, number="LS001", **values):
    """Enter a credit that names a payment which nobody has announced yet: 暂收款."""
    entered = credit(office, number, **{"narrative": NUMBER, "payer_account": THEIRS, **values})
    assert entered.receipt.state is R.HELD
    return entered.receipt


def states(office):
    return [one.state for one in office.receipts()]


def test_held_money_joins_when_its_notice_comes_and_says_by_which_rule(two):
    new, old = two
    sent(new, old)
    early(new)
    assert (suspense(new), new.balances()) == ([FEN], HELD)
    carry(*two)

    (receipt,) = new.receipts()
    assert (receipt.state, receipt.joined_how) == (R.JOINED, How.REFERENCE)
    assert (receipt.case_id, receipt.confirmed_by) == (new.case().id, None)
    assert new.case().state is S.READY
    assert new.booked() == [("transfer.held", FEN), ("transfer.recognised", FEN)]
    assert (suspense(new), new.balances()) == ([], {"财政专户存款": FEN, "转移收入": -FEN})
    (noted,) = [one for one in new.entries() if one.event == "receipt.joined"]
    facts = json.loads(noted.facts)
    assert (noted.actor, noted.person, facts["rule"]) == ("hub", None, RULE)
    new.continue_(new.case())
    carry(*two)
    assert (new.case().state, old.case().state) == (S.DONE, S.DONE)
    assert (new.breaches(), old.breaches()) == ([], [])


def test_a_form_joins_held_money_that_names_the_case(two):
    new, old = two
    new.consent(new.apply("in", old))
    carry(*two)
    form = pension_form()
    early(new, narrative=f"养老 {new.case().ref}", amount_fen=form.amount_fen)
    old.offer(old.case(), form.amount_fen, form.years, items=dict(form.items))
    carry(*two)
    assert (states(new), new.case().funds_fen) == ([R.JOINED], form.amount_fen)
    assert new.breaches() == []


def test_the_same_notice_again_changes_nothing(two):
    new, old = two
    sent(new, old)
    early(new)
    messages = old.outgoing()
    new.receive(*messages)
    booked, case = new.booked(), new.case()
    new.receive(*messages)
    assert (new.booked(), new.case()) == (booked, case)
    assert new.events().count("receipt.joined") == 1
    early(new, "LS002")  # the same money once more is suspense: nothing is outstanding
    new.receive(*messages)
    assert (states(new), suspense(new)) == ([R.JOINED, R.HELD], [FEN])
    assert new.breaches() == []


@pytest.mark.parametrize(
    "values",
    [
        {"amount_fen": FEN + 1},
        {"amount_fen": FEN - 1},
        {"narrative": "张三"},
        {"narrative": f"{NUMBER}2"},
        {"payer_account": None},
        {"payer_account": account(8)},
    ],
)
def test_money_that_differs_in_anything_waits_for_people(two, values):
    new, old = two
    sent(new, old)
    early(new, **values)
    carry(*two)
    assert states(new) == [R.HELD]
    assert len(suspense(new)) == 1
    assert new.breaches() == []


def test_of_two_that_could_be_meant_none_joins(two):
    new, old = two
    sent(new, old)
    early(new)
    early(new, "LS002")
    carry(*two)
    assert states(new) == [R.HELD, R.HELD]
    assert suspense(new) == [FEN, FEN]


def test_money_that_came_before_the_case_was_approved_waits_for_people(two):
    new, old = two
    asked = new.apply("in", old)
    early(new, narrative=asked.ref)
    new.clock.advance(seconds=1)
    new.consent(asked)
    carry(*two)
    old.remit(old.offer(old.case(), FEN))
    carry(*two)
    assert (states(new), new.case().funds_fen) == ([R.HELD], 0)
    (match,) = receive.proposals(1, new.services).matches
    assert match.is_certain  # all but the approval was there


def proposed(new):
    receive.propose(1, new.case().id, person="钱财", services=new.services)


def declined(new):
    proposed(new)
    receive.decline(1, person="孙核", services=new.services)


def going_back(new):
    back.draft(1, sender(), "误汇", person="钱财", services=new.services)


def explained(new):
    (found,) = new.discrepancies()
    resolve.propose(
        found.id, action=Action.EXPLAIN, reason="正在查明", person="钱财", services=new.services
    )


def another_is_proposed(new):
    other = early(new, "LS002", narrative="张三", amount_fen=FEN + 5)
    receive.propose(other.id, new.case().id, person="钱财", services=new.services)


@pytest.mark.parametrize("begin", [proposed, declined, going_back, explained, another_is_proposed])
def test_what_somebody_has_begun_to_decide_is_left_to_people(two, begin):
    new, old = two
    sent(new, old)
    early(new)
    begin(new)
    before = new.receipts()
    carry(*two)
    assert (new.receipts(), new.case().funds_fen) == (before, 0)
    assert new.breaches() == []


def test_a_notice_that_people_typed_joins_nothing_even_with_a_signed_one_beside_it(two):
    new, old = two
    sent(new, old)
    early(new, narrative="HK-7")
    said = Announced(on=new.services.today(), number="HK-7", amount_fen=FEN)
    new.store.transact(
        lambda uow: note(
            Work(uow=uow, services=new.services, at=new.services.now(), person="周受"),
            uow.transfers.get(new.case().id, lock=True), said,
        )
    )  # fmt: skip
    carry(*two)
    assert new.case().first(Announced) is not None
    assert states(new) == [R.HELD]
