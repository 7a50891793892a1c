"""A form that does not add up is asked about, or accepted by a person with a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.domain.transfer_arithmetic import Verdict
from hub.domain.transfer_facts import Form
from hub.domain.transfer_state import TransferState as S
from hub.domain.transfer_sums import RateRule, SumRule
from hub.errors import Rejected
from hub.flows import transfer_desk as desk
from hub.flows import transfer_judge
from tests.transfer_forms import RATES, pension_form
from tests.transfers import CHENGDU, HANGZHOU, carry, offices


@pytest.fixture
def two(tmp_path):
    made = offices(tmp_path, HANGZHOU, CHENGDU)
    yield made
    for one in made:
        one.store.close()


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value


def ready(new, old, items=None, years=None):
    """Take a case to where only the continuation is missing."""
    form = pension_form()
    new.consent(new.apply("in", old))
    carry(new, old)
    old.offer(
        old.case(), form.amount_fen, years or form.years, items={**form.items, **(items or {})}
    )
    carry(new, old)
    return new.funds(new.case(), "DZ-1", form.amount_fen)


def test_without_a_verified_rate_a_sound_form_is_accepted_with_reservation(two):
    new, old = two
    case = ready(new, old)
    _, found, _ = transfer_judge.check(case.id, new.services)
    assert found.verdict is Verdict.RESERVATION
    assert {one.item for one in found.unknown} == {"interest_fen", "interest_personal_fen"}
    assert new.continue_(case).state is S.DONE


def test_with_the_rates_entered_and_verified_it_is_accepted(two):
    new, old = two
    case = ready(new, old)
    packs = dict(new.services.rules.packs)
    source = {"source": "省厅公布", "verified": True}
    packs["account-interest"] = replace(
        packs["account-interest"],
        rates=tuple(RateRule(year=y, rate_bp=bp, **source) for y, bp in RATES.items()),
        sums=(SumRule(sum="interest_factor_bp", value=5415, article="—", **source),),
    )
    services = replace(new.services, rules=replace(new.services.rules, packs=packs))
    _, found, _ = transfer_judge.check(case.id, services)
    assert (found.verdict, found.unknown, found.discords) == (Verdict.ACCEPT, (), ())
    assert refused(
        lambda: transfer_judge.query(case.id, person="周受", services=services)
    ).code == ("transfer_form_sound")


def test_a_form_that_differs_is_asked_about_and_holds_the_case_up(two):
    new, old = two
    years = [dict(row) for row in pension_form().years]
    years[1]["booked_fen"] += 10_000
    case = ready(new, old, years=years)
    error = refused(lambda: new.continue_(case))
    assert error.code == "transfer_form_differs"
    assert error.facts["where_zh"] == "2023 年当年记账金额（小计）"
    booked = pension_form().years[1]["booked_fen"]
    assert (error.facts["stated"], error.facts["computed"]) == (
        f"{(booked + 10_000) / 100:,.2f}", f"{booked / 100:,.2f}",
    )  # fmt: skip

    transfer_judge.query(case.id, person="周受", services=new.services)
    carry(*two)
    (asked,) = old.case().questions
    assert "2023" in asked.text
    assert error.facts["stated"] in asked.text

    found = transfer_judge.accept(case.id, "电话核实：补缴", person="周受", services=new.services)
    assert found.verdict is Verdict.QUERY
    transfer_judge.accept(case.id, "再次", person="周受", services=new.services)
    assert new.events().count("transfer.form_accepted") == 1
    assert new.continue_(new.case()).state is S.DONE


def test_what_was_accepted_is_one_form_and_not_the_next(two):
    new, old = two
    case = new.apply("in", old, on_paper=True)
    form = pension_form(first=2024)
    wrong = replace(form, typed=True, items={**form.items, "total_fen": 1}, on=form.on)
    desk.note_form(case.id, wrong, person="周受", services=new.services)
    transfer_judge.accept(case.id, "已查", person="周受", services=new.services)
    other = Form(
        on=form.on, number="F-2", epoch=1, typed=True, amount_fen=form.amount_fen,
        items={**form.items, "total_fen": 2}, years=form.years,
    )  # fmt: skip
    desk.note_form(case.id, other, person="周受", services=new.services)
    with new.store.read() as uow:
        code = refused(lambda: transfer_judge.require_sound(new.case(), uow, new.services)).code
    assert code == "transfer_form_differs"
