"""The tables that matching works on, as views or tables of one DuckDB connection.

Whoever calls the engine fills the `INPUTS` first: the daily run with views over Parquet facts,
`hub reconcile` with tables made from its files. A relation may have more columns than these (a
payer's name, a person); they go along into the open records and matter to no rule.

A *slip* is one insurance kind of one receipt: what level ii judges. Amounts are fen.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hub.domain.facts import COLUMNS, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hub.bulk.sql import Sql

INPUTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        # today's lists and what the last run left open; `is_new` is false for the latter
        "collections": {
            "line": "BIGINT",
            "receipt_no": "VARCHAR",
            "payer_id": "VARCHAR",
            "insurance_kind": "VARCHAR",
            "period": "INTEGER",
            "amount_fen": "BIGINT",
            "collected_on": "DATE",
            "is_new": "BOOLEAN",
        },
        "deposits": {
            "line": "BIGINT",
            "deposit_no": "VARCHAR",
            "receipt_no": "VARCHAR",  # null: the treasury named no receipt
            "insurance_kind": "VARCHAR",
            "amount_fen": "BIGINT",
            "credited_on": "DATE",
            "is_new": "BOOLEAN",
        },
        # every assessment of the periods concerned, and every collection of those periods
        "assessments": {
            "payer_id": "VARCHAR",
            "insurance_kind": "VARCHAR",
            "period": "INTEGER",
            "amount_fen": "BIGINT",
            "due_on": "DATE",
        },
        "period_collections": {
            "receipt_no": "VARCHAR",
            "payer_id": "VARCHAR",
            "insurance_kind": "VARCHAR",
            "period": "INTEGER",
            "amount_fen": "BIGINT",
            "collected_on": "DATE",
        },
        # every denial known about a receipt that may still be open
        "denials": {"receipt_no": "VARCHAR", "stated_on": "DATE"},
        # level i: what the bank credited; null where it names no kind
        "credits": {"insurance_kind": "VARCHAR", "amount_fen": "BIGINT", "credited_on": "DATE"},
        # what earlier runs matched, as they wrote it (`MATCHES`)
        "earlier_matches": {
            "matched_on": "DATE",
            "receipt_no": "VARCHAR",
            "insurance_kind": "VARCHAR",
            "payer_id": "VARCHAR",
            "period": "INTEGER",
            "collected_on": "DATE",
            "collected_fen": "BIGINT",
            "deposited_fen": "BIGINT",
            "collected_rows": "BIGINT",
            "deposited_rows": "BIGINT",
            "deposit_no": "VARCHAR",
            "rule": "VARCHAR",
        },
    }
)
"""What the engine reads: the columns that each relation must have."""

MATCHES: Final = tuple(INPUTS["earlier_matches"])
"""The columns of `matches.parquet`: one row for each slip that a run matched."""

DISCREPANCIES: Final = (
    "receipt_no", "deposit_no", "verdict", "level", "insurance_kind", "payer_id", "period",
    "collected", "deposited", "assessed", "amount", "collected_on", "age_working_days", "rule",
    "note",
)  # fmt: skip
"""The columns of `discrepancies.parquet`; the four amounts are yuan."""


_TYPES: Final = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "fen": "BIGINT",
    "date": "DATE",
    "period": "INTEGER",
}


def create_missing(connection: Sql) -> None:
    """Create the inputs that the connection lacks, empty.

    Without collections of the assessed periods, the collections that are there stand for them.
    """
    rows = connection.execute("SELECT table_name FROM information_schema.tables").fetchall()
    for name in INPUTS.keys() - {name for (name,) in rows}:
        if name == "period_collections":
            continue
        connection.execute(f"CREATE TABLE {name} ({columns_of(name)})")
    if ("period_collections",) not in rows:
        connection.execute("CREATE VIEW period_collections AS SELECT * FROM collections")


def create_views(connection: Sql, files: Mapping[str, Sequence[Path]]) -> None:
    """Create the inputs as views over Parquet files.

    `files` has the names of inputs, and `open_collections` and `open_deposits` for what an
    earlier run left open. Collections and deposits have all columns of their facts, also
    when there is no file.
    """
    for source in (Source.COLLECTIONS, Source.DEPOSITS):
        parts = [f"SELECT {_empty(source)}, true AS is_new WHERE false"]
        for name, is_new in ((source.value, "true"), (f"open_{source.value}", "false")):
            if files.get(name):
                parts.append(f"SELECT *, {is_new} AS is_new FROM {_parquet(files[name])}")
        connection.execute(f"CREATE VIEW {source.value} AS " + " UNION ALL BY NAME ".join(parts))
    for name in INPUTS.keys() & files.keys() - {"collections", "deposits"}:
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM {_parquet(files[name])}")


def columns_of(name: str) -> str:
    """Return the columns of an input as SQL: `line BIGINT, receipt_no VARCHAR, …`."""
    return ", ".join(f"{column} {kind}" for column, kind in INPUTS[name].items())


def _empty(source: Source) -> str:
    return ", ".join(f"NULL::{_TYPES[column.type]} AS {column.name}" for column in COLUMNS[source])


def _parquet(paths: Sequence[Path]) -> str:
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{quoted}], union_by_name = true)"
