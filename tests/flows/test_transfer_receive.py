"""Credits find their case, wait in suspense for two people, or go back; each exactly once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.domain.codes import credit_code
from hub.domain.discrepancy import Event, State
from hub.domain.transfer_facts import Funds
from hub.domain.transfer_matching import Reason
from hub.domain.transfer_receipt import How
from hub.domain.transfer_receipt import ReceiptState as R
from hub.domain.transfer_state import TransferState as S
from hub.errors import Rejected
from hub.flows import transfer_receive as receive
from hub.flows import transfer_send_back as back
from hub.flows import transfer_talk as talk
from hub.flows.payout_approval import cancel, sign
from hub.flows.payout_release import release
from tests.answers import answer, line
from tests.payouts import account, approve, items_of
from tests.transfer_forms import pension_form
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices
from tests.transfers import ACCOUNT

FEN = 1_234_567
HELD = {"财政专户存款": FEN, "暂收款": -FEN}


@pytest.fixture
def two(tmp_path):
    made = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    yield made
    for one in made:
        one.store.close()


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code


def credit(office, number="LS001", amount_fen=FEN, **values):
    """Enter a credit as finance reads it on the bank's paper."""
    asked = receive.Credit(
        credit_no=number, fund="pension", amount_fen=amount_fen,
        credited_on=office.services.today(), **values,
    )  # fmt: skip
    return receive.enter(asked, person="钱财", services=office.services)


def suspense(office):
    found = office.discrepancies(Event.UNASKED_FUNDS)
    return [one.difference.amount_fen for one in found if one.state is not State.CLOSED]


def sender(**values):
    body = "12510100450717133"
    known = {
        "payee_id": body + credit_code.check_digit(body), "name": "成都社保中心",
        "account_no": account(7), "account_name": "成都财政专户", "bank": "alpha",
    }  # fmt: skip
    return back.Sender(**{**known, **values})


def test_a_credit_that_names_an_announced_payment_joins_its_case_at_once(two):
    new, old = two
    old.remit(offered(new, old, FEN))
    carry(*two)
    entered = credit(new, narrative="养老转移 ZY000001-1 张三")

    assert (entered.receipt.state, entered.receipt.joined_how) == (R.JOINED, How.REFERENCE)
    assert new.case().state is S.READY
    assert new.case().first(Funds).number == "DZ000001-1"
    assert new.booked() == [("transfer.received", FEN)]
    assert suspense(new) == []
    assert refused(lambda: credit(new, narrative="ZY000001-1")) == "receipt_exists"
    ended = new.continue_(new.case())
    carry(*two)
    assert (ended.state, old.case().state) == (S.DONE, S.DONE)
    assert (new.breaches(), old.breaches()) == ([], [])


def test_the_same_money_twice_is_suspense_the_second_time(two):
    new, old = two
    old.remit(offered(new, old, FEN))
    carry(*two)
    credit(new, narrative="ZY000001-1")
    again = credit(new, "LS002", narrative="ZY000001-1")
    assert again.receipt.state is R.HELD
    assert suspense(new) == [FEN]
    assert new.breaches() == []


def test_money_without_a_number_is_suspense_until_two_people_say_whose_it_is(two):
    new, old = two
    for number in range(2):
        offered(new, old, FEN + number, number)
    entered = credit(new, narrative="转移 张三", payer_account=ACCOUNT["account_no"])
    receipt, (best, second) = entered.receipt, entered.matches

    assert receipt.state is R.HELD
    assert best.case.id == new.case(0).id
    assert set(best.reasons) == {Reason.AMOUNT, Reason.NAME, Reason.REGION}
    assert best.score > second.score
    assert (suspense(new), new.balances()) == ([FEN], HELD)

    services = new.services
    receive.propose(receipt.id, second.case.id, person="钱财", services=services)
    assert new.balances() == HELD
    receive.decline(receipt.id, person="孙核", services=services)
    receive.propose(receipt.id, best.case.id, person="钱 财", services=services)
    same = refused(lambda: receive.confirm(receipt.id, person="钱财", services=services))
    assert same == "receipt_same_person"
    joined = receive.confirm(receipt.id, person="孙核", services=services)
    assert (joined.state, joined.joined_how, joined.case_id) == (
        R.JOINED, How.PEOPLE, best.case.id
    )  # fmt: skip
    assert new.case(0).state is S.READY
    assert (suspense(new), new.balances()) == ([], {"财政专户存款": FEN, "转移收入": -FEN})
    assert (
        refused(
            lambda: receive.propose(receipt.id, second.case.id, person="钱财", services=services)
        )
        == "receipt_state"
    )
    assert new.breaches() == []


