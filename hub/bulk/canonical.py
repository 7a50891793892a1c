"""Reconciliation of canonical CSV or Parquet files, without a running hub.

Each file is surveyed as bytes, then read and checked by DuckDB in one go. If DuckDB balks at
anything, plain Python reads the file again and names the bad rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import duckdb

from hub.bulk import engine
from hub.bulk.canonical_settle import Settling, narrow
from hub.bulk.canonical_sides import diagnosed, open_side
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.bulk.canonical_sides import Side
    from hub.bulk.engine import Outcome, Terms

MEMORY_MB: Final = 1650
THREADS: Final = 2

_BALKED: Final = (duckdb.InvalidInputException, duckdb.ConversionException)


@dataclass(frozen=True, slots=True)
class Result:
    """What a reconciliation found, and what its files had that plays no part."""

    outcome: Outcome
    notes: list[dict[str, Any]]


def reconcile_files(
    files: Mapping[str, Path],
    terms: Terms,
    out: Path,
    *,
    memory_mb: int = MEMORY_MB,
    threads: int = THREADS,
    shortened: bool = True,
    advance: Callable[[int], None] = lambda _steps: None,
) -> Result:
    """Reconcile files by the names `collections`, `deposits`, `assessments` and `denials`.

    The results are written into `out`, a folder that exists. `advance` is called with 1 after
    each of `len(files) + 1` steps. `RowsRejected` and other `Rejected` say what is wrong. Without
    assessments, and if `shortened`, slips that agree are settled before the engine sees them;
    the results are the same.
    """
    with (
        TemporaryDirectory(dir=out, prefix=".work-") as folder,
        engine.connect(folder, memory_mb=memory_mb, threads=threads) as connection,
    ):
        intake = _Intake(connection, Path(folder), advance)
        try:
            notes = intake.load(files, shortened=shortened and "assessments" not in files)
            outcome = engine.reconcile(
                connection, terms, out, level_iii="assessments" in files, keep_matches=False,
                counted=intake.counted,
            )  # fmt: skip
        except duckdb.OutOfMemoryException as error:
            raise Rejected("canonical_memory", memory=memory_mb) from error
        advance(1)
    return Result(outcome, notes)


class _Intake:
    """Fills the engine's inputs from files; `counted` tells whether `daily` was made as well."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        work: Path,
        advance: Callable[[int], None],
    ) -> None:
        self._connection, self._work, self._advance = connection, work, advance
        self.counted = False

    def load(self, files: Mapping[str, Path], *, shortened: bool) -> list[dict[str, Any]]:
        """Create the inputs and return notes about the files."""
        connection = self._connection
        sides = {
            name: open_side(connection, name, path, self._work) for name, path in files.items()
        }
        notes = [
            {"note": "columns_ignored", "file": side.path.name, "columns": [*side.ignored]}
            for side in sides.values()
            if side.ignored
        ]
        connection.execute("SET preserve_insertion_order = false")
        slips = [sides.pop("collections"), sides.pop("deposits")] if shortened else []
        settling = Settling(connection)
        slips = [self._taken(side, settling.look_at) for side in slips]
        slips = [self._taken(side, settling.take) for side in slips]
        tables = [narrow(side.name) for side in slips]
        for side in sides.values():
            slips.append(self._taken(side, self._create))
            tables.append(side.name)
        for side, relation in zip(slips, tables, strict=True):
            notes += self._zeros(side, relation)
            self._advance(1)
        if shortened:
            settling.settle()
            self.counted = True
        connection.execute("SET preserve_insertion_order = true")
        return notes

    def _taken(self, side: Side, act: Callable[[Side], None]) -> Side:
        """Do what reads a side; if DuckDB balks, have the side diagnosed and do it again."""
        try:
            act(side)
        except _BALKED:
            side = diagnosed(self._connection, side, self._work)
            act(side)
        return side

    def _create(self, side: Side) -> None:
        extra = {
            "collections": "NULL::BIGINT AS line, *, true AS is_new",
            "deposits": "NULL::BIGINT AS line, *, true AS is_new",
            "assessments": "*, NULL::DATE AS due_on",
            "denials": "*",
        }
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {side.name} AS"
            f" SELECT {extra[side.name]} FROM ({side.facts()})"
        )

    def _zeros(self, side: Side, relation: str) -> list[dict[str, Any]]:
        if side.name == "denials":
            return []
        amount = "amount" if relation == narrow(side.name) else "amount_fen"
        ((rows,),) = self._connection.execute(
            f"SELECT count(*) FROM {relation} WHERE {amount} = 0"
        ).fetchall()
        return [{"note": "zero_amounts", "file": side.path.name, "rows": rows}] if rows else []
