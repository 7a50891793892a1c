"""Looking into Parquet files for a page: a receipt, a payer, a line, sums by kind and period.

Files are named by their content and never change, so sums of a file are kept once they were made.
Matches are in order of receipts, so that most of each file is never read.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import duckdb

from hub.bulk.tables import DISCREPANCIES, MATCHES
from hub.domain.facts import COLUMNS, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SUMS_KEPT: Final = 4096  # files whose sums are remembered, some hundred bytes each
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 2,
    "memory_limit": "512MB",
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Rows and fen of one insurance kind and period of a file."""

    insurance_kind: str
    period: int
    rows: int
    fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A fact that was looked for: its file, and its values by column (`hub.domain.facts`)."""

    path: str
    values: dict[str, Any]

    @property
    def line(self) -> int:
        """Return where it stands in the file that it was read from."""
        return int(self.values["line"])


def matches_of(matches: Sequence[Path], receipt_no: str) -> list[dict[str, Any]]:
    """Return how runs matched a receipt, by kind; `matches` are files that runs wrote."""
    query = f"SELECT {', '.join(MATCHES)} FROM read_parquet($files) WHERE receipt_no = $receipt"
    return _rows(f"{query} ORDER BY matched_on, insurance_kind", matches, {"receipt": receipt_no})


def verdicts_of(discrepancies: Path, receipt_no: str) -> list[dict[str, Any]]:
    """Return what a run found about a receipt, in transit too; amounts in fen."""
    amounts = ("collected", "deposited", "assessed", "amount")
    columns = ", ".join(
        f"({name} * 100)::BIGINT AS {name}_fen" if name in amounts else name
        for name in DISCREPANCIES
    )
    query = f"SELECT {columns} FROM read_parquet($files) WHERE receipt_no = $receipt"
    return _rows(query, [discrepancies], {"receipt": receipt_no})


def facts_of(
    source: Source, files: Sequence[Path], column: str, value: str, *, limit: int
) -> list[Found]:
    """Return the facts whose `column` (a number of theirs) has a value, at most `limit`."""
    return _facts(source, files, f"{column} = $value", {"value": value}, limit)


def payer_facts(
    source: Source, files: Sequence[Path], payer_id: str, period: int, *, limit: int
) -> list[Found]:
    """Return a payer's facts of a period, at most `limit`."""
    given = {"value": payer_id, "period": period}
    return _facts(source, files, "payer_id = $value AND period = $period", given, limit)


def fact_at(source: Source, file: Path, line: int) -> Found | None:
    """Return the fact that was read from a line; `None` when there is none."""
    return next(iter(_facts(source, [file], "line = $value", {"value": line}, 1)), None)


@lru_cache(maxsize=SUMS_KEPT)
def sums(file: Path) -> tuple[Sum, ...]:
    """Return a file's sums by insurance kind and period; for collections and assessments."""
    rows = _rows(
        "SELECT insurance_kind, period, count(*) AS rows, sum(amount_fen)::BIGINT AS fen"
        " FROM read_parquet($files) GROUP BY ALL ORDER BY ALL",
        [file],
        {},
    )
    return tuple(Sum(**row) for row in rows)


def _facts(
    source: Source, files: Sequence[Path], condition: str, given: dict[str, Any], limit: int
) -> list[Found]:
    names = ", ".join(column.name for column in COLUMNS[source])
    rows = _rows(
        f"SELECT filename, {names} FROM read_parquet($files, filename = true)"
        f" WHERE {condition} ORDER BY filename, line LIMIT {limit:d}",
        files,
        given,
    )
    return [Found(path=row.pop("filename"), values=row) for row in rows]


def _rows(query: str, files: Sequence[Path], given: dict[str, Any]) -> list[dict[str, Any]]:
    if not files:
        return []
    with _connection() as connection:
        found = connection.execute(query, {"files": [str(path) for path in files], **given})
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def _connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config=_CONFIG) as connection:
        yield connection
