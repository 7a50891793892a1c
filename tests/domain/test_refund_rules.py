"""What a refund case refuses, and that a change of it leaves the rest as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from hub.domain.discrepancy import Difference, Discrepancy, Ending, Level, State, key_of
from hub.domain.payout import ItemState, PayoutItem
from hub.domain.refund import (
    RefundState,
    payment_of,
    require_over_collected,
    require_same_money,
    source_of,
)
from hub.domain.verdict import Verdict
from hub.errors import Rejected
from tests.domain.test_refund import AT, CASE, CHECKED, ITEM, PAPER

OVER = Difference(
    key=key_of(Level.RECEIPT, Verdict.OVER, "R1"), level=Level.RECEIPT, cause=Verdict.OVER,
    amount_fen=100, payer_id="P", insurance_kind="pension", period=202610, receipt_no="R1",
)  # fmt: skip


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code, found.value.facts


def discrepancy(**values):
    return Discrepancy(
        id=3, difference=replace(OVER, **values), owner="财务管理", opened_on=date(2026, 11, 24),
        seen_on=date(2026, 11, 24),
    )  # fmt: skip


def test_a_case_is_confirmed_by_another_person_once_its_papers_are_there():
    assert refused(lambda: CASE.check("吴核", missing=["甲", "乙"], at=AT)) == (
        "refund_documents_missing", {"id": 7, "missing": "甲、乙"},
    )  # fmt: skip
    assert refused(lambda: CASE.check("周 登", missing=[], at=AT)) == (
        "refund_same_person",
        {"id": 7},
    )
    assert (CHECKED.state, CHECKED.checked_by, CHECKED.checked_at) == (
        RefundState.CHECKED, "吴核", AT,
    )  # fmt: skip
    back = replace(CHECKED, state=RefundState.OPEN, checked_by=None, checked_at=None)
    assert back == CASE
    assert refused(lambda: CHECKED.check("郑", missing=[], at=AT)) == (
        "refund_state", {"id": 7, "found": "已审核", "expected": "待审核"},
    )  # fmt: skip


def test_a_cancelled_case_says_who_ended_it_and_why():
    ended = CHECKED.cancel(person=" 甲 ", reason=" 不退了 ")

    assert (ended.state, ended.ended_by, ended.reason) == (RefundState.CANCELLED, "甲", "不退了")
    assert replace(ended, state=RefundState.CHECKED, ended_by=None, reason=None) == CHECKED
    late = replace(CHECKED, state=RefundState.PAID)
    assert refused(lambda: late.cancel(person="甲", reason="r")) == (
        "refund_state", {"id": 7, "found": "已办结", "expected": "待审核、已审核、已退单"},
    )  # fmt: skip


def test_a_case_takes_over_what_was_corrected_for_its_payment():
    listed = replace(CHECKED, state=RefundState.LISTED)
    latest = replace(
        ITEM, id=9, state=ItemState.RETURNED, bank="beta", bank_no="1", account_no="2",
        account_name="乙",
    )  # fmt: skip
    after = listed.follow(latest)

    assert after == replace(
        listed, state=RefundState.RETURNED, item_id=9, bank="beta", bank_no="1", account_no="2",
        account_name="乙",
    )  # fmt: skip
    assert after.follow(None) == replace(after, state=RefundState.CHECKED, item_id=None)


def test_its_payment_is_the_case_and_nothing_else():
    item = payment_of(CHECKED, item_no=4, source_sha256="ab" * 32)

    assert isinstance(item, PayoutItem)
    assert (item.person_id, item.person_name, item.benefit, item.period) == (
        "P", "厂", "退多收保险费 TF000007", 202610,
    )  # fmt: skip
    assert (item.amount_fen, item.bank, item.account_no, item.account_name) == (
        100, "alpha", "622202", "厂",
    )  # fmt: skip
    assert (item.item_no, item.list_id, item.attempt, item.repairs_id, item.bank_no) == (
        4, 0, 1, None, None,
    )  # fmt: skip
    assert item.end_to_end_id == replace(item, item_no=4).end_to_end_id
    assert (
        item.end_to_end_id != payment_of(CHECKED, item_no=5, source_sha256="ab" * 32).end_to_end_id
    )


def test_who_took_part_is_told_of_which_case():
    assert refused(lambda: CHECKED.require_apart("周登")) == ("refund_signer_took_part", {"id": 7})
    CASE.require_apart("吴核")  # nobody has confirmed it yet


def test_a_refund_is_owed_by_a_difference_that_shows_too_much_and_is_open():
    require_over_collected(discrepancy(), 100)
    require_over_collected(discrepancy(cause=Verdict.DUPLICATE), 99)
    assert refused(lambda: require_over_collected(discrepancy(cause=Verdict.SHORT), 1)) == (
        "refund_not_over_collected", {"discrepancy": 3, "found": "少入库"},
    )  # fmt: skip
    assert refused(lambda: require_over_collected(discrepancy(), 101)) == (
        "refund_exceeds", {"discrepancy": 3, "over": "1.00", "refunds": "1.01"},
    )  # fmt: skip
    closed = replace(discrepancy(), state=State.CLOSED, closed_how=Ending.CLEARED, closed_at=AT)
    assert refused(lambda: require_over_collected(closed, 1)) == (
        "refund_discrepancy_closed", {"discrepancy": 3},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [("payer_id", "Q"), ("insurance_kind", "medical"), ("period", 202609), ("receipt_no", "R2")],
)
def test_a_case_is_of_the_money_that_the_facts_name(field, value):
    require_same_money(CASE, discrepancy())
    require_same_money(CASE, discrepancy(**{field: None}))
    assert refused(lambda: require_same_money(CASE, discrepancy(**{field: value}))) == (
        "refund_differs", {"discrepancy": 3, "field": field},
    )  # fmt: skip


def test_the_source_of_a_form_is_readable_and_whole():
    form = json.loads(source_of([(CHECKED, [PAPER])], person="郑编", at=AT))

    assert (form["article"], form["by"], form["at"]) == (
        "10-3", "郑编", "2026-11-24T09:00:00.000000+00:00",
    )  # fmt: skip
    (case,) = form["cases"]
    assert case["cause"] == CASE.cause.value
    assert case["documents"] == [{"kind": "proof", "sha256": "ab" * 32}]
    assert (case["payer_name"], case["checked_by"], case["amount_fen"]) == ("厂", "吴核", 100)
    assert "厂" in source_of([(CHECKED, [PAPER])], person="郑编", at=AT).decode()
