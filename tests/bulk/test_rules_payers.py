"""The rules of level iii, one example each, as docs/reconciliation.md gives them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.facts import collection, deposit


def owed(fen=10_000, **values):
    return {
        "payer_id": "P1", "insurance_kind": "pension", "period": 202611, "amount_fen": fen,
        "due_on": None, **values,
    }  # fmt: skip


@pytest.fixture
def payers(judge):
    """Return a function from what P1 paid (and was booked) to the findings of level iii."""

    def judged(*paid, owed, deposits=None, **facts):
        listed = [collection(f"R{n}", **{"payer_id": "P1", **row}) for n, row in enumerate(paid)]
        booked = [deposit(r["receipt_no"], r["amount_fen"], insurance_kind=r["insurance_kind"])
                  for r in listed] if deposits is None else deposits  # fmt: skip
        found = judge(*listed, deposits=booked, assessments=[*owed], **facts)
        return [f for f in found if f.level == "iii"]

    return judged


def said(findings):
    return [
        (f.payer_id, f.insurance_kind, f.period, f.verdict, f.amount, f.rule, f.note)
        for f in findings
    ]


def test_what_agrees_in_sum_is_in_order(payers):
    assert (
        payers({"amount_fen": 4_000}, {"amount_fen": 6_000}, owed=[owed(1_000), owed(9_000)]) == []
    )


def test_the_same_amount_of_another_kind(payers):
    (found,) = payers({"insurance_kind": "medical"}, owed=[owed()])

    assert said([found]) == [
        ("P1", "medical", "202611", "wrong_kind", 10_000, "iii-01-kind@1", "kind=pension")
    ]
    assert (found.receipt_no, found.collected, found.assessed) == ("R0", 10_000, 10_000)


def test_the_same_amount_for_another_period(payers):
    found = payers({"period": 202611}, owed=[owed(period=202610), owed(1, payer_id="P2")])

    assert said(found)[1:] == [
        ("P1", "pension", "202611", "wrong_period", 10_000, "iii-02-period@1", "period=202610")
    ]


def test_the_same_amount_from_another_payer(payers):
    found = payers({"payer_id": "P2"}, owed=[owed()])

    assert said(found) == [
        ("P2", "pension", "202611", "wrong_payer", 10_000, "iii-03-payer@1", "payer=P1")
    ]


def test_several_payers_who_owe_that_amount_make_the_money_ambiguous_and_still_owe_it(payers):
    found = payers({"payer_id": "P9"}, owed=[owed(payer_id="P1"), owed(payer_id="P2")])

    assert [(f.payer_id, f.verdict, f.rule) for f in found] == [
        ("P9", "ambiguous", "iii-03-payer@1"),
        ("P1", "missing_at_tax", "iii-05-uncollected@1"),
        ("P2", "missing_at_tax", "iii-05-uncollected@1"),
    ]


@pytest.mark.parametrize(("paid", "verdict"), [(9_000, "short"), (11_000, "over")])
def test_another_amount_than_assessed(payers, paid, verdict):
    found = payers({"amount_fen": paid}, owed=[owed()])

    assert said(found) == [
        ("P1", "pension", "202611", verdict, 1_000, "iii-04-amount@1", None)
    ]  # fmt: skip


def test_assessed_and_never_collected(payers):
    found = payers(owed=[owed()])

    assert said(found) == [
        ("P1", "pension", "202611", "missing_at_tax", 10_000, "iii-05-uncollected@1", None)
    ]


@pytest.mark.parametrize("paid", [[], [{"amount_fen": 9_000}]])
def test_what_is_not_yet_due_is_neither_missing_nor_short(payers, rules, paid):
    assert payers(*paid, owed=[owed(due_on=rules.as_of)]) == []
    assert payers(*paid, owed=[owed(due_on=date(2026, 11, 23))]) != []


def test_collected_and_never_assessed(payers):
    found = payers({"insurance_kind": "medical"}, {}, owed=[owed()])

    assert said(found) == [
        ("P1", "medical", "202611", "over", 10_000, "iii-06-unassessed@1", None)
    ]  # fmt: skip


def test_a_period_without_any_assessment_is_not_judged(payers):
    assert payers({"period": 202609}, {}, owed=[owed()]) == []


def test_a_receipt_listed_twice_is_a_duplicate_and_no_overpayment(judge):
    slip = collection("R1", payer_id="P1")

    found = judge(slip, slip, deposits=[deposit("R1")], assessments=[owed()])

    assert [(f.level, f.verdict) for f in found] == [("ii", "duplicate")]
