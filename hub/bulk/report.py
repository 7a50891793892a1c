"""What reports show of `discrepancies.parquet`: the first rows of each verdict, and the ages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import duckdb

from hub.bulk.tables import DISCREPANCIES
from hub.domain.aging import BEYOND, BUCKETS, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ROWS_AT_ONCE: Final = 2000

_BUCKET: Final = (
    f"CASE WHEN age_working_days IS NULL THEN '{UNKNOWN}' "
    + " ".join(f"WHEN age_working_days <= {limit} THEN '{name}'" for limit, name in BUCKETS)
    + f" ELSE '{BEYOND}' END"
)


def first_rows(discrepancies: Path, *, rows_max: int) -> Iterator[tuple[Any, ...]]:
    """Yield at most `rows_max` rows of each verdict, ordered by verdict; columns as in the file."""
    with duckdb.connect(config={"threads": 1}) as connection:
        rows = connection.execute(
            f"SELECT {', '.join(DISCREPANCIES)}"
            " FROM read_parquet($path, file_row_number = true)"
            " QUALIFY row_number() OVER (PARTITION BY verdict ORDER BY file_row_number) <= $most"
            " ORDER BY file_row_number",
            {"path": str(discrepancies), "most": rows_max},
        )
        while found := rows.fetchmany(_ROWS_AT_ONCE):
            yield from found


def aging(discrepancies: Path) -> list[dict[str, Any]]:
    """Return count and sum in fen for each verdict and age bucket of `hub.domain.aging`."""
    names = ("verdict", "bucket", "count", "fen")
    with duckdb.connect(config={"threads": 1}) as connection:
        rows = connection.execute(
            f"SELECT verdict, {_BUCKET} AS bucket, count(*), (sum(amount) * 100)::BIGINT"
            " FROM read_parquet($path) GROUP BY ALL ORDER BY ALL",
            {"path": str(discrepancies)},
        ).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]
