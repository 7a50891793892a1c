"""Writes many rows at a time, one statement a chunk: for lists and answers of a million lines.

SQLAlchemy's own way makes a dictionary of every row and looks at every value of it, which takes
longer than the database does. SQLite gets tuples (`executemany`), PostgreSQL one array a column
(`unnest`), so that a chunk is one round trip. Refusals of the database arrive as they always do.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from hub.store.page_cache import widen
from hub.store.schema.metadata import DayType, InstantType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Column, ColumnElement, Connection, Table, Update

    Row = Sequence[Any]

CHUNK_ROWS: Final = 5_000
STEP_ROWS: Final = 50_000
LOOK_ROWS: Final = 10_000  # written over one connection, then PostgreSQL looks at a table
LOOK_AGAIN: Final = 4  # and again when it has become so many times as many
_CONVERTED: Final = (DayType, InstantType)


def insert_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Row]
) -> None:
    """Insert rows: their values by column in the order of `names`; the other columns stay empty."""
    columns, into = _columns(table, names), f"{table.name} ({', '.join(names)})"
    if connection.dialect.name == "sqlite":
        statement = f"INSERT INTO {into} VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    else:
        statement = f"INSERT INTO {into} SELECT * FROM {_arrays(columns)}"  # noqa: S608
    written = _execute(connection, statement, columns, rows)
    if connection.dialect.name != "sqlite":
        _look_at_grown(connection, table.name, written)


def _look_at_grown(connection: Connection, name: str, rows: int) -> None:
    """Let PostgreSQL look at a table that has grown much, so that it plans by what is there now.

    It does so by itself only after a unit has ended: by then the unit would have read the whole
    table for each of its chunks. Where another looks already, or may not, nothing happens.
    """
    grown: dict[str, tuple[int, int]] = connection.info.setdefault("hub_grown", {})
    so_far, limit = grown.get(name, (0, LOOK_ROWS))
    so_far += rows
    if so_far >= limit:
        connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {name}")
        limit = so_far * LOOK_AGAIN
    grown[name] = (so_far, limit)


def insert_new_rows(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row],
    *, returning: str,
) -> list[tuple[int, Any]]:  # fmt: skip
    """Insert rows unless a unique constraint has them already, in the order given.

    Returns `id` and the column `returning` of those that were inserted, lowest id first.
    """
    columns, into = _columns(table, names), f"{table.name} ({', '.join(names)})"
    if connection.dialect.name == "sqlite":
        # `executemany` returns nothing; but no other unit writes, and new rows have higher ids
        last = f"SELECT coalesce(max(id), 0) FROM {table.name}"  # noqa: S608
        before = connection.exec_driver_sql(last).scalar_one()
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {into} VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608
        _execute(connection, statement, columns, rows)
        new = f"SELECT id, {returning} FROM {table.name} WHERE id > ? ORDER BY id"  # noqa: S608
        found = connection.exec_driver_sql(new, (before,)).all()
    else:
        statement = (
            f"INSERT INTO {into} SELECT * FROM {_arrays(columns)}"  # noqa: S608
            f" ON CONFLICT DO NOTHING RETURNING id, {returning}"
        )
        arrays = tuple(map(list, zip(*rows, strict=True)))
        found = connection.exec_driver_sql(statement, arrays).all() if rows else []
    return sorted((row[0], row[1]) for row in found)


def update_rows(
    connection: Connection, table: Table, key: str, names: Sequence[str], rows: Iterable[Row]
) -> None:
    """Change rows, each by the value of `key`, its last one; the others go to `names`."""
    columns = _columns(table, [*names, key])
    if connection.dialect.name == "sqlite":
        changes = ", ".join(f"{name} = ?" for name in names)
        statement = f"UPDATE {table.name} SET {changes} WHERE {key} = ?"  # noqa: S608
    else:
        changes = ", ".join(f"{name} = new.{name}" for name in names)
        given = f"{_arrays(columns)} AS new ({', '.join([*names, key])})"
        statement = (
            f"UPDATE {table.name} SET {changes} FROM {given}"  # noqa: S608
            f" WHERE {table.name}.{key} = new.{key}"
        )
    _execute(connection, statement, columns, rows)


def change_in_steps(
    connection: Connection,
    change: Update,
    number: Column[int],
    *which: ColumnElement[bool],
    step: int = STEP_ROWS,
) -> int:
    """Change many rows, so many of their numbers at a time; returns how many they were.

    A million rows in one statement outlast the time that a statement may take on PostgreSQL.
    """
    ends = select(func.min(number), func.max(number)).where(*which)
    first, last = connection.execute(ends).one()
    changed = 0
    if first is not None:
        for start in range(first, last + 1, step):
            some = number.between(start, min(last, start + step - 1))
            changed += connection.execute(change.where(*which, some)).rowcount
    return changed


def _columns(table: Table, names: Sequence[str]) -> list[Column[Any]]:
    return [table.c[name] for name in names]


def _arrays(columns: Sequence[Column[Any]]) -> str:
    """Return PostgreSQL's rows from one array a column; the names are the schema's own."""
    kinds = {DayType: "date", InstantType: "timestamptz"}
    natives = {str: "text", bytes: "bytea", int: "bigint"}
    types = [kinds.get(type(one.type)) or natives[one.type.python_type] for one in columns]
    return f"unnest({', '.join(f'%s::{one}[]' for one in types)})"


def _execute(
    connection: Connection, statement: str, columns: Sequence[Column[Any]], rows: Iterable[Row]
) -> int:
    """Execute a statement for all rows; returns how many they were."""
    written = 0
    sqlite = connection.dialect.name == "sqlite"
    converters = [_converter(one, connection) for one in columns]
    plain = not any(converters)
    stream = iter(rows)
    while chunk := list(islice(stream, CHUNK_ROWS)):
        if len(chunk) == CHUNK_ROWS:  # there may be many more
            widen(connection)
        given = chunk if plain else _converted(chunk, converters)
        if sqlite:
            connection.exec_driver_sql(statement, [tuple(one) for one in given])
        else:
            arrays = tuple(map(list, zip(*given, strict=True)))
            connection.exec_driver_sql(statement, arrays)
        written += len(chunk)
    return written


def _converter(column: Column[Any], connection: Connection) -> Callable[[Any], Any] | None:
    kind = column.type
    if not isinstance(kind, _CONVERTED):
        return None
    # days and instants repeat from row to row
    return lru_cache(maxsize=1_000)(lambda one: kind.process_bind_param(one, connection.dialect))


def _converted(
    chunk: list[Row], converters: Sequence[Callable[[Any], Any] | None]
) -> list[tuple[Any, ...]]:
    turned = zip(*chunk, strict=True)
    columns = [
        values if convert is None else map(convert, values)
        for convert, values in zip(converters, turned, strict=True)
    ]
    return list(zip(*columns, strict=True))
