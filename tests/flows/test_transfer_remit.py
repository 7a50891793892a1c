"""The money of a month end: listed, signed, sent, told, sent back by the bank, paid again."""

from __future__ import annotations

import pytest

from hub.domain.correction import Correction
from hub.domain.discrepancy import Event
from hub.domain.payout import ItemState
from hub.domain.region_directory import Kind as Entry
from hub.domain.transfer_facts import Announced, Funds, Voided
from hub.domain.transfer_kinds import Kind
from hub.domain.transfer_remittance import RemittanceState as R
from hub.domain.transfer_state import TransferState as S
from hub.errors import Rejected
from hub.flows import transfer_remit as remit
from hub.flows import transfer_talk as talk
from hub.flows.payout_approval import cancel, sign
from hub.flows.payout_release import release
from tests.answers import answer, line
from tests.payouts import account, approve, items_of
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices
from tests.transfers import ACCOUNT

FEN = 1_234_567


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


def states(office):
    return [one.state for one in office.remittances()]


def test_promised_money_is_listed_signed_paid_and_told_person_by_person(two):
    new, old = two
    cases = [offered(new, old, FEN + number, number) for number in range(3)]
    listed = remit.fund_list(old.services, counterpart=HANGZHOU)
    assert [(one.owed.case.id, one.owed.amount_fen, one.why_not) for one in listed] == [
        (case.id, FEN + number, None) for number, case in enumerate(cases)
    ]
    assert all(one.account.no == ACCOUNT["account_no"] for one in listed)

    items = old.remit(*cases)
    assert [(one.state, one.benefit, one.account_name) for one in items] == [
        (ItemState.IN_FLIGHT, f"转移基金 ZY00000{n}", f"{HANGZHOU} 财政专户") for n in (1, 2, 3)
    ]
    assert states(old) == [R.SENT] * 3
    assert remit.fund_list(old.services) == []
    assert [old.case(number).state for number in range(3)] == [S.SENT] * 3
    carry(*two)
    told = [new.case(number).first(Announced) for number in range(3)]
    assert [(one.number, one.amount_fen) for one in told] == [
        (f"ZY00000{number + 1}-1", FEN + number) for number in range(3)
    ]
    answer(old, [line(one, 7) for one in items])
    assert states(old) == [R.PAID] * 3
    assert old.booked() == [("transfer.released", FEN + number) for number in range(3)]
    assert old.breaches() == []


def test_what_the_bank_sends_back_comes_back_to_the_case_and_is_paid_again(two):
    new, old = two
    case = offered(new, old, FEN)
    (item,) = old.remit(case)
    carry(*two)
    answer(old, [line(item, 6, "户名不符")])

    assert states(old) == [R.RETURNED]
    assert old.case().state is S.OFFERED
    (work,) = old.discrepancies(Event.PAYOUT_RETURNED)
    assert work.owner == "保险关系管理"  # 退单复印件送关系管理
    carry(*two)
    assert new.case().valid(Announced) == ()
    assert remit.fund_list(old.services) == []  # it is corrected, not listed once more
    assert refused(lambda: old.remit(case)) == "remittance_exists"

    services = old.services
    correction = Correction(item_id=0, account_no=account(50))
    again = remit.correct(1, correction, person="郑编", services=services)
    assert refused(lambda: sign(again.id, person="郑编", services=services)) == "payout_maker_signs"
    approve(old, again)
    release(again.id, person="赵出", services=services)
    old.work()
    (second,) = items_of(old, again)
    assert (second.attempt, second.benefit) == (2, item.benefit)
    carry(*two)
    assert [one.number for one in new.case().valid(Announced)] == ["ZY000001-2"]
    answer(old, [line(second, 7)], "2")
    assert (states(old), old.case().state) == ([R.PAID], S.SENT)
    assert [event for event, _ in old.booked()] == [
        "transfer.released", "transfer.returned", "transfer.reissued",
    ]  # fmt: skip
    assert old.balances() == {"转移支出": FEN, "支出户存款": -FEN}
    assert old.breaches() == []


def test_a_return_after_the_case_has_ended_still_comes_back_to_it(two):
    new, old = two
    case = offered(new, old, FEN)
    (item,) = old.remit(case)
    answer(old, [line(item, 7)])
    carry(*two)
    new.continue_(new.funds(new.case(), "DZ-1", FEN))
    carry(*two)
    talk.close(case.id, person="周受", services=old.services)
    assert old.case().state is S.CLOSED
    answer(old, [line(item, 8, "账户已销户", on="20261125")], "2")

    assert states(old) == [R.RETURNED]
    assert [one.target for one in old.case().all(Voided)] == ["funds:ZY000001-1"]
    assert len(old.discrepancies(Event.PAYOUT_RETURNED)) == 1
    assert old.breaches() == []


def test_a_cancelled_form_leaves_the_money_promised(two):
    new, old = two
    case = offered(new, old, FEN)
    payout = remit.draft([case.id], bank="甲银行", person="郑编", services=old.services)
    assert (
        refused(lambda: remit.draft([case.id], bank="alpha", person="郑编", services=old.services))
        == "remittance_exists"
    )
    cancel(payout.id, person="郑编", reason="重做", services=old.services)
    assert states(old) == [R.CANCELLED]
    assert old.case().all(Funds) == ()
    assert len(remit.fund_list(old.services)) == 1
    old.remit(case)
    assert states(old) == [R.CANCELLED, R.SENT]
    assert old.breaches() == []


def test_a_form_that_is_wanted_back_is_neither_signed_nor_released(two):
    new, old = two
    case = offered(new, old, FEN)
    payout = remit.draft([case.id], bank="alpha", person="郑编", services=old.services)
    approve(old, payout)
    form = old.case().form
    talk.invalidate(case.id, form.key, "金额有误", person="周受", services=old.services)
    assert (
        refused(lambda: release(payout.id, person="赵出", services=old.services))
        == "remittance_not_due"
    )


def test_money_does_not_go_to_an_account_that_letter_and_directory_disagree_about(two):
    new, old = two
    case = offered(new, old, FEN)
    other = {**ACCOUNT, "account_no": account(9), "fund": "pension", "account_name": "他户"}
    old.enter(Entry.ACCOUNT, HANGZHOU, other)
    (one,) = remit.fund_list(old.services)
    assert one.why_not == "remittance_account_differs"
    assert refused(lambda: old.remit(case)) == "remittance_account_differs"
    assert old.remittances() == []


def test_a_form_is_of_one_fund_and_of_what_is_owed(two):
    new, old = two
    pension = offered(new, old, FEN)
    medical = offered(new, old, 98_700, 1, kind=Kind.MEDICAL)
    assert refused(lambda: old.remit(pension, medical)) == "remittance_funds_mixed"
    old.remit(medical)
    assert refused(lambda: old.remit(pension, medical)) == "remittance_nothing_due"
    assert refused(old.remit) == "remittance_nothing_due"
