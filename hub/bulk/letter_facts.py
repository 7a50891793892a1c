"""What a letter needs from bulk files besides its persons: names of payers, money in transit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from pathlib import Path

_NAMES = """
    SELECT payer_id, max(payer_name)
    FROM read_parquet($facts, union_by_name = true)
    WHERE payer_name IS NOT NULL AND payer_id IN (SELECT unnest($payers))
    GROUP BY payer_id
"""
_IN_TRANSIT = """
    SELECT count(*), CAST(coalesce(sum(amount), 0) * 100 AS BIGINT)
    FROM read_parquet($found)
    WHERE verdict = $verdict AND collected_on <= $until
"""


def payer_names(facts: Sequence[Path], payer_ids: Collection[str]) -> dict[str, str]:
    """Return the names that lists of collections or assessments give to payers."""
    if not facts or not payer_ids:
        return {}
    with duckdb.connect() as connection:
        rows = connection.execute(
            _NAMES, {"facts": [str(path) for path in facts], "payers": sorted(payer_ids)}
        ).fetchall()
    return dict(rows)


def in_transit(discrepancies: Path, *, until: date) -> tuple[int, int]:
    """Return how much of what was collected until a day is in transit: a count, and a sum in fen.

    `discrepancies` is what a run wrote.
    """
    given = {
        "found": str(discrepancies), "until": until, "verdict": Verdict.IN_TRANSIT.value,
    }  # fmt: skip
    with duckdb.connect() as connection:
        row = connection.execute(_IN_TRANSIT, given).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])
