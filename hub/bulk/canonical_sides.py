"""The files of a reconciliation, opened: which columns they have, and their rows as SQL text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hub.bulk.canonical_checks import COLUMNS, sql_holds
from hub.bulk.canonical_csv import CsvFile, as_utf8, open_csv
from hub.bulk.canonical_diagnosis import Rejects, RowsRejected, judge, rewrite
from hub.bulk.canonical_parquet import as_text, column_types
from hub.errors import Place, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

_PARQUET_MAGIC: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class Side:
    """One canonical file. `rows` is SQL of its needed columns as text; Parquet has no `csv`.

    `plain`: it is a CSV file taken for plain (`CsvFile.is_plain`), so what that proves is not
    asked of each cell.
    """

    name: str
    path: Path
    rows: str
    csv: CsvFile | None
    ignored: tuple[str, ...]
    plain: bool = False


def open_side(connection: duckdb.DuckDBPyConnection, name: str, path: Path, work: Path) -> Side:
    """Look at a file's bytes and columns; `work` is a folder for a copy, if one is needed."""
    try:
        with path.open("rb") as file:
            is_parquet = file.read(len(_PARQUET_MAGIC)) == _PARQUET_MAGIC
    except OSError as error:
        raise Rejected(
            "canonical_file", place=Place(file=path.name), reason=error.strerror or str(error)
        ) from error
    if is_parquet:
        types = column_types(connection, path)
        _require_columns(name, types, path.name)
        texts = (f"{as_text(c, types, path.name)} AS {c.name}" for c in COLUMNS[name])
        rows = f"SELECT {', '.join(texts)}, file_row_number FROM {_parquet(path)}"
        return Side(name, path, rows, None, _ignored(name, types))
    csv = open_csv(path, work)
    _require_columns(name, csv.header, path.name)
    return Side(name, path, _csv_rows(name, csv), csv, _ignored(name, csv.header))


def searched(side: Side) -> Side:
    """Return the side of which it is known whether DuckDB reads its rows as the standard does.

    If it might not, reading the rows fails.
    """
    if side.csv is None:
        return side
    csv = side.csv.searched()
    return replace(side, csv=csv, rows=_csv_rows(side.name, csv))


def diagnosed(connection: duckdb.DuckDBPyConnection, side: Side, work: Path) -> Side:
    """Return a side whose rows DuckDB surely takes, or raise `RowsRejected` with what is wrong."""
    if side.csv is None:
        _reject_parquet(connection, side)
        raise AssertionError(f"{side.path.name}: refused, and nothing is wrong with it")
    path = as_utf8(side.csv.path, work)
    out = work / f"{side.name}.rewritten.csv"
    rewrite(side.name, path, out, file=side.path.name, offsets=path == side.path)
    csv = open_csv(out, work)
    return replace(side, csv=csv, rows=_csv_rows(side.name, csv))


def _reject_parquet(connection: duckdb.DuckDBPyConnection, side: Side) -> None:
    columns = COLUMNS[side.name]
    holds = " AND ".join(sql_holds(column.name, column) for column in columns)
    names = ", ".join(column.name for column in columns)
    found = connection.execute(
        f"SELECT file_row_number + 1, {names} FROM ({side.rows}) WHERE NOT ({holds})"
        " ORDER BY file_row_number"
    )
    rejects = Rejects()
    while row := found.fetchone():
        judge(row[1:], columns, Place(file=side.path.name, line=row[0]), rejects)
    if rejects.rows:
        raise RowsRejected(rejects)


def _require_columns(name: str, found: Iterable[str], file: str) -> None:
    names = [*found]
    missing = [column.name for column in COLUMNS[name] if column.name not in names]
    if missing:
        raise Rejected(
            "canonical_columns_missing",
            place=Place(file=file, line=1),
            missing=", ".join(missing),
            expected=", ".join(column.name for column in COLUMNS[name]),
        )
    lowered = [one.lower() for one in names]  # SQL does not tell case apart
    twice = sorted({one for one in lowered if lowered.count(one) > 1})
    if twice:
        raise Rejected(
            "canonical_columns_twice", place=Place(file=file, line=1), found=", ".join(twice)[:100]
        )


def _ignored(name: str, found: Iterable[str]) -> tuple[str, ...]:
    needed = {column.name for column in COLUMNS[name]}
    return tuple(column for column in found if column not in needed)


def _csv_rows(name: str, csv: CsvFile) -> str:
    return f"SELECT {', '.join(c.name for c in COLUMNS[name])} FROM {csv.relation()}"


def _parquet(path: Path) -> str:
    escaped = str(path).replace("'", "''")
    return f"read_parquet('{escaped}', file_row_number = true)"
