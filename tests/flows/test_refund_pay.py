"""A confirmed refund is signed, paid, sent back, paid again: all under one case."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from hub.domain.correction import Correction
from hub.domain.discrepancy import Action, Ending, State
from hub.domain.payout import ItemState, ListState, Stop
from hub.domain.refund import RefundState
from hub.errors import Rejected
from hub.flows.payout_approval import cancel as cancel_list
from hub.flows.payout_decision import decide
from hub.flows.payout_release import release
from hub.flows.refund import cancel
from hub.flows.refund_pay import correct, draft_form, sign
from hub.flows.verify import verify
from hub.store.schema.refunds import refund_documents, refunds
from hub.store.vouchers import Span
from tests.answers import answer, line, result_bytes
from tests.payouts import account, approve, items_of, row, sent_files, take_list
from tests.refunds import (
    case_of,
    checked_case,
    discrepancy_of,
    over_collection,
    payer,
    send_cases,
    sign_form,
)


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code


def form(office, *cases, person="郑编"):
    return draft_form([one.id for one in cases], person=person, services=office.services)


def booked(office):
    with office.store.read() as uow:
        return [
            (one.event, one.subject.rpartition("/")[2], one.amount_fen,
             [document.name for document in one.documents])
            for one in uow.vouchers.list(Span())
        ]  # fmt: skip


def verified(office):
    return {one.name: one.first for one in verify(office.services, deep=True)}


def test_a_refund_is_paid_and_its_discrepancy_is_closed_as_corrected(office, tmp_path):
    refund = checked_case(office, tmp_path)
    (item,) = send_cases(office, refund)
    assert (item.state, item.person_id, item.benefit) == (
        ItemState.IN_FLIGHT, payer(), f"退多收保险费 {refund.number}"
    )  # fmt: skip
    assert case_of(office, refund).state is RefundState.LISTED
    assert list(sent_files(office)) == ["DF_20261124_R_001.txt"]

    answer(office, [line(item, 7)])

    assert case_of(office, refund).state is RefundState.PAID
    closed = discrepancy_of(office, refund)
    assert (closed.state, closed.closed_how) == (State.CLOSED, Ending.CORRECT)
    assert closed.proposal.action is Action.CORRECT
    assert refund.number in closed.proposal.reason
    assert [one.person for one in closed.proposal.approval.signatures] == ["李初", "王审"]
    ((event, _, fen, names),) = booked(office)
    assert (event, fen) == ("refund.paid", 50_000)
    assert {"社会保险基金拨付审批表", "代发文件", "application.pdf", "proof.pdf"} <= set(names)
    with office.store.read() as uow:
        assert uow.payouts.get(item.list_id).state is ListState.CLOSED
    assert set(verified(office).values()) == {None}


def test_what_the_bank_sends_back_is_corrected_and_paid_under_the_same_case(office, tmp_path):
    refund = checked_case(office, tmp_path)
    (item,) = send_cases(office, refund)
    answer(office, [line(item, 6, "户名不符")])
    assert case_of(office, refund).state is RefundState.RETURNED
    assert discrepancy_of(office, refund).state is State.OPEN
    assert refused(lambda: form(office, refund)) == "refund_state"

    nothing = Correction(item_id=0)
    services = office.services
    assert (
        refused(lambda: correct(refund.id, nothing, person="郑编", services=services))
        == "reissue_nothing_changed"
    )
    again = correct(
        refund.id, Correction(item_id=0, account_no=account(50)), person="郑编", services=services
    )
    now = case_of(office, refund)
    assert (now.state, now.account_no) == (RefundState.LISTED, account(50))
    assert refused(lambda: sign(refund.id, person="吴核", services=services)) == (
        "refund_signer_took_part"
    )
    sign_form(office, refund)
    release(again.id, person="赵出", services=services)
    office.work()
    (second,) = items_of(office, again)
    assert (second.attempt, second.repairs_id) == (2, item.id)
    answer(office, [line(second, 7)], "2")

    assert case_of(office, refund).state is RefundState.PAID
    assert discrepancy_of(office, refund).closed_how is Ending.CORRECT
    events = [event for event, *_ in booked(office)]
    assert events == ["refund.paid", "refund.returned", "refund.reissued"]
    assert set(verified(office).values()) == {None}


def test_a_late_return_opens_the_case_and_its_discrepancy_again(office, tmp_path):
    refund = checked_case(office, tmp_path)
    (item,) = send_cases(office, refund)
    answer(office, [line(item, 7)])
    answer(office, [line(item, 8, "账户已销户", on="20261125")], "2")

    assert case_of(office, refund).state is RefundState.RETURNED
    assert discrepancy_of(office, refund).state is State.OPEN
    assert "discrepancy.reopened" in office.events()
    cancel(refund.id, person="周登", reason="单位注销", services=office.services)
    assert set(verified(office).values()) == {None}


def test_two_people_settle_a_refund_of_which_the_bank_does_not_know(office, tmp_path):
    refund = checked_case(office, tmp_path)
    (item,) = send_cases(office, refund)
    answer(office, [line(item, 9)])
    assert case_of(office, refund).state is RefundState.LISTED
    for who in ("李甲", "王乙"):
        decide(item.id, ItemState.RETURNED, person=who, reason="已查", services=office.services)
    assert case_of(office, refund).state is RefundState.RETURNED


def test_the_discrepancy_closes_with_the_last_of_its_refunds(office, tmp_path):
    discrepancy = over_collection(office, receipt_no=None)
    first, second = (
        checked_case(office, tmp_path, amount_fen=fen, discrepancy=discrepancy, receipt_no=receipt)
        for fen, receipt in ((20_000, "A"), (30_000, "B"))
    )
    one, two = send_cases(office, first, second)
    answer(office, [line(one, 7), line(two, 6, "户名不符")])
    assert discrepancy_of(office, first).state is State.OPEN
    assert [s.value for s in (case_of(office, first).state, case_of(office, second).state)] == [
        "paid", "returned"
    ]  # fmt: skip

    asked = Correction(item_id=0, account_name="示范制造零厂")
    again = correct(second.id, asked, person="郑编", services=office.services)
    sign_form(office, second)
    release(again.id, person="赵出", services=office.services)
    office.work()
    answer(office, [line(items_of(office, again)[0], 7)], "2")
    assert discrepancy_of(office, first).closed_how is Ending.CORRECT


def test_who_took_part_does_not_sign_and_a_digest_is_what_was_seen(office, tmp_path):
    refund = checked_case(office, tmp_path)
    payout = form(office, refund)
    services = office.services
    codes = [
        refused(lambda who=who: sign(refund.id, person=who, services=services))
        for who in ("周登", "吴核", "郑编")
    ]
    assert codes == ["refund_signer_took_part", "refund_signer_took_part", "payout_maker_signs"]
    assert (
        refused(lambda: sign(refund.id, person="李初", digest="0" * 64, services=services))
        == "payout_digest_differs"
    )
    assert sign(refund.id, person="李初", digest=payout.digest, services=services).digest == (
        payout.digest
    )


def test_a_large_refund_needs_three_people(office, tmp_path):
    refund = checked_case(office, tmp_path, amount_fen=100_000_000)
    form(office, refund)
    assert sign_form(office, refund).state is ListState.REVIEWED
    signed = sign(refund.id, person="孙批", services=office.services)
    assert (signed.state, signed.approval.levels) == (ListState.APPROVED, 3)


@pytest.mark.parametrize(
    "change",
    [
        update(refunds).values(amount_fen=49_999),
        update(refunds).values(account_name="别家"),
        update(refund_documents).where(refund_documents.c.kind == "proof").values(sha256="0" * 64),
    ],
    ids=["amount", "account name", "document"],
)
def test_a_form_is_void_when_what_it_rests_on_is_changed(office, tmp_path, change):
    refund = checked_case(office, tmp_path)
    payout = form(office, refund)
    sign_form(office, refund)
    with office.store._engine.begin() as connection:
        connection.execute(change)

    found = refused(lambda: release(payout.id, person="赵出", services=office.services))
    assert found in ("refund_form_outdated", "refund_without_case")
    assert sent_files(office) == {}


def test_facts_that_change_before_release_stop_it(office, tmp_path):
    refund = checked_case(office, tmp_path)
    payout = form(office, refund)
    sign_form(office, refund)
    over_collection(office, amount_fen=40_000)  # the next run of the reconciliation

    assert refused(lambda: release(payout.id, person="赵出", services=office.services)) == (
        "refund_exceeds"
    )
    assert "refund.listed" in office.events()
    cancelled = cancel_list(payout.id, person="郑编", reason="金额变更", services=office.services)
    assert cancelled.state is ListState.CANCELLED
    waiting = case_of(office, refund)
    assert (waiting.state, waiting.item_id) == (RefundState.CHECKED, None)
    assert "refund.unlisted" in office.events()
    office.clock.advance(hours=1)
    assert refused(lambda: form(office, refund)) == "refund_exceeds"


def test_a_case_whose_form_was_cancelled_gets_another(office, tmp_path):
    refund = checked_case(office, tmp_path)
    payout = form(office, refund)
    cancel_list(payout.id, person="郑编", reason="重编", services=office.services)
    office.clock.advance(hours=1)
    (item,) = send_cases(office, case_of(office, refund))
    assert (item.attempt, item.state) == (1, ItemState.IN_FLIGHT)
    assert (
        refused(lambda: cancel(refund.id, person="周登", reason="不退", services=office.services))
        == "refund_state"
    )


def test_a_list_of_refunds_that_came_as_a_file_is_not_signed(office):
    bare = row(1, kind="refund", person_id=payer(), benefit="退多收保险费 TF000001")
    payout = take_list(office, [bare])
    assert payout.state is ListState.CHECKED

    assert refused(lambda: approve(office, payout)) == "refund_without_case"


def test_a_form_is_of_one_fund_and_of_confirmed_cases(office, tmp_path):
    one = checked_case(office, tmp_path)
    medical = over_collection(office, 1, insurance_kind="medical")
    other = checked_case(office, tmp_path, 1, discrepancy=medical)
    assert refused(lambda: form(office, one, other)) == "refund_form_mixed"
    form(office, one)
    assert refused(lambda: form(office, one)) == "refund_state"
    assert case_of(office, other).state is RefundState.CHECKED


def test_a_stopped_payer_gets_no_form_and_stays_confirmed(office, tmp_path):
    refund = checked_case(office, tmp_path)
    stop = Stop(
        person_id=payer(), benefit=None, reason="MD07", evidence="x", at=office.services.now()
    )
    office.store.transact(lambda uow: uow.payout_checks.stop(stop))

    assert refused(lambda: form(office, refund)) == "refund_form_refused"
    assert case_of(office, refund).state is RefundState.CHECKED
    with office.store.read() as uow:
        assert uow.payouts.list() == []


def test_an_answer_about_a_refund_applied_twice_changes_nothing_more(office, tmp_path):
    refund = checked_case(office, tmp_path)
    (item,) = send_cases(office, refund)
    office.send("alpha-in", "HP_1.txt", result_bytes([line(item, 7)]))
    (task,) = office.due()
    before = office.dump()

    office.run(task)
    once = office.dump()
    office.run(task)

    assert before != once
    assert office.dump() == once
    assert case_of(office, refund).state is RefundState.PAID


def test_verify_finds_refunds_above_what_was_over_collected(office, tmp_path):
    refund = checked_case(office, tmp_path)
    (item,) = send_cases(office, refund)
    answer(office, [line(item, 7)])
    with office.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE discrepancies SET amount_fen = 49999")
    assert verified(office)["refunds"] == f"discrepancy:{refund.discrepancy_id}"
    with office.store._engine.begin() as connection:
        connection.execute(update(refunds).values(state="returned"))
    assert verified(office)["refund_payments"] == f"refund:{refund.id}"
