"""Helps to fill a PostgreSQL database with many rows: indexes made afterwards, finished work."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long the block took."""
    began = time.perf_counter()
    yield
    print(f"  {what:32} {time.perf_counter() - began:7.1f} s", flush=True)


def without_indexes(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Drop a table's indexes; return their names, and what makes them again."""
    made: list[tuple[str, str]] = []
    found = connection.execute(
        text(
            "SELECT i.indexname, i.indexdef, c.contype, pg_get_constraintdef(c.oid)"
            " FROM pg_indexes i LEFT JOIN pg_constraint c"
            " ON c.conname = i.indexname AND c.contype IN ('p', 'u')"
            f" WHERE i.tablename = '{table}'"
        )
    ).all()
    for name, sql, kind, constraint in found:
        if kind == "p":
            continue  # others refer to it
        if kind == "u":
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
            made.append((name, f"ALTER TABLE {table} ADD CONSTRAINT {name} {constraint}"))
        else:
            connection.execute(text(f"DROP INDEX {name}"))
            made.append((name, sql))
    connection.commit()
    return made


def finished(connection: Connection, rows: int) -> None:
    """Add finished tasks, received files and files sent, as they are left after years."""
    numbers = f"generate_series(1, {rows}) i"
    at = "TIMESTAMPTZ '2023-01-01 00:00Z' + i * INTERVAL '100 seconds'"
    for statement in (
        (
            "INSERT INTO tasks (queue, step, subject_id, state, due_at, strikes, postponements,"
            " asked, added_at, ended_at) SELECT (ARRAY['collection', 'payout', 'transfer',"
            " 'deliver:city-bank-out'])[1 + i % 4], 'bench', i, 'done', due, 0, 0, 1, due, due"
            f" FROM (SELECT i, {at} AS due FROM {numbers}) n"
        ),
        (
            "INSERT INTO inbox (channel, name, sha256, size_bytes, state, novelty, holds_name,"
            " earlier_id, partner, layout, rows, received_at, read_at, trace_id) SELECT 'bank-in',"
            " 'R_' || lpad(i::text, 8, '0') || '.txt', s.sha256, 7, 'duplicate', 'repeat', 0, 1,"
            f" 'city_bank', 'result_paid', 0, {at}, {at}, md5(i::text) FROM {numbers},"
            " (SELECT sha256 FROM inbox WHERE id = 1) s"
        ),
        (
            "INSERT INTO outbox (channel, file_name, content_sha256, state, attempts, added_at,"
            " changed_at) SELECT 'city-bank-out', 'X_' || lpad(i::text, 8, '0') || '.txt',"
            f" s.sha256, 'delivered', 1, {at}, {at} FROM {numbers},"
            " (SELECT sha256 FROM inbox WHERE id = 1) s"
        ),
    ):
        connection.execute(text(statement))
