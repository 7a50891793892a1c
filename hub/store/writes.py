"""Writes that no other writer can slip between: insert unless it is there, change one row."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Table
    from sqlalchemy.sql.dml import ReturningInsert


def insert_new(connection: Connection, table: Table, **values: Any) -> bool:  # noqa: ANN401
    """Insert a row unless a unique constraint has it already; tell whether it was inserted.

    The database decides, not a look beforehand: of many writers exactly one is told True, and
    the others wait until that one has committed or gone.
    """
    return inserted(connection, table, **values) is not None


def inserted(connection: Connection, table: Table, **values: Any) -> Row[Any] | None:  # noqa: ANN401
    """Insert a row as `insert_new` does; return its primary key, `None` when it was there."""
    return connection.execute(_new(connection.dialect.name, table), values).first()


@cache
def _new(dialect: str, table: Table) -> ReturningInsert[Any]:
    """Return the statement, built once: to build it takes longer than to run it."""
    insert = _insert(dialect, table)
    # what comes back tells it; SQLAlchemy vouches for no row count of an INSERT
    return insert.on_conflict_do_nothing().returning(*table.primary_key.columns)


def next_number(connection: Connection, table: Table, *, number: str, **key: Any) -> int:  # noqa: ANN401
    """Count up the number that a table keeps for a key, and return it, from 1.

    `key` is the table's primary key by column. Others wait until this unit has ended, and a unit
    that fails gives its number back.
    """
    insert = _insert(connection.dialect.name, table).values(**key, **{number: 1})
    counted = insert.on_conflict_do_update(
        index_elements=list(key), set_={number: table.c[number] + 1}
    ).returning(table.c[number])
    return int(connection.execute(counted).scalar_one())


def _insert(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
