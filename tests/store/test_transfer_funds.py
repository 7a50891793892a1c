"""Remittances, credits and accepted forms on both databases: once each, by two people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.assistance import Answer, Assistance, Finding, Request
from hub.domain.transfer_receipt import Receipt
from hub.domain.transfer_receipt import ReceiptState as C
from hub.domain.transfer_remittance import Remittance
from hub.domain.transfer_remittance import RemittanceState as R
from hub.errors import Rejected
from tests.cases import applied, case_of, consent
from tests.store.threads import at_once


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code


def add_case(store, now, direction="in", **values):
    case = case_of(direction, applied(), consent(), id=0, **values)
    return store.transact(lambda u: u.transfers.add(case, at=now, person="周受"))


def remittance(case_id, now, **values):
    known = {
        "case_id": case_id, "fund": "pension", "counterpart": "330100", "month": 202611,
        "form": "form:1", "amount_fen": 700, "drafted_by": "郑编", "drafted_at": now, **values,
    }  # fmt: skip
    return Remittance(id=0, **known)


def receipt(now, credit_no="LS1", **values):
    known = {
        "fund": "pension", "amount_fen": 700, "credited_on": date(2026, 11, 24),
        "source": "typed", "document": "0" * 64, "entered_by": "钱财", "entered_at": now, **values,
    }  # fmt: skip
    return Receipt(id=0, credit_no=credit_no, **known)


def test_a_case_has_one_remittance_under_way(store, now):
    case = add_case(store, now, "out")
    first = store.transact(lambda u: u.remittances.add(remittance(case.id, now)))
    again = remittance(case.id, now, amount_fen=1)
    code = refused(lambda: store.transact(lambda u: u.remittances.add(again)))
    assert code == "remittance_exists"
    ended = store.transact(lambda u: u.remittances.save(replace(first, state=R.CANCELLED)))
    assert refused(lambda: store.transact(lambda u: u.remittances.save(first))) == (
        "remittance_changed"
    )
    second = store.transact(lambda u: u.remittances.add(again))
    with store.read() as uow:
        assert uow.remittances.list(case_id=case.id) == [ended, second]
        assert uow.remittances.list(state=R.CANCELLED, month=202611) == [ended]
        assert uow.remittances.under_way() == {case.id}
        assert uow.remittances.get(second.id) == second
    assert refused(lambda: store.transact(lambda u: u.remittances.get(99))) == "remittance_missing"


def test_of_many_who_enter_one_credit_one_does(store, now):
    codes = at_once(
        lambda _n: refused_or(lambda: store.transact(lambda u: u.receipts.add(receipt(now))))
    )
    assert sorted(codes) == ["ok"] + ["receipt_exists"] * 7
    with store.read() as uow:
        assert len(uow.receipts.list()) == 1
        assert uow.receipts.has("pension", "LS1")
        assert not uow.receipts.has("medical", "LS1")


def refused_or(act):
    try:
        act()
    except Rejected as error:
        return error.code
    return "ok"


def test_a_credit_comes_back_as_it_was_and_goes_its_way(store, now):
    case = add_case(store, now)
    added = store.transact(
        lambda u: u.receipts.add(
            receipt(now, payer_name="成都", payer_account="123", narrative="转移", region="510100")
        )
    )
    with store.read() as uow:
        assert uow.receipts.get(added.id) == added
    proposed = store.transact(lambda u: u.receipts.save(added.proposed(case.id, "李 初", at=now)))
    assert refused(lambda: proposed.confirmed("李初", at=now)) == "receipt_same_person"
    joined = store.transact(lambda u: u.receipts.save(proposed.confirmed("王复", at=now)))
    with store.read() as uow:
        assert uow.receipts.list(state=C.JOINED, case_id=case.id) == [joined]
    freed = store.transact(lambda u: u.receipts.save(joined.free()))
    assert (freed.turn, freed.case_id, freed.state) == (2, None, C.HELD)
    assert refused(lambda: store.transact(lambda u: u.receipts.save(joined))) == "receipt_changed"
    assert refused(lambda: store.transact(lambda u: u.receipts.get(99))) == "receipt_missing"


JOIN = "UPDATE transfer_receipts SET state = 'joined', case_id = 1, joined_how = 'people'"
SIGN = ", proposed_by = '王 芳', proposed_at = '2026-11-24', confirmed_at = '2026-11-24'"


@pytest.mark.parametrize(
    "change",
    [
        JOIN,
        JOIN + SIGN + ", confirmed_by = '王芳'",
        "UPDATE transfer_receipts SET state = 'joined', joined_how = 'reference'",
        "UPDATE transfer_receipts SET case_id = 1",
        "UPDATE transfer_receipts SET state = 'sent_back', cause = 'x'",
        "UPDATE transfer_receipts SET state = 'gone'",
        "UPDATE transfer_receipts SET amount_fen = 0",
        "UPDATE transfer_remittances SET amount_fen = 0",
        "UPDATE transfer_remittances SET state = 'paid'",
        "UPDATE transfer_remittances SET state = 'lost'",
    ],
)
def test_the_database_refuses_what_must_not_be_whoever_writes(store, now, change):
    case = add_case(store, now)
    store.transact(lambda u: u.receipts.add(receipt(now)))
    store.transact(lambda u: u.remittances.add(remittance(case.id, now)))
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(change))


def test_a_form_is_accepted_once(store, now):
    case = add_case(store, now)
    values = {"verdict": "query", "content": "{}", "reason": "已核实", "at": now}

    def accept(person):
        return store.transact(
            lambda u: u.form_judgements.accept(case.id, "form:1", person=person, **values)
        )

    assert (accept("李初"), accept("王复")) == (True, False)
    with store.read() as uow:
        assert uow.form_judgements.accepted(case.id, "form:1") == "李初"
        assert uow.form_judgements.accepted(case.id, "form:2") is None


def test_a_request_for_assistance_is_there_once_and_answered_once(store, now):
    request = Request(
        ref="X1", person_id="110101199003070134", person_name="张三", asked_on=now.date(),
        due_on=date(2026, 12, 31),
    )  # fmt: skip
    made = Assistance(id=0, ours=True, peer="510100", request=request, message_id="m1")
    added, again = (
        store.transact(lambda u, m=one: u.assistances.add(m))
        for one in (made, replace(made, message_id="m2"))
    )
    assert added == again
    answer = Answer(
        ref="X1", finding=Finding.ALIVE, found_on=now.date(), certified_until=now.date()
    )
    saved = store.transact(lambda u: u.assistances.save(added.answered(answer, None, at=now)))
    with store.read() as uow:
        assert uow.assistances.get(added.id) == saved
        assert uow.assistances.list(ours=True) == [saved]
        assert uow.assistances.list(open_only=True) == uow.assistances.list(ours=False) == []
    late = refused(lambda: store.transact(lambda u: u.assistances.save(added)))
    assert (late, refused(lambda: saved.answered(answer, None, at=now))) == (
        "assistance_answered", "assistance_answered",
    )  # fmt: skip
    numbers = [store.transact(lambda u: u.assistances.next_number(2026)) for _ in range(2)]
    assert numbers == [1, 2]
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text("UPDATE assistances SET finding = 'deceased'"))
