"""What the treasury's exchange says went through it (包核对): one line a package."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import duckdb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

_STATED = """
    SELECT DISTINCT message_no, entrusted_on, pack_no
    FROM read_parquet($facts)
    ORDER BY ALL
"""


class Package(NamedTuple):
    """A package (包) by the number of its message, its day and its own number."""

    message_no: str
    day: date
    pack_no: str


def stated_packages(facts: Sequence[Path]) -> list[Package]:
    """Return every package that lists of packages name."""
    if not facts:
        return []
    with duckdb.connect() as connection:
        rows = connection.execute(_STATED, {"facts": [str(path) for path in facts]})
        return [Package(*row) for row in rows.fetchall()]
