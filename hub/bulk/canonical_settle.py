"""The short way through two big canonical files: what agrees is settled before anybody judges it.

The engine nets every slip by aggregation, which for ten million slips costs twice what a join
costs. So both files are read into narrow tables first, with an integer in place of receipt and
kind; one join then finds the slips that surely agree, and the engine gets the rest. Nothing is
judged here. A slip is settled only if it is proven that each side has exactly one row of it and
that their amounts are equal:

    Within a part of all slips let a join of the two sides give `pairs` rows, where one side has
    `listed` rows that found a partner, and the other `booked`. A slip with m and n rows gives
    m * n pairs, never less than m or n. If pairs = listed = booked, each m and n is 1.

Parts for which this does not hold (somebody booked twice) go to the engine as a whole. Where
slips have several rows as a rule (one a person), the rows are netted first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.bulk.canonical_short import Usual, kind_of, narrow_rows

if TYPE_CHECKING:
    import duckdb

    from hub.bulk.canonical_sides import Side

PARTS: Final = 1 << 16
_ROWS_A_SLIP_FEW: Final = 1.5

_PART: Final = f"(hash(slip) & {PARTS - 1})::INTEGER"

_JOINED: Final = f"""
CREATE TEMP TABLE parts AS
SELECT {_PART} AS part, count(listed) + count(booked) - count(*) AS pairs,
    count(*) - count(booked) AS only_listed, count(*) - count(listed) AS only_booked,
    list(slip) FILTER (listed IS DISTINCT FROM booked) AS suspects
FROM (SELECT slip, amount AS listed FROM {{listed}} WHERE slip IS NOT NULL)
FULL JOIN (SELECT slip, amount AS booked FROM {{booked}} WHERE slip IS NOT NULL) USING (slip)
GROUP BY part
"""

_UNPROVEN: Final = f"""
CREATE TEMP TABLE unproven AS
SELECT part FROM parts
LEFT JOIN (SELECT {_PART} AS part, count(*) AS rows FROM {{listed}} WHERE slip IS NOT NULL
    GROUP BY part) AS listed USING (part)
LEFT JOIN (SELECT {_PART} AS part, count(*) AS rows FROM {{booked}} WHERE slip IS NOT NULL
    GROUP BY part) AS booked USING (part)
WHERE pairs <> coalesce(listed.rows, 0) - only_listed
    OR pairs <> coalesce(booked.rows, 0) - only_booked
"""

_DAILY: Final = """
CREATE TEMP TABLE daily AS
SELECT 'collections' AS source, true AS is_new, collected_on AS day, {kind} AS insurance_kind,
    sum(rows) AS rows, sum(fen) AS fen
FROM (SELECT collected_on, kind, insurance_kind, count(*) AS rows, {fen} AS fen
    FROM narrow_collections GROUP BY ALL) GROUP BY ALL
UNION ALL
SELECT 'deposits', true, credited_on, {kind}, sum(rows), sum(fen)
FROM (SELECT credited_on, kind, insurance_kind, count(*) AS rows, {fen} AS fen
    FROM narrow_deposits GROUP BY ALL) GROUP BY ALL
"""

_LEFT: Final = """
CREATE TABLE {name} AS
SELECT NULL::BIGINT AS line, coalesce(receipt_no, (slip // 8)::VARCHAR) AS receipt_no,
    {kind} AS insurance_kind, (amount * 100::DECIMAL(3, 0))::BIGINT AS amount_fen, true AS is_new,
    {others}
FROM narrow_{name}
WHERE slip IS NULL OR slip IN (FROM suspects) {rest}
"""


def narrow(name: str) -> str:
    """Return the name of the table that `Settling.take` makes of a side."""
    return f"narrow_{name}"


class Settling:
    """Settles collections and deposits: look at both, take both, then settle.

    Each step on a side fails as `Side.facts` does if a row does not hold, and can be repeated.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._usual = Usual()

    def look_at(self, side: Side) -> None:
        """Learn from the head of a file how its values are usually written."""
        self._usual = self._usual.and_of(self._connection, side)

    def take(self, side: Side) -> None:
        """Read a file into its narrow table."""
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {narrow(side.name)} AS {narrow_rows(side, self._usual)}"
        )

    def settle(self) -> None:
        """Create `collections` and `deposits` without what is settled, and `daily`."""
        connection, kind = self._connection, kind_of(self._usual.kinds)
        connection.execute(_DAILY.format(kind=kind, fen="(sum(amount) * 100)::BIGINT"))
        listed, listed_rows = self._by_slip("collections")
        booked, booked_rows = self._by_slip("deposits")
        connection.execute(_JOINED.format(listed=listed, booked=booked))
        connection.execute("CREATE TEMP TABLE suspects AS SELECT unnest(suspects) FROM parts")
        ((pairs, only_listed, only_booked),) = connection.execute(
            "SELECT coalesce(sum(pairs), 0), coalesce(sum(only_listed), 0),"
            " coalesce(sum(only_booked), 0) FROM parts"
        ).fetchall()
        rest = ""
        if not pairs == listed_rows - only_listed == booked_rows - only_booked:
            connection.execute(_UNPROVEN.format(listed=listed, booked=booked))
            rest = f"OR {_PART} IN (FROM unproven)"
        others = {
            "collections": "payer_id, period, collected_on",
            "deposits": "deposit_no, credited_on",
        }
        for name, columns in others.items():
            connection.execute(_LEFT.format(name=name, kind=kind, others=columns, rest=rest))
            connection.execute(f"DROP TABLE {narrow(name)}")
        connection.execute("DROP TABLE suspects")

    def _by_slip(self, name: str) -> tuple[str, int]:
        """Return a table of a side's amounts, netted where slips have many rows, and its rows."""
        table = narrow(name)
        ((rows, slips),) = self._connection.execute(
            f"SELECT count(slip), approx_count_distinct(slip) FROM {table}"
        ).fetchall()
        if rows < _ROWS_A_SLIP_FEW * slips:
            return table, rows
        ((netted,),) = self._connection.execute(
            f"CREATE TEMP TABLE netted_{name} AS"
            f" SELECT slip, sum(amount) AS amount FROM {table} WHERE slip IS NOT NULL GROUP BY slip"
        ).fetchall()
        return f"netted_{name}", netted
