"""A simulated day: exact size, the same bytes for the same seed, and numbers that hold."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.china_calendar import load
from hub.domain.codes import credit_code, org_code, person_id
from hub.domain.verdict import Verdict
from hub.errors import Rejected
from hub.mappings.catalog import load_catalog
from hub.simulate.cases import SHAPES, cases
from hub.simulate.dates import Dates
from hub.simulate.day import Day, simulate_day
from hub.simulate.mint import Mint
from hub.simulate.rates import rates

MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 20)
CALENDAR = load()
CATALOG = load_catalog(Path(__file__).parents[2] / "config")
DATES = Dates(calendar=CALENDAR, transit_days=3)


def made(rows: int, seed: int = 1):
    return list(cases(Mint(seed), DATES, [FRIDAY, MONDAY], rows=rows))


def written(out, **changes):
    day = Day(**{"rows": 500, "seed": 7, "as_of": MONDAY, **changes})
    return simulate_day(day, out, calendar=CALENDAR, catalog=CATALOG, advance=lambda _rows: None)


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(1, 3000), seed=st.integers(0, 2**32))
def test_a_day_has_exactly_the_rows_that_were_asked_for(rows, seed):
    assert rows == sum(case.rows for case in made(rows, seed))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_two_hundred_rows_show_every_verdict(seed):
    found = {p.verdict for case in made(200, seed) for p in case.planted if p.stands_on(MONDAY)}

    assert found == set(Verdict) - {Verdict.MATCHED}


def test_every_shape_has_a_frequency_and_plain_cases_prevail():
    assert list(SHAPES) == list(rates().shapes)
    assert sum(rates().shapes.values()) < 10_000


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        written(tmp_path / name, seed=seed)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))

    assert len(files) >= 10
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file
    for name in ("collections.csv", "deposits.parquet", "truth.json"):
        assert (tmp_path / "a" / name).read_bytes() != (tmp_path / "c" / name).read_bytes()


def test_numbers_of_people_and_payers_are_valid_and_belong_to_one_only():
    slips = [slip for case in made(20_000) for slip in case.collected]
    payers = {s.payer.payer_id: s.payer for s in slips if len(s.payer.person_ids) > 1}
    people = [i for payer in payers.values() for i in payer.person_ids]

    assert len(payers) > 300
    assert all(map(credit_code.is_valid, payers))
    assert all(org_code.is_valid(credit_code.organisation(code)) for code in payers)
    assert any(code.startswith("N2") for code in payers)
    assert all(person_id.is_valid(i) and not person_id.warnings(i) for i in people)
    assert len(set(people)) == len(people)


def test_names_include_characters_that_need_four_bytes_and_middle_dots():
    names = {n for case in made(20_000) for slip in case.collected for n in slip.payer.person_names}

    assert any(len(name.encode("gb18030")) > 2 * len(name) for name in names)
    assert any("\N{MIDDLE DOT}" in name for name in names)
    assert all(name == name.encode("gb18030").decode("gb18030") for name in names)


def test_receipts_have_eighteen_digits_and_one_payer_and_day():
    owners = defaultdict(set)
    for case in made(5000):
        for slip in case.collected:
            assert len(slip.receipt_no) == 18
            assert slip.receipt_no.isdecimal()
            owners[slip.receipt_no].add((slip.payer.payer_id, slip.collected_on))

    assert {len(found) for found in owners.values()} == {1}


def test_a_receipt_may_carry_several_kinds_and_a_deposit_many_receipts():
    kinds, receipts = defaultdict(set), defaultdict(set)
    for case in made(5000):
        for slip in case.collected:
            kinds[slip.receipt_no].add(slip.insurance_kind)
        for booking in case.deposited:
            receipts[booking.deposit_no].add(booking.receipt_no)

    assert max(map(len, kinds.values())) == 3
    assert max(map(len, receipts.values())) > 1


@pytest.mark.samples
def test_kinds_bring_in_money_in_the_order_of_the_published_accounts(samples):
    folder = samples / "statistics" / "joeyu-shanghai"
    (path,) = folder.glob("*收入_2020.csv")
    funds, items, amounts = csv.reader(path.read_text("utf-8").splitlines())
    published = Counter()
    for fund, item, yuan in zip(funds, items, amounts, strict=True):
        for kind, name in (
            ("pension", "养老"),
            ("medical", "医疗"),
            ("unemployment", "失业"),
            ("work_injury", "工伤"),
        ):
            if (
                item == "保险费收入"
                and name in fund
                and "职工" in fund + "职工" * (kind[0] in "uw")
            ):
                published[kind] += round(float(yuan))
    simulated = Counter()
    for case in made(50_000):
        for slip in case.collected:
            simulated[slip.insurance_kind] += slip.amount_fen
    del simulated["maternity"]

    assert [k for k, _ in published.most_common()] == [k for k, _ in simulated.most_common()]


def test_parquet_and_csv_hold_the_same_rows(tmp_path):
    written(tmp_path)

    for name in ("collections", "deposits", "assessments", "denials"):
        same = duckdb.sql(
            f"select count(*), (select count(*) from '{tmp_path}/{name}.parquet') from ("
            f"select columns(*)::varchar from '{tmp_path}/{name}.parquet' intersect all "
            f"select columns(*)::varchar from read_csv('{tmp_path}/{name}.csv', all_varchar=true))"
        ).fetchall()
        assert same[0][0] == same[0][1] > 0


def test_the_summary_counts_what_the_files_hold(tmp_path):
    summary = written(tmp_path)
    truth = json.loads((tmp_path / "truth.json").read_text("utf-8"))
    with (tmp_path / "collections.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    side = summary["sides"]["collections"]
    assert len(rows) == side["rows"] == 500
    assert sum(round(float(row["amount"]) * 100) for row in rows) == side["total_fen"]
    assert summary["truth"] == Counter(one["verdict"] for one in truth)
    assert summary == json.loads((tmp_path / "day.json").read_text("utf-8"))


def test_nothing_is_listed_that_happens_after_the_day(tmp_path):
    written(tmp_path)

    last = duckdb.sql(f"select max(credited_on) from '{tmp_path}/deposits.parquet'").fetchall()

    assert last == [(MONDAY,)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"as_of": date(2026, 11, 22)}, "simulate_rest_day"),
        ({"as_of": date(2027, 11, 22)}, "calendar_unknown_year"),
        ({"rows": 0}, "simulate_rows_out_of_range"),
        ({"forms": frozenset({"csv", "xls"})}, "simulate_form_unknown"),
    ],
)
def test_a_day_that_cannot_be_made_is_refused(tmp_path, changes, code):
    with pytest.raises(Rejected) as refusal:
        written(tmp_path, **changes)

    assert refusal.value.code == code
