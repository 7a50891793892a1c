"""Who is behind a receipt (缴费人员): looked up in collection facts for the annex of a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import duckdb

from hub.domain.letter_content import Person

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

_FETCHED_ROWS: Final = 10_000

_PERSONS: Final = """
    SELECT receipt_no, payer_id, payer_name, person_id, person_name, insurance_kind, period,
           amount_fen
    FROM read_parquet($facts)
    WHERE person_id IS NOT NULL AND receipt_no IN (SELECT unnest($receipts))
    ORDER BY ALL
"""


def persons_of(facts: Sequence[Path], receipts: Collection[str]) -> Iterator[Person]:
    """Give the persons of receipts by receipt, payer and person, one row for each kind and period.

    A list that a bureau sends by payer only has no persons, and gives none.
    """
    if not facts or not receipts:
        return
    given = {"facts": [str(path) for path in facts], "receipts": sorted(receipts)}
    with duckdb.connect() as connection:
        found = connection.execute(_PERSONS, given)
        names = [column[0] for column in found.description or ()]
        while rows := found.fetchmany(_FETCHED_ROWS):
            for row in rows:
                yield Person(**dict(zip(names, row, strict=True)))
