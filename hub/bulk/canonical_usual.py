"""Rows of a canonical file, checked in the cheapest way that proves as much.

Each check here accepts at once what is written in the usual way, and leaves the rest to the exact
one of `canonical_checks`. The usual ways:

- an amount that, as a decimal with two places, is written exactly as it stands in the file;
- a date, period or kind that was seen at the head of the file and found good there;
- a number of letters, digits and the few marks that a URL leaves as they are; or, in a file that
  was proven to be plain, any.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import duckdb

from hub.bulk.canonical_checks import COLUMNS, problem, sql_holds, sql_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.bulk.canonical_checks import Column
    from hub.bulk.canonical_sides import Side

BALKS: Final = (duckdb.InvalidInputException, duckdb.ConversionException)
"""What DuckDB raises when a row does not hold, or is no CSV; the diagnosis then says why."""

KINDS_MAX: Final = 32

_SAMPLE_ROWS: Final = 20_000
_VALUES_MAX: Final = 12

_FEW: Final = {"kind": "UTINYINT", "period": "INTEGER", "date": "DATE"}
"""Types of which a file has few values, and the SQL types of what stands for them."""

_VALUE: Final = {"period": "month", "date": "day"}


@dataclass(frozen=True, slots=True)
class Usual:
    """How values are usually written, all of them good: by column, and the kinds of all files."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def and_of(self, connection: duckdb.DuckDBPyConnection, side: Side) -> Usual:
        """Return these and what the head of a file shows."""
        columns = COLUMNS[side.name]
        few = [column for column in columns if column.type in _FEW]
        ((*cells,),) = connection.execute(
            f"SELECT {', '.join(f'list(DISTINCT {column.name})' for column in few)}"
            f" FROM (FROM ({side.rows}) LIMIT {_SAMPLE_ROWS})"
        ).fetchall()
        values, kinds = dict(self.values), set(self.kinds)
        for column, found in zip(few, cells, strict=True):
            good = {cell for cell in found or () if cell and problem(cell, column) is None}
            if column.type == "kind":
                kinds |= good
            else:
                values[column.name] = tuple(sorted(good)[:_VALUES_MAX])
        return Usual(values, tuple(sorted(kinds)[:KINDS_MAX]))

    def kind_of(self, code: str, other: str) -> str:
        """Return SQL of the insurance kind that a code stands for, or `other` if it is null."""
        named = " ".join(f"WHEN {number} THEN '{kind}'" for number, kind in enumerate(self.kinds))
        return f"CASE {code} {named} ELSE {other} END" if named else other


def checked(side: Side, usual: Usual, *, compared: bool = False, again: bool = False) -> str:
    """Return SQL of the rows as text, and of their values; it fails if any row does not hold.

    The values: `kind` (a code of `usual`, or null), `decimal` in yuan, and `day` and `month` of
    the date and period. `compared`: receipts and amounts are left open, because a row counts only
    if they equal those of a row that was checked. `again`: the rows were checked before.
    """
    columns = COLUMNS[side.name]
    known = [_known(column, usual) for column in columns if column.type in _FEW]
    values = [column.name for column in columns]
    for column in columns:
        if column.type == "kind":
            values.append("usual_insurance_kind AS kind")
        elif column.type == "amount" and not compared:
            known.append("try_cast(amount AS DECIMAL(15, 2)) AS decimal")
            values.append("decimal")
        elif column.type in _FEW:
            quick, exact = f"usual_{column.name}", sql_value(column.name, column)
            values.append(
                f"CASE WHEN {quick} IS NOT NULL THEN {quick} ELSE {exact} END"
                f" AS {_VALUE[column.type]}"
            )
    rows = f"SELECT {', '.join(values)} FROM (SELECT {', '.join(['*', *known])} FROM ({side.rows}))"
    if again:
        return rows
    # `CASE` looks at the exact checks only for rows that are not written in the usual way;
    # `OR` would evaluate both for all rows
    usually = " AND ".join(
        _usually(column, plain=side.plain)
        for column in columns
        if not (compared and column.name in ("amount", "receipt_no"))
    )
    exactly = " AND ".join(sql_holds(column.name, column) for column in columns)
    return (
        f"{rows} WHERE CASE WHEN {usually} THEN TRUE WHEN {exactly} THEN TRUE ELSE error('#') END"
    )


def create_table(connection: duckdb.DuckDBPyConnection, side: Side, usual: Usual) -> None:
    """Create the engine's input of a file's facts; raises one of `BALKS` if a row does not hold."""
    names = []
    for column in COLUMNS[side.name]:
        values = {
            "amount": "(decimal * 100::DECIMAL(3, 0))::BIGINT AS amount_fen",
            "period": f"month AS {column.name}",
            "date": f"day AS {column.name}",
        }
        names.append(values.get(column.type, column.name))
    extra = {
        "collections": "NULL::BIGINT AS line, true AS is_new, ",
        "deposits": "NULL::BIGINT AS line, true AS is_new, ",
        "assessments": "NULL::DATE AS due_on, ",
    }
    connection.execute(
        f"CREATE OR REPLACE TABLE {side.name} AS"
        f" SELECT {extra.get(side.name, '')}{', '.join(names)} FROM ({checked(side, usual)})"
    )


def _known(column: Column, usual: Usual) -> str:
    """Return SQL of the value of a cell that is one of the usual ones, null if it is not."""
    if column.type == "kind":
        pairs = [(kind, str(code)) for code, kind in enumerate(usual.kinds)]
    else:
        pairs = [(text, _literal(text, column)) for text in usual.values.get(column.name, ())]
    known = " ".join(f"WHEN '{text}' THEN {value}" for text, value in pairs)
    value = f"CASE {column.name} {known} END" if known else "NULL"
    return f"({value})::{_FEW[column.type]} AS usual_{column.name}"


def _literal(text: str, column: Column) -> str:
    digits = text.replace("-", "")
    if column.type == "period":
        return digits
    return f"DATE '{digits[:4]}-{digits[4:6]}-{digits[6:]}'"


def _usually(column: Column, *, plain: bool) -> str:
    if column.type == "amount":
        return "decimal >= 0 AND decimal::VARCHAR = amount"
    if column.type in _FEW:
        return f"usual_{column.name} IS NOT NULL"
    holds = f"strlen({column.name}) <= 64"
    if not plain:  # letters, digits and a few marks are all that a URL leaves as it is
        holds += f" AND url_encode({column.name}) = {column.name}"
    return holds if column.required else f"({column.name} IS NULL OR {holds})"