def test_money_for_a_case_that_nobody_approved_is_suspense_however_clear_it_is(two):
    new, old = two
    asked = new.apply("in", old)
    entered = credit(new, narrative=f"{asked.ref} 张三")
    assert entered.receipt.state is R.HELD
    assert entered.matches[0].case.id == asked.id
    services = new.services
    assert (
        refused(
            lambda: receive.propose(entered.receipt.id, asked.id, person="钱财", services=services)
        )
        == "receipt_not_for_case"
    )
    new.consent(asked)
    receive.propose(entered.receipt.id, asked.id, person="钱财", services=services)
    assert receive.confirm(entered.receipt.id, person="孙核", services=services).state is R.JOINED


def test_unasked_money_goes_back_with_its_cause_and_signatures(two):
    new, _old = two
    receipt = credit(new, narrative="汇错").receipt
    services = new.services
    payout = back.draft(receipt.id, sender(), "对方误汇", person="钱财", services=services)
    assert (
        refused(
            lambda: back.draft(receipt.id, sender(), "对方误汇", person="钱财", services=services)
        )
        == "receipt_state"
    )
    assert (
        refused(lambda: sign(payout.id, person="钱财", services=services)) == "payout_maker_signs"
    )
    approve(new, payout)
    release(payout.id, person="赵出", services=services)
    new.work()
    (item,) = items_of(new, payout)
    assert (new.receipts()[0].state, suspense(new)) == (R.SENDING_BACK, [FEN])
    answer(new, [line(item, 7)])
    assert (new.receipts()[0].state, suspense(new)) == (R.SENT_BACK, [])
    assert new.booked() == [("transfer.held", FEN), ("transfer.sent_back", FEN)]
    assert new.balances() == {}
    assert new.breaches() == []

    answer(new, [line(item, 8, "账户已销户", on="20261125")], "2")  # the bank brings it again
    assert (new.receipts()[0].state, suspense(new)) == (R.SENDING_BACK, [FEN])
    assert new.balances() == HELD
    assert new.breaches() == []


def test_a_cancelled_return_leaves_the_money_in_suspense(two):
    new, old = two
    receipt = credit(new).receipt
    payout = back.draft(receipt.id, sender(), "误汇", person="钱财", services=new.services)
    cancel(payout.id, person="钱财", reason="已查明", services=new.services)
    assert new.receipts()[0].state is R.HELD
    case = new.consent(new.apply("in", old))
    receive.propose(receipt.id, case.id, person="钱财", services=new.services)
    receive.confirm(receipt.id, person="孙核", services=new.services)
    assert new.breaches() == []


def test_money_of_a_case_that_came_to_nothing_goes_through_suspense(two):
    new, old = two
    old.remit(offered(new, old, FEN))
    carry(*two)
    receipt = credit(new, narrative="ZY000001-1").receipt
    case = new.case()
    talk.refuse(case.id, "查明重复参保", person="周受", services=new.services)
    carry(*two)
    freed = back.unjoin(receipt.id, "案件终止", person="钱财", services=new.services)
    assert (freed.state, freed.turn, new.case().funds_fen) == (R.HELD, 2, 0)
    assert (suspense(new), new.balances()) == ([FEN], HELD)
    payout = back.draft(receipt.id, sender(), "案件终止", person="钱财", services=new.services)
    approve(new, payout)
    assert new.breaches() == []


def test_a_done_case_keeps_its_money(two):
    new, old = two
    old.remit(offered(new, old, FEN))
    carry(*two)
    receipt = credit(new, narrative="ZY000001-1").receipt
    new.continue_(new.case())
    assert (
        refused(lambda: back.unjoin(receipt.id, "误", person="钱财", services=new.services))
        == "receipt_case_done"
    )


def test_a_form_that_does_not_add_up_keeps_its_money_in_suspense(two):
    new, old = two
    form = pension_form()
    items = {**form.items, "pooled_fen": form.items["pooled_fen"] + 100_000}
    asked = new.apply("in", old)
    new.consent(asked)
    carry(*two)
    case = old.offer(old.case(), form.amount_fen, form.years, items=items)
    old.remit(case)
    carry(*two)
    assert credit(new, amount_fen=form.amount_fen, narrative="ZY000001-1").receipt.state is R.HELD


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("amount_fen", {"amount_fen": 0}),
        ("credit_no", {"credit_no": "  "}),
        ("fund", {"fund": "housing"}),
        ("narrative", {"narrative": "转" * 201}),
    ],
)
def test_a_credit_that_cannot_be_is_not_entered(two, field, values):
    new, _ = two
    known = receive.Credit(
        credit_no="1", fund="pension", amount_fen=1, credited_on=new.services.today()
    )
    with pytest.raises(Rejected) as found:
        receive.enter(replace(known, **values), person="钱财", services=new.services)
    assert (found.value.code, found.value.facts["field"]) == ("receipt_unreadable", field)
    assert (new.receipts(), new.booked()) == ([], [])
