"""Reads `discrepancies.parquet` back as differences, one after another.

The identity of a difference does not depend on the day, the verdict or the order of a list: a
slip is known by receipt and kind, a payer's difference by payer, kind and period, a deposit
without a receipt number by its own number, kind and amount. Deposits alike in all of these are
numbered, as it does not matter which of them is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import duckdb

from hub.domain.discrepancy import Difference, Level, key_of
from hub.domain.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_AT_ONCE: Final = 10_000

_QUERY: Final = """
SELECT level, verdict, receipt_no, deposit_no, insurance_kind, payer_id, period::INTEGER,
    (amount * 100)::BIGINT, (collected * 100)::BIGINT, (deposited * 100)::BIGINT,
    (assessed * 100)::BIGINT, collected_on, rule, note
FROM read_parquet($path) WHERE verdict <> 'in_transit'
"""


def differences(path: Path) -> Iterator[Difference]:
    """Yield what a person must see, in the order of the file; money in transit is left out."""
    with duckdb.connect(config={"threads": 1}) as connection:
        rows = connection.execute(_QUERY, {"path": str(path)})
        previous, alike = None, 0
        while batch := rows.fetchmany(_AT_ONCE):
            for row in batch:
                alike = alike + 1 if _loose(row) == previous else 1
                previous = _loose(row)
                yield _difference(row, alike)


def _loose(row: tuple[Any, ...]) -> tuple[Any, ...] | None:
    # what tells deposits without a receipt number apart; the file holds equal ones together
    _level, verdict, receipt_no, deposit_no, kind, _payer, _period, amount_fen, *_ = row
    return None if receipt_no or not deposit_no else (verdict, deposit_no, kind, amount_fen)


def _difference(row: tuple[Any, ...], alike: int) -> Difference:
    level, verdict, receipt_no, deposit_no, kind, payer_id, period, amount_fen, *rest = row
    collected_fen, deposited_fen, assessed_fen, collected_on, rule, note = rest
    if Level(level) is Level.PAYER:
        key = key_of(Level.PAYER, payer_id, kind, period)
    elif receipt_no is not None:
        key = key_of(Level.RECEIPT, receipt_no, kind)
    else:
        key = key_of(Level.RECEIPT, None, kind, deposit_no, amount_fen, alike)
    return Difference(
        key=key,
        level=Level(level),
        cause=Verdict(verdict),
        amount_fen=amount_fen,
        receipt_no=receipt_no,
        deposit_no=deposit_no,
        insurance_kind=kind,
        payer_id=payer_id,
        period=period,
        collected_fen=collected_fen,
        deposited_fen=deposited_fen,
        assessed_fen=assessed_fen,
        collected_on=collected_on,
        rule=rule,
        note=note,
    )
