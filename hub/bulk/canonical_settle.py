"""The short way through two big canonical files: what agrees is settled before anybody judges it.

One query reads both files, checks every row, joins them by slip, and keeps of slips that agree only
their sums. The engine gets the other rows. Nothing is judged here. A slip is settled only if it is
proven that each side has exactly one row of it and that their amounts are equal:

    A row that has n partners stands n times in a join, and once if it has none. So if the join
    has as many rows with a left side as the left file, no slip of both files has two rows on the
    right; and likewise the other way round.

Where this does not hold (somebody booked twice), the slips with several rows on a side are looked
for, and taken out again.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import duckdb

from hub.bulk.canonical_checks import COLUMNS, sql_holds, sql_value
from hub.bulk.canonical_sides import searched
from hub.bulk.canonical_usual import BALKS, checked, create_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.bulk.canonical_sides import Side
    from hub.bulk.canonical_usual import Usual

_TWICE_MAX: Final = 0.02
"""If more rows than this share their slip with another one, the engine gets everything."""

_SAMPLE_ROWS: Final = 20_000
_SAME_MAX: Final = 20
"""If a slip at the head of a file has more rows than this, it may have far more behind it."""

_SAMPLE: Final = """
SELECT coalesce(sum(rows), 0), count(*), coalesce(max(rows), 0) FROM (
    SELECT count(*) AS rows FROM (SELECT receipt_no, insurance_kind FROM ({rows}) LIMIT {limit})
    WHERE receipt_no IS NOT NULL GROUP BY receipt_no, insurance_kind
)
"""

_ROW_BYTES_MIN: Final = 16
"""A row of a CSV file has this many bytes at least: `1,,a,1,20260101` and a line end."""

_AMOUNT: Final = next(one for one in COLUMNS["deposits"] if one.name == "amount")
_OTHERWISE: Final = (
    f"CASE WHEN {sql_holds('booked', _AMOUNT)}"
    f" THEN {sql_value('booked', _AMOUNT)} = {sql_value('listed', _AMOUNT)} ELSE FALSE END"
)
"""SQL: amounts that are written otherwise are equal nevertheless."""

# the deposits are kept in memory while the collections stream by, so they are made narrow: a kind
# that has no code goes along in `named`; a checked text has no such sign
_APART: Final = "chr(31)"

_JOINED: Final = """
CREATE OR REPLACE TEMP TABLE {name} AS
SELECT kind, listed_on, booked_on, settled, count(*) AS rows, sum(decimal) AS yuan,
    count(*) FILTER (decimal = 0) AS zeros,
    list(struct_pack(receipt_no := receipt_no, payer_id := payer_id,
        insurance_kind := insurance_kind, period := period, listed := listed,
        collected_on := collected_on, kind := kind, booked := booked,
        credited_on := booked_on, named := named)) FILTER (NOT settled) AS rest
FROM (
    SELECT *, coalesce(CASE WHEN listed = booked THEN TRUE ELSE {otherwise} END, FALSE) AS settled
    FROM (
        SELECT receipt_no, kind, day AS listed_on, amount AS listed, decimal, payer_id,
            insurance_kind, period, collected_on
        FROM ({listed})
    ) FULL JOIN (
        SELECT receipt_no, kind, day AS booked_on, amount AS booked,
            CASE WHEN kind IS NOT NULL THEN deposit_no
                ELSE concat_ws({apart}, deposit_no, insurance_kind) END AS named
        FROM ({booked})
    ) USING (receipt_no, kind) LIMIT {rows_max}
)
GROUP BY kind, listed_on, booked_on, settled
"""

_IN_JOIN: Final = """
SELECT agreeing + listed, agreeing + booked
FROM (SELECT coalesce(sum(rows), 0) AS agreeing FROM joined WHERE settled),
    (SELECT count(listed) AS listed, count(named) AS booked FROM rest)
