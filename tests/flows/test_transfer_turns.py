"""What else can become of a transfer: refused, recalled, withdrawn, forwarded, reopened, asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.domain.transfer_case import Hold
from hub.domain.transfer_kinds import Kind, Step
from hub.domain.transfer_missing import Party, What
from hub.domain.transfer_state import TransferState as S
from hub.errors import Rejected, Unavailable
from hub.flows import transfer_decide as decide
from hub.flows import transfer_desk as desk
from hub.flows import transfer_talk as talk
from hub.flows.verify import verify
from tests.transfers import AMOUNT, CHENGDU, HANGZHOU, WUHAN, carry, offices, owner


@pytest.fixture
def three(tmp_path):
    made = offices(tmp_path, HANGZHOU, CHENGDU, WUHAN)
    yield made
    for one in made:
        one.store.close()


@pytest.fixture
def asked(three):
    """The new place has asked; the old place has the case."""
    new, old, _ = three
    new.consent(new.apply("in", old))
    carry(*three)
    return new, old, old.case()


def said(office, act, case, *words, **values):
    return act(case.id, *words, person="周受", services=office.services, **values)


def code_of(act, *words, **values):
    with pytest.raises(Rejected) as refused:
        act(*words, **values)
    return refused.value.code


def test_a_refusal_ends_both_cases_and_leaves_the_relation(asked, three):
    new, old, case = asked
    said(old, talk.refuse, case, "此人已领取养老金")
    carry(*three)

    assert (new.case().state, old.case().state) == (S.REFUSED, S.REFUSED)
    assert new.case().ending.reason == "此人已领取养老金"
    assert owner(*three) == [CHENGDU]


def test_arrears_stop_the_clock_and_the_form_until_they_are_paid(asked):
    _, old, case = asked
    desk.check_arrears(case.id, 45_600, person="周受", services=old.services)
    (lack,) = old.see(case).lacks
    assert (lack.what, lack.who, lack.detail) == (What.ARREARS, Party.PERSON, "456.00")
    assert [one.is_paused for one in old.see(case).clocks if one.is_open] == [True]
    propose = {"amount_fen": 1, "person": "周受", "services": old.services}
    assert code_of(decide.propose_form, case.id, **propose) == "transfer_lacks"

    old.clock.advance(days=2)
    assert old.offer(case).state is S.OFFERED


def test_a_form_is_recalled_and_replaced(asked, three):
    new, old, case = asked
    old.offer(case, AMOUNT)
    carry(*three)
    case = old.case()
    said(old, talk.invalidate, case, case.form.key, "第 2025 年基数有误")
    assert old.case().claim.hold is Hold.LOCKED
    assert code_of(said, old, talk.refuse, case, "x") == "transfer_state"
    carry(*three)

    assert (old.case().state, old.case().claim.hold) == (S.APPLIED, Hold.HELD)
    assert (new.case().state, new.case().form) == (S.AWAITING, None)
    old.offer(old.case(), AMOUNT + 1)
    carry(*three)
    assert new.case().form.amount_fen == AMOUNT + 1


def test_a_form_is_not_given_back_once_the_relation_goes_on(asked, three):
    """The recall and the completion cross."""
    new, old, case = asked
    case = old.offer(case, 0)
    carry(*three)
    new.continue_(new.case())
    said(old, talk.invalidate, case, case.form.key, "更正")
    carry(*three)

    assert (new.case().state, old.case().state) == (S.DONE, S.DONE)
    assert owner(*three) == [HANGZHOU]
    assert "recall_answered:form:" in old.case().facts[-1].key


def test_a_request_is_taken_back_and_the_money_too(asked, three):
    new, old, case = asked
    old.funds(old.offer(case))
    carry(*three)
    new.funds(new.case())
    said(new, talk.withdraw, new.case(), "本人放弃转移")
    carry(*three)

    assert (new.case().state, old.case().state) == (S.WITHDRAWN, S.WITHDRAWN)
    assert owner(*three) == [CHENGDU]
    ((mine,), (theirs,)) = new.see(new.case()).lacks, old.see(old.case()).lacks
    assert (mine.what, mine.who) == (What.FUNDS_RETURN, Party.US)
    assert (theirs.what, theirs.who) == (What.FUNDS_RETURN, Party.COUNTERPART)
    assert code_of(said, new, talk.close, new.case()) == "transfer_lacks"
    desk.note_returned(
        new.case().id, "TK-1", AMOUNT, new.services.today(), person="钱财", services=new.services
    )
    said(new, talk.close, new.case())


def test_a_payment_that_the_bank_returned_is_sent_again(asked, three):
    new, old, case = asked
    case = old.funds(old.offer(case), "HK-1")
    carry(*three)
    said(old, talk.invalidate, case, "funds:HK-1", "银行退单：户名不符")
    carry(*three)
    (lack,) = new.see(new.case()).lacks
    assert (old.case().state, lack.what, lack.who) == (S.OFFERED, What.FUNDS, Party.COUNTERPART)
    with old.store.read() as uow:
        (unsent,) = desk.to_send(uow)
    assert (unsent.amount_fen, unsent.letter.account.no[:4]) == (AMOUNT, "1202")

    old.funds(old.case(), "HK-2")
    carry(*three)
    new.funds(new.case(), "DZ-2")
    assert new.continue_(new.case()).state is S.DONE


def test_a_question_waits_for_its_answer(asked, three):
    new, old, case = asked
    said(old, talk.clarify, case, "请提供原参保单位名称")
    carry(*three)
    (question,) = new.case().questions
    assert new.see(new.case()).lacks[-1].who is Party.US
    assert code_of(said, old, talk.reply, case, question.number, "x") == "transfer_question_unknown"

    said(new, talk.reply, new.case(), question.number, "示范制造厂")
    carry(*three)
    assert old.case().questions == ()
    assert "示范制造厂" in [getattr(one.fact, "text", "") for one in old.see(case).timeline]


def test_a_request_goes_on_to_the_office_it_belongs_to(asked, three):
    new, old, case = asked
    right = three[2]
    said(old, talk.forward, case, WUHAN, "最后参保地在武汉")
    carry(*three)

    assert old.case().state is S.FORWARDED
    assert new.case().counterpart == WUHAN
    moved = right.case()
    assert (moved.ref, moved.counterpart, moved.consent.number) == (
        case.ref, HANGZHOU, case.consent.number,
    )  # fmt: skip
    right.funds(right.offer(moved))
    carry(*three)
    new.funds(new.case())
    new.continue_(new.case())
    carry(*three)
    assert [one.case().state for one in three] == [S.DONE, S.FORWARDED, S.DONE]
    assert owner(*three) == [HANGZHOU]


def test_news_of_the_right_office_may_come_after_its_form(asked, three):
    new, old, case = asked
    right = three[2]
    said(old, talk.forward, case, WUHAN, "最后参保地在武汉")
    mail = old.outgoing()
    right.receive(*(m for m in mail if m.key.startswith(WUHAN) and m.type == "admin.forward"))
    right.offer(right.case(), 0)
    with pytest.raises(Unavailable):
        new.receive(*(m for m in right.outgoing() if m.type == "transfer.form"))
    assert new.case().form is None

    soon = new.services.now() + timedelta(seconds=5)
    with new.store.begin() as uow:
        (task,) = uow.tasks.due("transfer", new.services.now(), limit=9)
        uow.tasks.postpone(task.id, until=soon, note="as a worker does")
    new.receive(*(m for m in mail if m.key.startswith(HANGZHOU)))
    assert (new.case().counterpart, new.case().form) == (WUHAN, None)
    new.clock.advance(seconds=5)
    new.work()
    assert new.case().state is S.READY


def test_a_case_is_reopened_for_what_was_missed(asked, three):
    new, old, case = asked
    old.offer(case, 0)
    carry(*three)
    new.continue_(new.case())
    carry(*three)
    said(new, talk.close, new.case())
    carry(*three)
    begun = said(new, talk.reopen, new.case(), [Step.OFFER, Step.FUNDS], "漏转 2024 年")
    carry(*three)

    assert (begun.round, new.case().state) == (2, S.AWAITING)
    assert (old.case().round, old.case().state) == (2, S.APPLIED)
    assert owner(*three) == [HANGZHOU]
    old.funds(old.offer(old.case(), 500), "HK-9", 500)
    carry(*three)
    new.funds(new.case(), "DZ-9", 500)
    new.continue_(new.case())
    carry(*three)
    assert (new.case().state, old.case().state) == (S.DONE, S.DONE)
    assert owner(*three) == [HANGZHOU]
    assert code_of(said, new, talk.reopen, new.case(), [], "x") == "transfer_needs"


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_offices_that_ask_each_other_both_choose_one(three, first):
    """Both letters cross; whichever arrives first, the earlier application wins."""
    here, there, _ = three
    here.consent(here.apply("in", there))
    there.clock.advance(days=1)
    there.consent(there.apply("in", here))
    letters = [office.outgoing() for office in (here, there)]
    for office, mail in ((there, letters[0]), (here, letters[1]))[:: 1 if first else -1]:
        office.receive(*mail)
    carry(*three)

    won, lost = here.case(direction="in"), there.case(direction="in")
    assert (won.state, lost.state) == (S.AWAITING, S.REFUSED)
    assert there.case().direction.value == "out"
    assert owner(*three) == [CHENGDU]
    there.offer(there.case(), 0)
    carry(*three)
    here.continue_(here.case())
    carry(*three)
    assert there.case().state is S.DONE


def test_a_relation_that_went_elsewhere_is_not_given_twice(asked, three):
    new, old, case = asked
    third = three[2]
    third.consent(third.apply("in", old))
    carry(*three)
    assert third.case().state is S.REFUSED  # under way to another place
    old.offer(case, 0)
    carry(*three)
    new.continue_(new.case())
    carry(*three)

    third.consent(third.apply("in", old))
    carry(*three)
    assert HANGZHOU in third.case().ending.reason
    assert code_of(old.apply, "out", third) == "transfer_not_held"
    third.consent(third.apply("in", new))
    carry(*three)
    new.offer(new.case(), 0)
    carry(*three)
    ended = third.continue_(third.case())
    assert (ended.claim.epoch, owner(*three)) == (3, [WUHAN])


def test_medical_and_pension_of_one_person_are_cases_of_their_own(asked, three):
    new, old, _ = asked
    new.consent(new.apply("in", old, kind=Kind.MEDICAL))
    carry(*three)

    assert old.case(kind=Kind.MEDICAL).ref != old.case().ref


def test_verify_finds_a_case_that_is_not_what_its_facts_make_it(asked):
    _, old, case = asked

    def broken():
        return [check.name for check in verify(old.services) if not check.ok]

    assert broken() == []
    with old.store._engine.begin() as connection:
        connection.execute(text("UPDATE transfers SET state = 'sent'"))
    assert broken() == ["transfer_states"]
    old.offer(case, 0)
    assert broken() == []
    with old.store._engine.begin() as connection:
        connection.execute(text("UPDATE transfer_approvals SET done = 0"))
    assert broken() == ["transfer_signed"]
