"""The rules of level ii, one example each, as docs/reconciliation.md gives them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.bulk import running
from tests.facts import collection, deposit

MONDAY, WEDNESDAY = date(2026, 11, 23), date(2026, 11, 18)


def said(findings):
    return [(f.receipt_no, f.insurance_kind, f.verdict, f.amount, f.rule) for f in findings]


def test_what_was_booked_in_several_deposits_matches_the_receipt(judge):
    parts = [deposit("R1", 3_000, deposit_no="D1"), deposit("R1", 7_000, deposit_no="D2")]

    assert judge(collection("R1", 10_000), deposits=parts) == []
    (match,) = running.read(judge.outcome.matches)
    assert (match["rule"], match["collected_fen"], match["deposited_fen"]) == (
        "ii-01-receipt@1", 10_000, 10_000,
    )  # fmt: skip
    assert (match["collected_rows"], match["deposited_rows"]) == (1, 2)


def test_one_deposit_may_cover_many_receipts(judge):
    listed = [collection(f"R{n}") for n in range(3)]

    assert judge(*listed, deposits=[deposit(f"R{n}", deposit_no="D1") for n in range(3)]) == []


def test_booked_twice_is_a_duplicate_and_not_merely_too_much(judge):
    found = judge(collection("R1"), deposits=[deposit("R1"), deposit("R1", deposit_no="D2")])

    assert said(found) == [("R1", "pension", "duplicate", 10_000, "ii-02-duplicate@1")]
    assert (found[0].collected, found[0].deposited, found[0].note) == (10_000, 20_000, "booked=2")


def test_twice_the_amount_in_unequal_deposits_is_too_much_and_no_duplicate(judge):
    found = judge(collection("R1"), deposits=[deposit("R1", 5_000), deposit("R1", 15_000)])

    assert said(found) == [("R1", "pension", "over", 10_000, "ii-04-amount@1")]


def test_listed_twice_is_a_duplicate(judge):
    people = [collection("R1", 4_000), collection("R1", 6_000)]

    found = judge(*people, *people, deposits=[deposit("R1", 10_000)])

    assert said(found) == [("R1", "pension", "duplicate", 10_000, "ii-02-duplicate@1")]
    assert found[0].note == "listed=2"


def match_of(receipt_no, fen=10_000):
    return {
        "matched_on": MONDAY, "receipt_no": receipt_no, "insurance_kind": "pension",
        "payer_id": "P1", "period": 202610, "collected_on": WEDNESDAY, "collected_fen": fen,
        "deposited_fen": fen, "collected_rows": 1, "deposited_rows": 1, "deposit_no": "D0",
        "rule": "ii-01-receipt@1",
    }  # fmt: skip


@pytest.mark.parametrize("times", [1, 2])
def test_booked_again_after_an_earlier_match_is_a_duplicate(judge, times):
    again = [deposit("R1", deposit_no=f"D{n}") for n in range(times)]

    (found,) = judge(deposits=again, earlier=[match_of("R1")])

    assert (found.verdict, found.amount, found.note) == (
        "duplicate", times * 10_000, f"booked={times + 1}",
    )  # fmt: skip
    assert (found.payer_id, found.period, found.collected_on) == ("P1", "202610", WEDNESDAY)


def test_the_match_that_a_duplicate_rests_on_is_handed_on_to_the_next_run(judge):
    judge(deposits=[deposit("R1")], earlier=[match_of("R1"), match_of("R2")])

    assert running.read(judge.outcome.matches) == [match_of("R1")]


def test_another_amount_after_an_earlier_match_is_too_much(judge):
    found = judge(deposits=[deposit("R1", 300)], earlier=[match_of("R1")])

    assert said(found) == [("R1", "pension", "over", 300, "ii-04-amount@1")]


def test_what_comes_on_both_sides_after_a_match_is_no_repetition_of_it(judge):
    found = judge(collection("R1"), deposits=[deposit("R1", 30_000)], earlier=[match_of("R1")])

    assert said(found) == [("R1", "pension", "over", 20_000, "ii-04-amount@1")]
    assert (found[0].collected, found[0].deposited) == (20_000, 40_000)


def test_the_right_amount_under_another_kind_is_a_wrong_kind_on_the_slip_collected(judge):
    found = judge(collection("R1"), deposits=[deposit("R1", insurance_kind="medical")])

    assert said(found) == [("R1", "pension", "wrong_kind", 10_000, "ii-03-kind@1")]
    assert (found[0].deposited, found[0].note) == (10_000, "kind=medical")


def test_two_kinds_that_fit_one_booking_are_ambiguous_all_three(judge):
    two = [collection("R1"), collection("R1", insurance_kind="medical")]

    found = judge(*two, deposits=[deposit("R1", insurance_kind="unemployment")])

    assert {(f.insurance_kind, f.verdict) for f in found} == {
        ("pension", "ambiguous"), ("medical", "ambiguous"), ("unemployment", "ambiguous"),
    }  # fmt: skip


def test_two_bookings_that_fit_one_kind_are_ambiguous_all_three(judge):
    booked = [deposit("R1", insurance_kind=kind) for kind in ("medical", "unemployment")]

    found = judge(collection("R1"), deposits=booked)

    assert [(f.insurance_kind, f.verdict) for f in found] == [
        ("medical", "ambiguous"), ("unemployment", "ambiguous"), ("pension", "ambiguous"),
    ]  # fmt: skip


def test_a_slip_found_under_another_kind_is_no_candidate_for_money_without_a_number(judge):
    booked = [deposit("R1", insurance_kind="medical"), deposit(None, deposit_no="D9")]

    found = judge(collection("R1"), deposits=booked)

    assert [f.verdict for f in found] == ["missing_at_tax", "wrong_kind"]


def test_too_little_is_short_at_once(judge):
    found = judge(collection("R1"), deposits=[deposit("R1", 9_999)])

    assert said(found) == [("R1", "pension", "short", 1, "ii-04-amount@1")]


def test_a_deposit_without_a_number_is_the_only_receipt_of_its_kind_and_amount(judge):
    listed = [collection("R1"), collection("R2", 5_000)]

    found = judge(*listed, deposits=[deposit(None, deposit_no="D9")])

    assert [f.receipt_no for f in found] == ["R2"]
    (match,) = running.read(judge.outcome.matches)
    assert (match["receipt_no"], match["deposit_no"], match["rule"]) == (
        "R1", "D9", "ii-05-unnumbered@1",
    )  # fmt: skip


def test_two_receipts_for_one_deposit_without_a_number_are_ambiguous_all_three(judge):
    found = judge(collection("R1"), collection("R2"), deposits=[deposit(None, deposit_no="D9")])

    assert [(f.receipt_no, f.deposit_no, f.verdict) for f in found] == [
        ("R1", None, "ambiguous"), ("R2", None, "ambiguous"), (None, "D9", "ambiguous"),
    ]  # fmt: skip


def test_money_that_no_receipt_explains_is_missing_at_tax(judge):
    found = judge(deposits=[deposit("R1", 1), deposit(None, 2, deposit_no="D9")])

    assert [(f.receipt_no, f.deposit_no, f.verdict, f.rule) for f in found] == [
        ("R1", "DR1", "missing_at_tax", "ii-06-unlisted@1"),
        (None, "D9", "missing_at_tax", "ii-05-unnumbered@1"),
    ]


@pytest.mark.parametrize(
    ("collected_on", "age", "verdict"),
    [
        (date(2026, 11, 24), 0, "in_transit"),
        (date(2026, 11, 19), 3, "in_transit"),  # a weekend lies between
        (date(2026, 11, 18), 4, "overdue"),
        (date(2026, 12, 31), 0, "in_transit"),  # a date that has yet to come
        (date(2003, 12, 31), None, "overdue"),  # before the calendar begins
    ],
)
def test_money_not_booked_is_in_transit_up_to_the_limit_and_overdue_after(
    judge, collected_on, age, verdict
):
    (found,) = judge(collection("R1", collected_on=collected_on))

    assert (found.verdict, found.age_working_days) == (verdict, age)


def test_what_the_treasury_denies_is_missing_there_and_not_in_transit(judge):
    (found,) = judge(collection("R1"), denied={"R1"})

    assert (found.verdict, found.rule) == ("missing_at_treasury", "ii-07-unbooked@1")


def test_a_slip_of_nothing_needs_no_booking(judge):
    assert judge(collection("R1", 0)) == []
