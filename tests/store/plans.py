"""How SQLite would carry out the queries of a test; it tells whether or not there are rows."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy import event


@contextmanager
def explaining(store, note, *, of="SELECT"):
    """Call `note` with each query that begins with `of`, and the steps of its plan.

    The test is skipped on PostgreSQL, whose plans depend on what is there.
    """
    if store._engine.dialect.name != "sqlite":
        pytest.skip("SQLite tells its plan whether or not there are rows")

    def explain(connection, _cursor, statement, parameters, *_):
        if statement.startswith(of):
            told = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            note(statement, [row[3] for row in told])

    event.listen(store._engine, "before_cursor_execute", explain)
    try:
        yield
    finally:
        event.remove(store._engine, "before_cursor_execute", explain)