"""

_TWICE: Final = """
SELECT receipt_no, kind, {kind} AS insurance_kind FROM ({rows})
WHERE receipt_no IS NOT NULL AND kind IS NOT NULL
GROUP BY receipt_no, kind HAVING count(*) > 1
"""

_TAKE_OUT: Final = """
INSERT INTO joined BY NAME
SELECT kind, listed_on, booked_on, settled, -rows AS rows, -yuan AS yuan, -zeros AS zeros
FROM joined_twice;
DELETE FROM rest USING twice
WHERE rest.receipt_no = twice.receipt_no AND rest.kind = twice.kind;
"""

_REST: Final = {
    "collections": "SELECT receipt_no, payer_id, insurance_kind, period, listed AS amount,"
    " collected_on FROM rest WHERE listed IS NOT NULL",
    "deposits": f"SELECT split_part(named, {_APART}, 1) AS deposit_no, receipt_no,"
    " {kind} AS insurance_kind, booked AS amount, credited_on::VARCHAR AS credited_on"
    " FROM rest WHERE named IS NOT NULL",
}

_DAILY: Final = """
CREATE TEMP TABLE daily AS
SELECT source, true AS is_new, day, insurance_kind, sum(rows) AS rows, sum(fen) AS fen FROM (
    SELECT 'collections' AS source, listed_on AS day, {kind} AS insurance_kind, rows,
        (yuan * 100)::BIGINT AS fen FROM joined WHERE settled
    UNION ALL
    SELECT 'deposits', booked_on, {kind}, rows, (yuan * 100)::BIGINT FROM joined WHERE settled
    UNION ALL
    SELECT 'collections', collected_on, insurance_kind, 1, amount_fen FROM collections
    UNION ALL
    SELECT 'deposits', credited_on, insurance_kind, 1, amount_fen FROM deposits
) GROUP BY ALL HAVING sum(rows) > 0
"""

_UNKNOWN: Final = -1
"""No number of rows: what is compared with it is taken for a file with slips of several rows."""

_SETTINGS: Final = (
    # so that the deposits are the side that is kept
    "SET disabled_optimizers = 'join_order,build_side_probe_side'",
    "SET enable_profiling = 'no_output'",
)


def settle(
    connection: duckdb.DuckDBPyConnection, listed: Side, booked: Side, usual: Usual
) -> int | None:
    """Create `collections` and `deposits` without what is settled, and `daily`.

    Return how many slips of amount zero were settled. `None`: nothing was settled, because a row
    does not hold, or DuckDB may have read it otherwise than the standard does, slips have several
    rows as a rule, or what is left exceeds the memory.
    """
    try:
        return _settle(connection, _plainly(listed), _plainly(booked), usual)
    except _NotPlain:
        return _settle(connection, listed, booked, usual)


def _plainly(side: Side) -> Side:
    return replace(side, plain=side.csv is not None and side.csv.looks_plain)


class _NotPlain(Exception):
    """A file whose head is plain is not plain further on."""


def _settle(
    connection: duckdb.DuckDBPyConnection, listed: Side, booked: Side, usual: Usual
) -> int | None:
    try:
        if not all(_is_single(connection, side) for side in (listed, booked)):
            return None
        with ThreadPoolExecutor(1) as pool:  # DuckDB leaves Python time meanwhile
            doubts = pool.map(_is_doubtful, (listed, booked))
            again = _join(connection, listed, booked, usual)
        if any(doubts) or again is None:
            return None
        if again:
            _take_out(connection, again, [listed, booked], usual)
        for side in (listed, booked):
            kind = usual.kind_of("kind", f"split_part(named, {_APART}, 2)")
            rows = _REST[side.name].format(kind=kind)
            if again:
                names = ", ".join(column.name for column in COLUMNS[side.name])
                rows += f" UNION ALL BY NAME SELECT {names} FROM twice_{side.name}"
            create_table(connection, replace(side, rows=rows), usual)
    except (*BALKS, duckdb.OutOfMemoryException):
        return None
    connection.execute(_DAILY.format(kind=usual.kind_of("kind", "NULL")))
    ((zeros,),) = connection.execute(
        "SELECT coalesce(sum(zeros), 0) FROM joined WHERE settled"
    ).fetchall()
    for table in ("joined", "rest"):
        connection.execute(f"DROP TABLE {table}")
    return int(zeros)


def _is_doubtful(side: Side) -> bool:
    """Tell whether DuckDB may read a file otherwise than the standard does."""
    if side.plain and side.csv is not None:
        if not side.csv.is_plain():
            raise _NotPlain
        return False
    csv = searched(side).csv
    return csv is not None and csv.doubtful is True


def _is_single(connection: duckdb.DuckDBPyConnection, side: Side) -> bool:
    """Tell whether slips at the head of a file have one row each, as a rule and by far.

    A join pairs each row of a slip with each: a thousand rows on either side make a million.
    """
    ((rows, slips, most),) = connection.execute(
        _SAMPLE.format(rows=side.rows, limit=_SAMPLE_ROWS)
    ).fetchall()
    return bool(rows - slips <= _TWICE_MAX * rows and most <= _SAME_MAX)


def _join(
    connection: duckdb.DuckDBPyConnection, listed: Side, booked: Side, usual: Usual
) -> list[Side] | None:
    """Create `joined`, and `rest` of its rows that are not settled.

    Return the sides that have several rows of a slip, or `None` if they have too many.
    """
    for setting in _SETTINGS:
        connection.execute(setting)
    try:
        connection.execute(
            _joined(
                "joined",
                checked(listed, usual),
                checked(booked, usual, compared=True),
                rows_max=2 * sum(_rows_max(connection, side) for side in (listed, booked)),
            )
        )
        profile = json.loads(connection.get_profiling_information("json"))
    finally:
        connection.execute("RESET disabled_optimizers")
        connection.execute("RESET enable_profiling")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rest AS SELECT unnest(rest, recursive := true) FROM joined"
    )
    ((*in_join,),) = connection.execute(_IN_JOIN).fetchall()
    in_files = [*_rows_read(profile.get("operator", []))]
    if len(in_files) != len(in_join) or sum(in_join) > sum(in_files) * (1 + _TWICE_MAX):
        return None
    # a row of one side stands repeatedly because of several rows of the other
    return [
        side
        for side, joined, read in zip((booked, listed), in_join, in_files, strict=True)
        if joined != read
    ]


def _take_out(
    connection: duckdb.DuckDBPyConnection, several: list[Side], sides: list[Side], usual: Usual
) -> None:
    """Take slips with several rows on a side out of `joined` and `rest`; `twice_…` has the rows."""
    kind = usual.kind_of("kind", "NULL")
    twice = " UNION ".join(
        _TWICE.format(kind=kind, rows=checked(side, usual, again=True)) for side in several
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE twice AS {twice}")
    for side in sides:
        rows = f"FROM ({side.rows}) SEMI JOIN twice USING (receipt_no, insurance_kind)"
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE twice_{side.name} AS"
            f" {checked(replace(side, rows=rows), usual, again=True)}"
        )
    connection.execute(
        _joined("joined_twice", *(f"FROM twice_{side.name}" for side in sides), rows_max="ALL")
    )
    connection.execute(_TAKE_OUT)


def _joined(name: str, listed: str, booked: str, *, rows_max: str | int) -> str:
    return _JOINED.format(
        name=name, listed=listed, booked=booked, otherwise=_OTHERWISE, apart=_APART,
        rows_max=rows_max,
    )  # fmt: skip


def _rows_max(connection: duckdb.DuckDBPyConnection, side: Side) -> int:
    """Return how many rows a file can have, without reading it.

    A join that makes many more is one of slips with many rows on either side, and is cut off.
    """
    if side.csv is not None:
        return side.csv.path.stat().st_size // _ROW_BYTES_MIN
    ((rows,),) = connection.execute(f"SELECT count(*) FROM ({side.rows})").fetchall()
    return int(rows)


def _rows_read(operators: list[dict[str, Any]]) -> Iterator[int]:
    """Yield how many rows each scan of a query read, from left to right."""
    for one in operators:
        if one.get("type") == "TABLE_SCAN":
            yield one.get("rows_scanned", _UNKNOWN)
        yield from _rows_read(one.get("children", []))
