"""The short way: what agrees is settled, and nothing else is, whatever the files hold."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.bulk import engine
from hub.bulk.canonical_csv import CHUNK_BYTES
from hub.bulk.canonical_diagnosis import RowsRejected
from hub.bulk.canonical_settle import settle
from hub.bulk.canonical_sides import open_side
from hub.bulk.canonical_usual import Usual
from tests.bulk.canonical_files import (
    COLLECTIONS,
    DEPOSITS,
    P1,
    R1,
    R2,
    R3,
    found,
    reconciled,
    verdicts,
    write,
)

# enough slips that agree for the few others to be exceptions
MANY = range(3000)
KINDS = ("pension", "medical", "失业")


def listed(receipt, kind="pension", amount="1.00", day="2026-11-20"):
    return f"{receipt},{P1},{kind},202611,{amount},{day}"


def booked(receipt, kind="pension", amount="1.00", day="2026-11-23", number="D1"):
    return f"{number},{receipt},{kind},{amount},{day}"


def files(folder, collections=(), deposits=(), prefix="3301000000001"):
    """Two files of which many slips agree, with the given lines among them."""
    agreeing = [(f"{prefix}{n:05}", KINDS[n % 3], f"{n % 700}.{n % 100:02}") for n in MANY]
    return {
        "collections": write(
            folder, "a.csv", COLLECTIONS, *(listed(*slip) for slip in agreeing), *collections
        ),
        "deposits": write(
            folder, "b.csv", DEPOSITS, *(booked(*slip) for slip in agreeing), *deposits
        ),
    }


def settled(given, folder, threads=engine.THREADS):
    """Settle, and return what `settle` said and the receipts that were left on each side."""
    with engine.connect(folder, threads=threads) as connection:
        connection.execute("SET preserve_insertion_order = false")
        sides = [open_side(connection, name, path, folder) for name, path in given.items()]
        usual = Usual()
        for side in sides:
            usual = usual.and_of(connection, side)
        zeros = settle(connection, *sides, usual)
        if zeros is None:
            return None, [], []
        left = [
            sorted(
                row[0] or ""
                for row in connection.execute(f"SELECT receipt_no FROM {name}").fetchall()
            )
            for name in given
        ]
    return zeros, *left


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("prefix", ["3301000000001", "33010000000000001", "T-", "0301000000001"])
def test_what_agrees_is_settled_whatever_receipt_numbers_look_like(tmp_path, prefix, threads):
    given = files(
        tmp_path, [listed(R1), listed(R2)], [booked(R1, amount="2.00"), booked(R3)], prefix
    )

    assert settled(given, tmp_path, threads) == (5, [R1, R2], [R1, R3])


def test_amounts_written_otherwise_are_settled(tmp_path):
    given = files(tmp_path, [listed(R1, amount="7")], [booked(R1, amount="7.0")])

    assert settled(given, tmp_path) == (5, [], [])


@pytest.mark.parametrize(
    ("collections", "deposits", "left"),
    [
        ([listed(R1)], [booked(R1), booked(R1)], ([R1], [R1, R1])),
        ([listed(R1), listed(R1)], [booked(R1)], ([R1, R1], [R1])),
        ([listed(R1), listed(R1)], [booked(R1), booked(R1)], ([R1, R1], [R1, R1])),
        ([listed(R1), listed(R2)], [booked(R1), booked(R1), booked(R2)], ([R1], [R1, R1])),
        ([listed(R1), listed(R1, "medical")], [booked(R1)], ([R1], [])),
        ([listed(R1)], [booked(R1, amount="9.00"), booked(R1)], ([R1], [R1, R1])),
    ],
)
def test_a_slip_of_several_rows_on_a_side_is_not_settled(tmp_path, collections, deposits, left):
    assert settled(files(tmp_path, collections, deposits), tmp_path) == (5, *left)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (R1, "0" + R1),
        (R1, "+" + R1),
        ("100000000000000000", "1e17"),
        ("100000000000000000", "1.0000000000000e17"),
        ("100000000000000001", "0x16345785D8A0001"),
        ("100000000000000001", "0x016345785D8A0001"),
        ("123456789012345600", "1234567890123456e2"),
        ("330100000000000101", "3301_00000000000101"),
        ("330100000000000101", "330100000000000101.0"),
    ],
)
def test_receipts_that_are_equal_only_as_numbers_are_different(tmp_path, one, other):
    for lines in (([listed(one)], [booked(other)]), ([listed(other)], [booked(one)])):
        given = files(tmp_path, *lines)

        _zeros, collections, deposits = settled(given, tmp_path)

        assert sorted([*collections, *deposits]) == sorted([one, other])


@pytest.mark.parametrize(
    "deposit",
    [
        booked(R1, amount="1.001"),
        booked(R1, amount="1e0"),
        booked(R1, amount=""),
        booked(R1, number=""),
        booked(R1, number="D 1"),
        booked(R1, kind="pen sion"),
        booked(R1, day="2026-11-31"),
        booked("3301 0101"),
    ],
)
def test_nothing_is_settled_if_any_row_does_not_hold(tmp_path, deposit):
    assert settled(files(tmp_path, [listed(R1)], [deposit]), tmp_path) == (None, [], [])


def test_a_blank_at_a_quote_is_found_behind_the_head_of_a_file(tmp_path):
    """DuckDB takes `"R1" ` for R1; the standard says that there is a blank in it."""
    slips = [f"{R1}{number:05}" for number in range(20_000)]
    given = {
        "collections": write(
            tmp_path, "a.csv", COLLECTIONS, *map(listed, slips), listed(f'"{R1}" ')
        ),
        "deposits": write(tmp_path, "b.csv", DEPOSITS, *map(booked, slips), booked(R1)),
    }
    assert given["collections"].stat().st_size > CHUNK_BYTES

    assert settled(given, tmp_path) == (None, [], [])
    with pytest.raises(RowsRejected):
        reconciled(given, tmp_path / "out")


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ([(listed(R1), booked(R1, number="D 1"))], None),
        ([(listed(R1), booked(R1, number="D\x7f"))], None),
        ([(listed(R1), booked(R1, number="税票"))], None),
        ([(listed("x" * 65), booked("x" * 65))], None),
        ([(listed(R1, kind="失业"), booked(R1, kind="失业"))], [R1]),  # its head has no such kind
        ([(listed(R1), booked(R1)), (listed("R;~"), booked("R;~", amount="2.00"))], ["R;~"]),
    ],
)
def test_what_is_not_plain_is_found_behind_the_head_of_a_file(tmp_path, lines, left):
    slips = [f"{R1}{number:05}" for number in range(22_000)]
    given = {
        "collections": write(
            tmp_path, "a.csv", COLLECTIONS, *map(listed, slips), *(one for one, _ in lines)
        ),
        "deposits": write(
            tmp_path, "b.csv", DEPOSITS, *map(booked, slips), *(one for _, one in lines)
        ),
    }
    assert given["deposits"].stat().st_size > CHUNK_BYTES

    expected = (None, [], []) if left is None else (0, left, left)
    assert settled(given, tmp_path) == expected


def test_files_whose_slips_have_several_rows_as_a_rule_are_left_to_the_engine(tmp_path):
    given = {
        "collections": write(tmp_path, "a.csv", COLLECTIONS, *(listed(R1) for _ in MANY)),
        "deposits": write(tmp_path, "b.csv", DEPOSITS, *(booked(R1) for _ in MANY)),
    }

    assert settled(given, tmp_path) == (None, [], [])
    assert found(reconciled(given, tmp_path / "out")) == []


@pytest.mark.parametrize("before", [0, 20_000])
def test_a_receipt_number_that_stands_for_any_does_not_make_millions_of_pairs(tmp_path, before):
    singles = [f"S-{number}" for number in range(before)]
    given = {
        "collections": write(
            tmp_path, "a.csv", COLLECTIONS, *map(listed, singles), *[listed("none")] * 5_000
        ),
        "deposits": write(
            tmp_path, "b.csv", DEPOSITS, *map(booked, singles), *[booked("none")] * 5_000
        ),
    }

    assert settled(given, tmp_path) == (None, [], [])
    assert found(reconciled(given, tmp_path / "out")) == []


def test_a_duplicate_among_many_is_found(tmp_path):
    given = files(tmp_path, [listed(R1)], [booked(R1, number="D1"), booked(R1, number="D2")])

    result = reconciled(given, tmp_path / "out")

    assert verdicts(result) == {(R1, None, "pension"): "duplicate"}
    assert result.outcome.summary["inputs"]["deposits"]["rows"] == len(MANY) + 2


RECEIPTS = st.sampled_from([R1, R2, R3, "X-7", "0" + R1[1:], R1 + "0", "330100000000100007"])
AMOUNTS = st.sampled_from(["1.00", "2.00", "1", "1.0", "0.00", "4.10", "7.07"])
DAYS = st.sampled_from(["2026-11-20", "20261119", "2026-11-02"])
LISTED = st.builds(listed, RECEIPTS, st.sampled_from(KINDS), AMOUNTS, DAYS)
BOOKED = st.builds(booked, RECEIPTS | st.just(""), st.sampled_from(KINDS), AMOUNTS, DAYS)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(collections=st.lists(LISTED, max_size=10), deposits=st.lists(BOOKED, max_size=10))
@example(collections=[listed(R1)] * 3, deposits=[booked(R1)] * 2)
def test_both_ways_agree_on_exceptions_among_many_slips(tmp_path, collections, deposits):
    given = files(tmp_path, collections, deposits)

    assert settled(given, tmp_path)[0] is not None
    short = reconciled(given, tmp_path / "short")
    long = reconciled(given, tmp_path / "long", shortened=False)

    assert Counter(found(short)) == Counter(found(long))
    assert short.outcome.summary == long.outcome.summary
    assert short.outcome.totals == long.outcome.totals
    assert short.notes == long.notes
