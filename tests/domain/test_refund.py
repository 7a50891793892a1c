"""A refund case by itself: its life, what its form covers, which payment is whose."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.payout import ItemState
from hub.domain.refund import (
    Refund,
    RefundCause,
    RefundDocument,
    RefundState,
    number_in,
    payment_of,
    sha256_of,
    source_of,
)
from hub.errors import Rejected

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
CASE = Refund(
    id=7, cause=RefundCause.TAX, discrepancy_id=3, payer_id="P", payer_name="厂", fund="pension",
    period=202610, receipt_no="R1", amount_fen=100, bank="alpha", account_no="622202",
    account_name="厂", opened_by="周登", opened_at=AT,
)  # fmt: skip
PAPER = RefundDocument(kind="proof", name="a", sha256="ab" * 32, added_by="周登", added_at=AT)
CHECKED = CASE.check("吴核", missing=[], at=AT)
ITEM = payment_of(CHECKED, item_no=1, source_sha256="ab" * 32)
NO_PAYOUT = {ItemState.CANCELLED, ItemState.REFUSED, ItemState.FAILED, ItemState.REVERSED}


@given(st.sampled_from(sorted(ItemState)), st.sampled_from(sorted(RefundState)))
def test_a_case_is_where_its_latest_payment_is(payment, state):
    if payment in NO_PAYOUT:
        return
    before = replace(CHECKED, state=state)
    after = before.follow(replace(ITEM, id=9, state=payment, account_no="999999"))
    if state in (RefundState.OPEN, RefundState.CANCELLED):
        assert after == before
    else:
        assert (after.item_id, after.account_no) == (9, "999999")
        ends = {ItemState.PAID: RefundState.PAID, ItemState.RETURNED: RefundState.RETURNED}
        assert after.state is ends.get(payment, RefundState.LISTED)
        assert after.follow(None).state is RefundState.CHECKED


def test_a_payment_names_its_case():
    assert number_in(ITEM.benefit) == CASE.id
    for other in (
        "基本养老金",
        "退多收保险费",
        "退多收保险费 TF",
        "别的 TF000007",
        "退多收保险费 TF１",
    ):
        assert number_in(other) is None


@pytest.mark.parametrize(
    "name", sorted({f.name for f in fields(Refund)} - {"state", "item_id", "version", "checked_at",
                                                      "opened_at", "ended_by", "reason"})
)  # fmt: skip
def test_a_form_covers_every_fact_of_a_case(name):
    value = getattr(CHECKED, name)
    other = value + 1 if isinstance(value, int) else RefundCause.AGENCY if name == "cause" else "x"
    changed = replace(CHECKED, **{name: other})

    assert source(changed, [PAPER]) != source(CHECKED, [PAPER])


def test_a_form_covers_every_document_in_whatever_order():
    more = replace(PAPER, kind="voucher")
    assert source(CHECKED, [PAPER]) != source(CHECKED, [replace(PAPER, sha256="cd" * 32)])
    assert source(CHECKED, [PAPER]) != source(CHECKED, [PAPER, more])
    assert source(CHECKED, [more, PAPER]) == source(CHECKED, [PAPER, more])


def source(case, papers):
    return sha256_of(source_of([(case, papers)], person="郑编", at=AT))


@pytest.mark.parametrize("state", [RefundState.LISTED, RefundState.PAID, RefundState.CANCELLED])
def test_a_case_with_a_payment_under_way_or_at_its_end_is_not_cancelled(state):
    with pytest.raises(Rejected) as found:
        replace(CHECKED, state=state).cancel(person="甲", reason="r")
    assert found.value.code == "refund_state"


def test_who_took_part_does_not_sign():
    for who in ("周登", "吴 核"):
        with pytest.raises(Rejected) as found:
            CHECKED.require_apart(who)
        assert found.value.code == "refund_signer_took_part"
    CHECKED.require_apart("李初")
