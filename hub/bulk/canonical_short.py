"""Rows of a canonical file in narrow form: checked in the cheapest way that proves as much.

Each check here accepts at once what is written in the usual way, and leaves the rest to the exact
one of `canonical_checks`. The usual ways:

- an amount that, as a decimal with two places, is written exactly as it stands in the file;
- a date, period or kind that was seen at the head of the file and found good there;
- a receipt number that, as a number of 18 digits, is written exactly as it stands in the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.bulk.canonical_checks import COLUMNS, problem, sql_holds, sql_value
from hub.bulk.canonical_sides import BALKED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from hub.bulk.canonical_checks import Column
    from hub.bulk.canonical_sides import Side

KINDS_MAX: Final = 8
"""A slip is receipt * 8 + kind: 18 digits and 3 bits are what 63 bits hold."""

_SAMPLE_ROWS: Final = 20_000
_VALUES_MAX: Final = 12

_FEW: Final = {"kind": "TINYINT", "period": "INTEGER", "date": "DATE"}
"""Types of which a file has few values, and their SQL types."""

_FITS: Final = (
    "number BETWEEN 100000000000000000 AND 999999999999999999 AND number::VARCHAR = receipt_no"
)


@dataclass(frozen=True, slots=True)
class Usual:
    """How values are usually written, all of them good: by column, and the kinds of all files."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()

    def and_of(self, connection: duckdb.DuckDBPyConnection, side: Side) -> Usual:
        """Return these and what the head of a file shows."""
        columns = [column for column in COLUMNS[side.name] if column.type in _FEW]
        rows = connection.execute(
            f"SELECT {', '.join(c.name for c in columns)} FROM ({side.rows}) LIMIT {_SAMPLE_ROWS}"
        ).fetchall()
        values, kinds = dict(self.values), set(self.kinds)
        for column, cells in zip(columns, zip(*rows, strict=True), strict=False):
            good = {cell for cell in cells if cell and problem(cell, column) is None}
            if column.type == "kind":
                kinds |= good
            else:
                values[column.name] = tuple(sorted(good)[:_VALUES_MAX])
        return Usual(values, tuple(sorted(kinds)[:KINDS_MAX]))


def narrow_rows(side: Side, usual: Usual) -> str:
    """Return SQL of the rows: `slip`, the `kind` as a number, `amount` in yuan, and other columns.

    `receipt_no` is there only where there is no slip, `insurance_kind` where there is no kind.
    Fails as `Side.facts`.
    """
    columns = COLUMNS[side.name]
    few = [column for column in columns if column.type in _FEW]
    # `CASE` looks at the exact checks only for rows that are not written in the usual way;
    # `OR` would evaluate both for all rows
    usually = " AND ".join(_usually(column) for column in columns)
    exactly = " AND ".join(sql_holds(column.name, column) for column in columns)
    values = [
        f"CASE WHEN usual_{c.name} IS NOT NULL THEN usual_{c.name} ELSE {sql_value(c.name, c)} END"
        f" AS {c.name}"
        for c in few
        if c.type != "kind"
    ]
    ids = [c.name for c in columns if c.type == "id" and c.name != "receipt_no"]
    return (
        f"SELECT CASE WHEN {_FITS} THEN number * 8 + usual_insurance_kind END AS slip,"
        f" {', '.join([*ids, *values])}, usual_insurance_kind AS kind, decimal AS amount,"
        " CASE WHEN slip IS NULL THEN receipt_no END AS receipt_no,"
        " CASE WHEN kind IS NULL THEN insurance_kind END AS insurance_kind"
        f" FROM (SELECT *, try_cast(receipt_no AS BIGINT) AS number,"
        f" amount::DECIMAL(15, 2) AS decimal, {', '.join(_known(c, usual) for c in few)}"
        f" FROM ({side.rows}))"
        f" WHERE CASE WHEN {usually} THEN TRUE WHEN {exactly} THEN TRUE"
        f" ELSE error('{BALKED}') END"
    )


def kind_of(kinds: Sequence[str]) -> str:
    """Return SQL of the insurance kind of a narrow row."""
    named = " ".join(f"WHEN {code} THEN '{kind}'" for code, kind in enumerate(kinds))
    return f"CASE kind {named} ELSE insurance_kind END" if kinds else "insurance_kind"


def _known(column: Column, usual: Usual) -> str:
    """Return SQL of the value of a cell that is one of the usual ones, null if it is not."""
    if column.type == "kind":
        pairs = [(kind, str(code)) for code, kind in enumerate(usual.kinds)]
    else:
        pairs = [(text, _literal(text, column)) for text in usual.values.get(column.name, ())]
    known = " ".join(f"WHEN '{text}' THEN {value}" for text, value in pairs)
    value = f"CASE {column.name} {known} END" if known else "NULL"
    return f"({value})::{_FEW[column.type]} AS usual_{column.name}"


def _literal(text: str, column: Column) -> str:
    digits = text.replace("-", "")
    if column.type == "period":
        return digits
    return f"DATE '{digits[:4]}-{digits[4:6]}-{digits[6:]}'"


def _usually(column: Column) -> str:
    if column.type == "amount":
        return "decimal >= 0 AND decimal::VARCHAR = amount"
    if column.type in _FEW:
        return f"usual_{column.name} IS NOT NULL"
    if column.name == "receipt_no":
        return _FITS
    # letters, digits and a few marks are all that a URL leaves as it is
    return f"strlen({column.name}) <= 64 AND url_encode({column.name}) = {column.name}"
