"""Differences read back: whole, without money in transit, and under names that stay the same."""

from __future__ import annotations

from datetime import date

from hub.bulk import level_i
from hub.bulk.differences import differences
from hub.bulk.level_i import Total, credit_differences
from hub.domain.discrepancy import Event, Level
from hub.domain.verdict import Verdict
from tests.facts import collection, deposit

MONDAY = date(2026, 11, 23)


def found(judge, *collections, **facts):
    judge(*collections, **facts)
    return {one.key: one for one in differences(judge.outcome.discrepancies)}


def test_money_in_transit_is_no_difference(judge):
    assert found(judge, collection("R1")) == {}


def test_a_difference_has_what_the_facts_say(judge):
    slip = collection("R1", 10_000, collected_on=MONDAY)

    (one,) = found(judge, slip, deposits=[deposit("R1", 4_000)]).values()

    assert (one.key, one.level, one.cause) == ("ii|R1|pension", Level.RECEIPT, Verdict.SHORT)
    assert (one.amount_fen, one.collected_fen, one.deposited_fen) == (6_000, 10_000, 4_000)
    assert (one.assessed_fen, one.period, one.collected_on) == (None, 202611, MONDAY)
    assert (one.receipt_no, one.deposit_no, one.payer_id) == ("R1", "DR1", slip["payer_id"])
    assert one.rule == "ii-04-amount@1"


def test_the_identity_stays_while_the_verdict_changes(judge):
    slip = collection("R1", collected_on=date(2026, 11, 2))

    late = found(judge, slip)
    partly = found(judge, slip, deposits=[deposit("R1", 1)])

    assert list(late) == list(partly)
    assert [d.cause for d in (*late.values(), *partly.values())] == ["overdue", "short"]


def test_deposits_alike_without_a_number_are_told_apart(judge):
    alike = [deposit(None, 500, deposit_no="D1") for _ in range(3)]
    other = deposit(None, 700, deposit_no="D1")

    keys = list(found(judge, deposits=[other, *alike]))

    assert keys == [f"ii||pension|D1|500|{n}" for n in (1, 2, 3)] + ["ii||pension|D1|700|1"]


def test_a_payers_difference_is_known_by_payer_kind_and_period(judge):
    owed = {"payer_id": "P1", "insurance_kind": "pension", "period": 202611, "amount_fen": 5}

    (one,) = found(judge, assessments=[owed]).values()

    assert (one.key, one.level) == ("iii|P1|pension|202611", Level.PAYER)
    assert (one.cause, one.assessed_fen) == (Verdict.MISSING_AT_TAX, 5)


def total(kind, deposited, credited, day=MONDAY):
    return Total(
        day=day, insurance_kind=kind, collected_fen=None, deposited_fen=deposited,
        credited_fen=credited,
    )  # fmt: skip


def test_credits_are_compared_by_kind_where_the_bank_names_kinds():
    (one,) = credit_differences([total("medical", 100, 100), total("pension", 500, 450)])

    assert (one.key, one.cause) == ("i|2026-11-23|pension", Event.CREDIT_DIFFERS)
    assert (one.amount_fen, one.deposited_fen) == (50, 500)


def test_credits_are_compared_in_one_sum_where_the_bank_names_no_kinds():
    lines = [total("medical", 100, 0), total("pension", 500, 0)]

    assert list(credit_differences([*lines, total(level_i.UNNAMED, 0, 600)])) == []
    (one,) = credit_differences([*lines, total(level_i.UNNAMED, 0, 601)])
    assert (one.key, one.insurance_kind, one.amount_fen) == ("i|2026-11-23|", None, 1)


def test_a_day_of_which_a_source_says_nothing_is_not_compared():
    assert list(credit_differences([total("pension", 500, None), total("medical", None, 5)])) == []


def test_totals_are_of_todays_lists_by_day_and_kind(judge):
    judge(
        collection("R1", 500),
        collection("R2", 700, insurance_kind="medical"),
        deposits=[deposit("R1", 500, credited_on=MONDAY)],
    )

    assert [(t.day, t.insurance_kind, t.collected_fen, t.deposited_fen, t.credited_fen)
            for t in judge.outcome.totals] == [
        (MONDAY, "pension", None, 500, None),
        (date(2026, 11, 24), "medical", 700, None, None),
        (date(2026, 11, 24), "pension", 500, None, None),
    ]  # fmt: skip
