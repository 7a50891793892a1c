"""Refund cases on both databases: one per receipt, never above the over-collection, two people."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from hub.domain.refund import (
    Refund,
    RefundCause,
    RefundDocument,
    RefundState,
    require_over_collected,
)
from hub.domain.verdict import Verdict
from hub.errors import Rejected
from hub.store.schema.refunds import refunds
from tests.store.records import SHA, differ
from tests.store.threads import THREADS, at_once


def case(discrepancy, at, **values):
    facts = {
        "id": 0, "cause": RefundCause.TAX, "discrepancy_id": discrepancy.id, "payer_id": "P",
        "payer_name": "厂", "fund": "pension", "period": 202610, "receipt_no": "R1",
        "amount_fen": 100, "bank": "alpha", "account_no": "622202", "account_name": "厂",
        "opened_by": "周登", "opened_at": at,
    }  # fmt: skip
    return Refund(**{**facts, **values})


@pytest.fixture
def discrepancy(store, now):
    found = differ("a", verdict=Verdict.DUPLICATE, amount_fen=300)
    return store.transact(lambda u: u.discrepancies.open(found, owner="x", on=now.date(), at=now))


def test_a_case_reads_back_as_it_was_written(store, discrepancy, now):
    opened = store.transact(lambda u: u.refunds.add(case(discrepancy, now)))
    paper = RefundDocument(kind="proof", name="a.pdf", sha256=SHA, added_by="周登", added_at=now)
    new = [store.transact(lambda u: u.refunds.attach(opened.id, paper)) for _ in range(2)]

    with store.read() as uow:
        assert uow.refunds.get(opened.id) == opened
        assert uow.refunds.documents(opened.id) == [paper]
        assert uow.refunds.list(state=RefundState.OPEN) == [opened]
        assert uow.refunds.list(discrepancy_id=discrepancy.id + 1) == []
        assert uow.refunds.total(discrepancy.id) == 100
        assert uow.refunds.total(discrepancy.id, RefundState.PAID) == 0
    assert new == [True, False]


def test_of_people_who_claim_one_receipt_at_once_one_gets_the_case(store, discrepancy, now):
    def claim(number):
        try:
            store.transact(lambda u: u.refunds.add(case(discrepancy, now, opened_by=str(number))))
        except Rejected as error:
            return error.code
        return "opened"

    codes = at_once(claim)

    assert sorted(codes) == ["opened", *["refund_exists"] * (THREADS - 1)]


def test_claims_at_once_never_exceed_the_over_collection(store, discrepancy, now):
    def unit(number, uow):
        uow.refunds.lock(discrepancy.id)
        uow.refunds.add(case(discrepancy, now, receipt_no=str(number)))
        found = uow.discrepancies.get(discrepancy.id)
        require_over_collected(found, uow.refunds.total(discrepancy.id))

    def claim(number):
        try:
            store.transact(lambda uow: unit(number, uow))
        except Rejected as error:
            return error.code
        return "opened"

    codes = at_once(claim)

    assert sorted(codes) == ["opened"] * 3 + ["refund_exceeds"] * (THREADS - 3)
    with store.read() as uow:
        assert uow.refunds.total(discrepancy.id) == 300


def test_of_two_people_who_change_a_case_one_wins(store, discrepancy, now):
    opened = store.transact(lambda u: u.refunds.add(case(discrepancy, now)))
    checked = opened.check("吴核", missing=[], at=now)
    store.transact(lambda u: u.refunds.save(checked))
    with pytest.raises(Rejected) as found:
        store.transact(lambda u: u.refunds.save(opened.cancel(person="甲", reason="r")))
    assert found.value.code == "refund_changed"


@pytest.mark.parametrize(
    "values",
    [
        {"amount_fen": 0},
        {"state": RefundState.CHECKED},  # nobody has confirmed it
        {"state": RefundState.PAID, "checked_by": "吴核"},  # without a payment
        {"checked_by": "周 登"},  # the one who opened it
        {"state": RefundState.CANCELLED},  # by nobody
    ],
)
def test_the_database_itself_refuses_what_must_not_be(store, discrepancy, now, values):
    at = {"checked_at": now} if "checked_by" in values else {}
    wrong = replace(case(discrepancy, now), **values, **at)
    with pytest.raises((IntegrityError, Rejected)):
        store.transact(lambda u: u.refunds.add(wrong))
    with store._engine.connect() as connection:
        assert connection.execute(refunds.select()).all() == []


def test_there_is_no_case_of_an_unknown_number(store):
    with store.read() as uow, pytest.raises(Rejected) as found:
        uow.refunds.get(7)
    assert found.value.code == "refund_missing"
