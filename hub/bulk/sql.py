"""What the engine asks of a database: run a statement, give the rows back.

A DuckDB connection is one; `spark.SparkSql` is another. The statements of `tables`, `level_…` and
`results` are DuckDB's SQL and the only text of the rules, whichever engine runs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Rows(Protocol):
    """The result of a statement."""

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows; only asked where they are few."""


class Sql(Protocol):
    """Runs statements in DuckDB's SQL; `$name` stands for a parameter."""

    def execute(self, statement: str, parameters: Mapping[str, object] = ..., /) -> Rows:
        """Run one statement."""
