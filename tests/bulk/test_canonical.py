"""Canonical files: every form of the same rows gives the same result, by either way through."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.adapters.china_calendar import load
from hub.mappings.catalog import load_catalog
from hub.simulate.day import Day, simulate_day
from tests.bulk.canonical_files import (
    AS_OF,
    COLLECTIONS,
    DEPOSITS,
    P1,
    R1,
    R2,
    R3,
    found,
    pair,
    reconciled,
    verdicts,
    write,
)
from tests.conftest import ROOT

NAMES = ("collections", "deposits", "assessments", "denials")


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    folder = tmp_path_factory.mktemp("day")
    invented = Day(rows=3000, seed=11, as_of=AS_OF, forms=frozenset({"csv", "parquet"}))
    catalog = load_catalog(ROOT / "config")
    simulate_day(invented, folder, calendar=load(), catalog=catalog, advance=lambda _rows: None)
    return folder


def files(folder, suffix, names=NAMES):
    return {name: folder / f"{name}.{suffix}" for name in names}


def test_a_simulated_day_gives_exactly_the_planted_differences(day, tmp_path):
    truth = Counter(one["verdict"] for one in json.loads((day / "truth.json").read_text("utf-8")))

    result = reconciled(files(day, "csv"), tmp_path)

    assert Counter(row[2] for row in found(result)) == truth


def test_every_form_of_the_same_rows_gives_the_same_bytes(day, tmp_path):
    gb, crlf, quoted = tmp_path / "gb", tmp_path / "crlf", tmp_path / "quoted"
    for folder in (gb, crlf, quoted):
        folder.mkdir()
    for path in files(day, "csv").values():
        text = path.read_text("utf-8")
        header, *rows = text.splitlines()
        (gb / path.name).write_bytes((text.replace("\n", ",备注\n")).encode("gb18030"))
        (crlf / path.name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
        lines = [header, *('"' + row.replace(",", '","') + '"' for row in rows)]
        (quoted / path.name).write_text("\n".join(lines), "utf-8")

    results = [reconciled(files(day, suffix), tmp_path / suffix) for suffix in ("csv", "parquet")]
    results += [reconciled(files(f, "csv"), f / "out") for f in (gb, crlf, quoted)]

    for result in results[1:]:
        assert found(result) == found(results[0])
        assert result.outcome.summary == results[0].outcome.summary
    contents = [result.outcome.discrepancies.read_bytes() for result in results]
    assert contents == [contents[0]] * 5
    assert {note["columns"][-1] for note in results[2].notes} == {"备注"}


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_the_short_way_finds_what_the_long_way_finds(day, tmp_path, suffix):
    given = files(day, suffix, ("collections", "deposits", "denials"))

    short = reconciled(given, tmp_path / "short")
    long = reconciled(given, tmp_path / "long", shortened=False)

    assert found(short) == found(long)
    assert short.outcome.summary == long.outcome.summary
    assert short.outcome.totals == long.outcome.totals


RECEIPTS = st.sampled_from([R1, R2, R3, "X-7", "0" + R1[1:], R1 + "0"])
KINDS = st.sampled_from(["pension", "medical", "失业"])
AMOUNTS = st.sampled_from(["1.00", "2.00", "3.00", "1", "1.0", "0.00", "4.10"])
DAYS = st.sampled_from(["2026-11-20", "20261119", "2026-11-02"])
LISTED = st.builds(
    lambda r, k, a, d: f"{r},{P1},{k},202611,{a},{d}", RECEIPTS, KINDS, AMOUNTS, DAYS
)
BOOKED = st.builds(
    lambda r, k, a, d: f"D1,{r},{k},{a},{d}", RECEIPTS | st.just(""), KINDS, AMOUNTS, DAYS
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(listed=st.lists(LISTED, max_size=12), booked=st.lists(BOOKED, max_size=12))
def test_both_ways_agree_on_any_rows(tmp_path, listed, booked):
    given = {
        "collections": write(tmp_path, "a.csv", COLLECTIONS, *listed),
        "deposits": write(tmp_path, "b.csv", DEPOSITS, *booked),
    }

    short = reconciled(given, tmp_path / "short")
    long = reconciled(given, tmp_path / "long", shortened=False)

    assert found(short) == found(long)
    assert short.outcome.summary == long.outcome.summary


def test_a_slip_booked_twice_by_one_row_each_is_not_settled(tmp_path):
    # both rows of a duplicate find a partner of equal amount: only counting tells
    line = f"D1,{R1},pension,100.50,2026-11-23"

    result = reconciled(pair(tmp_path, deposits=[line, line.replace("D1", "D2")]), tmp_path / "out")

    assert verdicts(result) == {(R1, None, "pension"): "duplicate"}


def test_column_order_is_free_and_other_columns_are_noted(tmp_path):
    given = pair(tmp_path)
    given["collections"] = write(
        tmp_path, "other.csv", "amount,备注,collected_on,period,insurance_kind,payer_id,receipt_no",
        f'100.5,"有,逗号 和空格",20261120,2026-11,pension,{P1},{R1}',
    )  # fmt: skip

    result = reconciled(given, tmp_path / "out")

    assert found(result) == []
    assert result.notes == [{"note": "columns_ignored", "file": "other.csv", "columns": ["备注"]}]


def test_amounts_of_zero_are_taken_and_noted(tmp_path):
    given = pair(tmp_path, collections=[
        f"{R1},{P1},pension,202611,100.50,2026-11-20", f"{R2},{P1},pension,202611,0,2026-11-20",
    ])  # fmt: skip

    result = reconciled(given, tmp_path / "out")

    assert found(result) == []
    assert result.notes == [{"note": "zero_amounts", "file": "collections.csv", "rows": 1}]


def test_files_without_rows_are_valid(tmp_path):
    given = {
        "collections": write(tmp_path, "a.csv", COLLECTIONS),
        "deposits": write(tmp_path, "b.csv", DEPOSITS),
    }

    assert found(reconciled(given, tmp_path / "out")) == []


@pytest.mark.parametrize("blank", ["\n", "\r\n", "\r"])
def test_blank_lines_and_mixed_line_ends_are_passed_over(tmp_path, blank):
    given = pair(tmp_path)
    path = given["collections"]
    path.write_bytes(
        path.read_bytes() + blank.encode() + f"{R2},{P1},pension,202611,7,2026-11-02\r\n".encode()
    )

    result = reconciled(given, tmp_path / "out")

    assert verdicts(result) == {(R2, None, "pension"): "overdue"}


PHYSICAL = {
    "integers": "330100000000000101::BIGINT AS receipt_no, 100 AS amount, 202611::INT AS period, "
    "DATE '2026-11-02' AS collected_on",
    "doubles": "'330100000000000101' AS receipt_no, 100.10::DOUBLE AS amount, '2026-11' AS period, "
    "TIMESTAMP '2026-11-02 00:00:00' AS collected_on",
    "decimals": "'330100000000000101' AS receipt_no, 100.1000::DECIMAL(18,4) AS amount, "
    "'202611' AS period, '20261102' AS collected_on",
}


@pytest.mark.parametrize("columns", PHYSICAL.values(), ids=PHYSICAL)
def test_parquet_may_store_columns_in_any_sensible_way(tmp_path, columns):
    given = pair(tmp_path, deposits=[f"D1,{R2},pension,100.50,2026-11-23"])
    given["collections"] = tmp_path / "a.parquet"
    duckdb.sql(
        f"COPY (SELECT {columns}, '{P1}' AS payer_id, 'pension' AS insurance_kind)"
        f" TO '{given['collections']}' (FORMAT parquet)"
    )

    row = next(row for row in found(reconciled(given, tmp_path / "out")) if row[0] == R1)

    assert row[2] == "overdue"
    assert row[5:7] == (P1, "202611")
    assert row[11] == date(2026, 11, 2)
