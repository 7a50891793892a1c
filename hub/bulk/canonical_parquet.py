"""A canonical Parquet file: whatever its columns are stored as, given to DuckDB as text.

So that one set of checks holds for both kinds of file. Numbers and dates become the text that a
CSV file would have; what has no such text (a double that is no amount of fen, a time of day)
becomes a text that the checks refuse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import duckdb

from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hub.bulk.canonical_checks import Column

_INTEGERS: Final = frozenset(
    {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")}
    | {"INTEGER", "UINTEGER"}
)
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),(\d+)\)")
_EXPECTED: Final = {
    "id": "VARCHAR, INTEGER",
    "kind": "VARCHAR",
    "amount": "DECIMAL, INTEGER, VARCHAR",
    "period": "INTEGER, VARCHAR",
    "date": "DATE, TIMESTAMP, VARCHAR",
}


def column_types(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Return the columns of a Parquet file and their types as DuckDB names them."""
    try:
        rows = connection.execute(
            "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet($path))",
            {"path": str(path)},
        ).fetchall()
    except duckdb.Error as error:
        raise Rejected("canonical_parquet", place=Place(file=path.name)) from error
    return dict(rows)


def require_whole(path: Path) -> None:
    """Refuse a file of which DuckDB cannot read every value: `canonical_parquet`."""
    try:
        with duckdb.connect() as connection:
            connection.execute(
                "SELECT max(hash(COLUMNS(*))) FROM read_parquet($path)", {"path": str(path)}
            ).fetchall()
    except duckdb.Error as error:
        raise Rejected("canonical_parquet", place=Place(file=path.name)) from error


def as_text(column: Column, types: Mapping[str, str], file: str) -> str:
    """Return SQL of a column's text, null where it is empty."""
    kind, name = types[column.name], _identifier(column.name)
    if kind == "VARCHAR":
        return f"nullif({name}, '')"
    if kind == "ENUM" or kind.startswith("ENUM("):
        return f"nullif({name}::VARCHAR, '')"
    text = _number(name, kind, column) if column.type != "date" else _moment(name, kind)
    if text is None:
        raise Rejected(
            "canonical_parquet_type",
            place=Place(file=file, field=column.name),
            found=kind,
            expected=_EXPECTED[column.type],
        )
    return text


def _number(name: str, kind: str, column: Column) -> str | None:
    if kind in _INTEGERS and column.type in ("id", "amount", "period"):
        return f"{name}::VARCHAR"
    if column.type != "amount":
        return None
    decimal = _DECIMAL.fullmatch(kind)
    if decimal is not None:
        # the text of more decimals stays as it is, and is refused, unless they are all zero
        exact = f"{name}::DECIMAL({min(38, int(decimal[1]) + 2)}, 2)"
        return f"if({name} = {exact}, {exact}::VARCHAR, {name}::VARCHAR)"
    if kind in ("DOUBLE", "FLOAT"):
        # 0.1 + 0.2 is not the double nearest to 0.30, and its text is refused
        exact = f"try_cast({name} AS DECIMAL(17, 2))"
        return f"coalesce(if({exact}::{kind} = {name}, {exact}::VARCHAR, NULL), {name}::VARCHAR)"
    return None


def _moment(name: str, kind: str) -> str | None:
    if kind == "DATE":
        return f"{name}::VARCHAR"
    if kind.startswith("TIMESTAMP") and kind != "TIMESTAMP WITH TIME ZONE":
        return f"if({name} = {name}::DATE, {name}::DATE::VARCHAR, {name}::VARCHAR)"
    return None


def _identifier(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
