"""Multiplies the rows of a small real database, with its triggers and checks in force."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping


class Filling:
    """A database whose rows are multiplied; triggers and checks are in force."""

    def __init__(self, connection: sqlite3.Connection, rows: int) -> None:
        self.rows = rows
        self.run = connection.execute
        self._indexes: list[str] = []
        for pragma in (
            "journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000",
            "temp_store = MEMORY", "threads = 2",
        ):  # fmt: skip
            self.run(f"PRAGMA {pragma}")
        self.run("CREATE TEMP TABLE n (i INTEGER PRIMARY KEY)")
        self.run(
            "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ?)"
            " INSERT INTO n SELECT i FROM c",
            [rows],
        )

    def multiply(
        self, table: str, values: Mapping[str, str], *, place: str | None = None, every: int = 1
    ) -> None:
        """Add copies of what a table has; row `i` copies the row at `place`, one after the other.

        `values` are SQL of columns over `i`, the copied row `s`, and `base`, the number of rows
        that were there. `id` goes on by itself. Of `every` rows one.
        """
        began = time.perf_counter()
        if every == 1:
            self.take_indexes(table)
        columns = [name for _, name, *_ in self.run(f"PRAGMA table_info({table})")]
        self.run("DROP TABLE IF EXISTS temp.s")
        self.run(f"CREATE TEMP TABLE s AS SELECT row_number() OVER () - 1 AS place, * FROM {table}")
        (base,) = self.run("SELECT count(*) FROM s").fetchone()
        if not base:
            raise SystemExit(f"{table} has nothing to copy")
        known = {"id": "base + i", **values} if "id" in columns else dict(values)
        cells = ", ".join(known.get(name, f's."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        self.run(
            f"INSERT INTO {table} ({names}) SELECT {cells}"
            f" FROM (SELECT {base} AS base) CROSS JOIN n CROSS JOIN s"
            f" WHERE i <= ? AND s.place = {place or f'i % {base}'}",
            [self.rows // every],
        )
        print(f"  {table:20} {time.perf_counter() - began:6.1f} s", flush=True)

    def end(self) -> None:
        """Build the indexes again, which takes less time than keeping them."""
        began = time.perf_counter()
        for sql in self._indexes:
            self.run(sql)
        print(f"  {'indexes':20} {time.perf_counter() - began:6.1f} s", flush=True)

    def take_indexes(self, table: str) -> None:
        """Drop a table's indexes until `end`."""
        made = self.run(
            "SELECT name, sql FROM sqlite_master"
            " WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?",
            [table],
        ).fetchall()
        for name, sql in made:
            self.run(f"DROP INDEX {name}")
            self._indexes.append(sql)
