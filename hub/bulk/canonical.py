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
from hub.bulk.canonical_parquet import require_whole
from hub.bulk.canonical_settle import settle
from hub.bulk.canonical_sides import diagnosed, open_side, searched
from hub.bulk.canonical_usual import BALKS, Usual, create_table
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.bulk.canonical_sides import Side
    from hub.bulk.engine import Outcome, Terms

MEMORY_MB: Final = 1650
THREADS: Final = 2


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
        except duckdb.Error:
            for path in intake.parquet:  # damage shows when its page is read, whoever asks for it
                require_whole(path)
            raise
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
        self._usual = Usual()
        self.counted = False
        self.parquet: list[Path] = []

    def load(self, files: Mapping[str, Path], *, shortened: bool) -> list[dict[str, Any]]:
        """Create the inputs and return notes about the files."""
        connection = self._connection
        sides = {
            name: open_side(connection, name, path, self._work) for name, path in files.items()
        }
        self.parquet = [side.path for side in sides.values() if side.csv is None]
        notes = [
            {"note": "columns_ignored", "file": side.path.name, "columns": [*side.ignored]}
            for side in sides.values()
            if side.ignored
        ]
        connection.execute("SET preserve_insertion_order = false")
        for name, side in sides.items():
            sides[name] = self._taken(side, self._look_at)
        zeros = None
        if shortened:
            zeros = settle(connection, sides["collections"], sides["deposits"], self._usual)
            self.counted = zeros is not None
        for name, side in sides.items():
            if zeros is None or name not in ("collections", "deposits"):
                self._taken(searched(side), self._create)
            notes += self._zeros(side, zeros or 0)
            self._advance(1)
        connection.execute("SET preserve_insertion_order = true")
        return notes

    def _taken(self, side: Side, act: Callable[[Side], None]) -> Side:
        """Do what reads a side; if DuckDB balks, have the side diagnosed and do it again."""
        try:
            act(side)
        except BALKS:
            side = diagnosed(self._connection, side, self._work)
            act(side)
        return side

    def _look_at(self, side: Side) -> None:
        self._usual = self._usual.and_of(self._connection, side)

    def _create(self, side: Side) -> None:
        create_table(self._connection, side, self._usual)

    def _zeros(self, side: Side, settled: int) -> list[dict[str, Any]]:
        if side.name == "denials":
            return []
        ((rows,),) = self._connection.execute(
            f"SELECT count(*) FROM {side.name} WHERE amount_fen = 0"
        ).fetchall()
        if side.name != "assessments":
            rows += settled
        return [{"note": "zero_amounts", "file": side.path.name, "rows": rows}] if rows else []
