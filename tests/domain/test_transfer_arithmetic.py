"""The sums of a form: what was computed recomputes, one altered figure is found, and where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.transfer_arithmetic import Verdict
from hub.domain.transfer_arithmetic_forms import judge
from hub.domain.transfer_kinds import Kind
from tests.transfer_forms import RATES, TERMS, TODAY, form_of, items_of, pension_form, rows_of

ROW = ("base_fen", "months", "personal_bp", "credited_bp", "booked_fen", "booked_personal_fen",
       "interest_fen", "interest_personal_fen", "balance_fen", "balance_personal_fen")  # fmt: skip
ITEMS = ("before_1998_fen", "account_fen", "this_year_fen", "personal_fen", "pooled_fen",
         "total_fen")  # fmt: skip


@st.composite
def forms(draw):
    first = draw(st.integers(1992, 2026))
    last = draw(st.integers(first, 2026))
    years = [
        (
            year, draw(st.integers(100_000, 3_000_000)), draw(st.integers(1, 12)),
            draw(st.integers(100, 1100)), draw(st.integers(0, 700)),
        )
        for year in range(first, last + 1)
    ]  # fmt: skip
    rows = rows_of(years)
    return form_of(rows, items_of(rows, draw(st.integers(0, 10_000_000))))


def pension(form, **terms):
    return judge(Kind.PENSION, form, replace(TERMS, **terms))


@given(forms())
def test_what_was_computed_always_recomputes(form):
    found = pension(form)
    assert (found.verdict, found.first, found.unknown) == (Verdict.ACCEPT, None, ())


@given(forms(), st.data())
def test_one_altered_figure_is_found_in_its_year(form, data):
    at = data.draw(st.integers(0, len(form.years) - 1))
    name = data.draw(st.sampled_from(ROW))
    row = dict(form.years[at])
    # a base that is a few fen off may give the same rounded sums: nobody could tell
    lowest = {"months": 1, "base_fen": 200}.get(name, 2)
    delta = 1 if name == "months" else data.draw(st.integers(lowest, 5_000))
    row[name] += delta if row[name] < 12 or name != "months" else -1
    found = pension(replace(form, years=(*form.years[:at], row, *form.years[at + 1 :])))
    first = found.first
    assert found.verdict is Verdict.QUERY
    assert (first.year, first.within) == (row["year"], False)
    assert first.stated != first.computed


@given(forms(), st.sampled_from(ITEMS), st.integers(1, 10**9))
def test_one_altered_item_is_found(form, name, delta):
    items = {**form.items, name: form.items[name] + delta}
    found = pension(replace(form, items=items))
    assert found.verdict is Verdict.QUERY
    assert {one.year for one in found.discords} == {None}


def test_the_first_year_that_differs_is_shown_with_both_figures():
    form = pension_form()
    years = [dict(row) for row in form.years]
    for row in years[1:3]:
        row["interest_fen"] += 10_000
    first = pension(replace(form, years=tuple(years))).first
    right = form.years[1]["interest_fen"]
    assert (first.year, first.item) == (2023, "interest_fen")
    assert (first.stated, first.computed) == (right + 10_000, right)


def test_a_rate_that_nobody_has_verified_leaves_a_reservation_and_not_a_query():
    form = pension_form()
    rates = {year: rate for year, rate in RATES.items() if year != 2024}
    found = pension(form, rates_bp=rates)
    assert found.verdict is Verdict.RESERVATION
    assert {(one.year, one.why) for one in found.unknown} == {(2024, "2024 rate")}
    assert pension(form, interest_factor_bp=None).verdict is Verdict.RESERVATION
    altered = [dict(row) for row in form.years]
    altered[2]["interest_fen"] += 1
    found = pension(replace(form, years=tuple(altered)), rates_bp=rates)
    assert (found.first.year, found.first.item) == (2024, "balance_fen")  # the chain still tells


def test_a_few_fen_are_a_reservation_and_one_more_a_query():
    form = pension_form()
    years = [dict(row) for row in form.years]
    years[-1] = {**years[-1], "booked_fen": years[-1]["booked_fen"] + 7,
                 "balance_fen": years[-1]["balance_fen"] + 7}  # fmt: skip
    items = {
        **form.items, **{n: form.items[n] + 7 for n in ("this_year_fen", "personal_fen",
                                                        "total_fen")}
    }  # fmt: skip
    near = replace(form, years=tuple(years), items=items, amount_fen=form.amount_fen + 7)
    assert pension(near, tolerance_fen=7).verdict is Verdict.RESERVATION
    assert pension(near, tolerance_fen=7).first.within
    assert pension(near, tolerance_fen=6).verdict is Verdict.QUERY


@pytest.mark.parametrize(
    ("years", "items", "verdict"),
    [
        ((), {}, Verdict.RESERVATION),
        (({"year": 2025, "base_fen": 600_000},), {"pooled_fen": 5}, Verdict.RESERVATION),
        (({"year": "2025"},), {}, Verdict.RESERVATION),
        (({"year": 2024}, {"year": 2026}), {}, Verdict.QUERY),
        (({"year": 2024}, {"year": 2024}), {}, Verdict.QUERY),
        (({"year": 2024, "months": 13},), {}, Verdict.QUERY),
    ],
)
def test_what_is_not_stated_is_unknown_and_what_cannot_be_is_queried(years, items, verdict):
    form = form_of((), {"total_fen": 0, **items})
    assert pension(replace(form, years=years)).verdict is verdict


def test_before_1998_the_rows_do_not_count_for_the_pooled_part():
    rows = rows_of([(year, 50_000, 12, 300, 800) for year in range(1996, 2001)])
    form = form_of(rows, items_of(rows, before=rows[1]["balance_personal_fen"]))
    assert form.items["pooled_fen"] == 3 * 72_000
    assert pension(form).verdict is Verdict.ACCEPT


def benefit_form(**changed):
    items = {
        "standard_fen": 180_001, "remaining_months": 5, "benefit_fen": 900_005,
        "medical_fen": 300_003, "training_fen": 100_000, "placement_fen": 50_000,
        "total_fen": 1_350_008, **changed,
    }  # fmt: skip
    return form_of((), items, TODAY)


def test_the_other_kinds_have_sums_of_their_own():
    def verdict(kind, form):
        return judge(kind, form, TERMS).verdict

    assert verdict(Kind.UNEMPLOYMENT_BENEFIT, benefit_form()) is Verdict.ACCEPT
    for name in ("standard_fen", "remaining_months", "benefit_fen", "medical_fen", "total_fen"):
        altered = benefit_form(**{name: benefit_form().items[name] + 3})
        assert verdict(Kind.UNEMPLOYMENT_BENEFIT, altered) is Verdict.QUERY, name
    bare = form_of((), {"total_fen": 0})
    assert verdict(Kind.UNEMPLOYMENT, bare) is Verdict.ACCEPT
    assert verdict(Kind.UNEMPLOYMENT, replace(bare, amount_fen=1)) is Verdict.QUERY
    assert verdict(Kind.MEDICAL, replace(bare, amount_fen=9, items={"balance_fen": 9})) is (
        Verdict.ACCEPT
    )
    assert verdict(Kind.MEDICAL, replace(bare, amount_fen=9, items={"balance_fen": 8})) is (
        Verdict.QUERY
    )
    assert verdict(Kind.MEDICAL, replace(bare, amount_fen=9)) is Verdict.RESERVATION


def test_half_a_fen_is_rounded_up():
    assert [TERMS.product(fen, 5000) for fen in (0, 1, 2, 3)] == [0, 1, 1, 2]
    assert replace(TERMS, rounding_fen=100).product(14_999, 5000) == 7_500
