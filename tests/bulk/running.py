"""Runs the engine on facts given as dictionaries, and reads back what it wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import pyarrow.parquet as pa_parquet

from hub.bulk import engine
from hub.bulk.tables import INPUTS
from hub.domain.facts import COLUMNS, Source
from tests.bulk.oracle_records import Fact, Facts, Finding, Rules

if TYPE_CHECKING:
    from pathlib import Path

ARROW = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}
TYPES = {"text": "VARCHAR", "int": "BIGINT", "fen": "BIGINT", "date": "DATE", "period": "INTEGER"}


def terms(rules: Rules, **changes: object) -> engine.Terms:
    return engine.Terms(
        as_of=rules.as_of, transit_working_days=rules.transit, calendar=rules.calendar, **changes
    )


def relation(name: str, rows: list[Fact]) -> pa.Table:
    schema = pa.schema([(column, ARROW[kind]) for column, kind in INPUTS[name].items()])
    return pa.table(
        {column: [row.get(column) for row in rows] for column in schema.names}, schema=schema
    )


def reconcile(
    facts: Facts,
    rules: Rules,
    out: Path,
    *,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> engine.Outcome:
    """Run the engine on a connection that holds the facts; a new one costs 20 ms."""
    if connection is None:
        with engine.connect(out / "spill", threads=1) as opened:
            return reconcile(facts, rules, out, connection=opened)
    listed = facts.collections if facts.period_collections is None else facts.period_collections
    given = {
        "collections": [{"is_new": True, **row} for row in facts.collections],
        "deposits": [{"is_new": True, **row} for row in facts.deposits],
        "denials": [{"receipt_no": number} for number in sorted(facts.denied)],
        "assessments": facts.assessments,
        "earlier_matches": facts.earlier,
        "period_collections": listed,
        "credits": [],
    }
    for name, rows in given.items():
        connection.register(name, relation(name, rows))
    return engine.reconcile(connection, terms(rules), out)


def write_facts(source: Source, rows: list[Fact], path: Path) -> Path:
    """Write facts as the intake does: all columns of the source, in their order."""
    schema = pa.schema([(c.name, ARROW[TYPES[c.type]]) for c in COLUMNS[source]])
    columns = {name: [row.get(name) for row in rows] for name in schema.names}
    pa_parquet.write_table(pa.table(columns, schema=schema), path)
    return path


def read(path: Path) -> list[Fact]:
    return pa_parquet.read_table(path).to_pylist()


def findings(path: Path) -> list[Finding]:
    """Return the rows of a `discrepancies.parquet`, with amounts in fen."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT * REPLACE ((collected * 100)::BIGINT AS collected,"
            " (deposited * 100)::BIGINT AS deposited, (assessed * 100)::BIGINT AS assessed,"
            " (amount * 100)::BIGINT AS amount) FROM read_parquet($path)",
            {"path": str(path)},
        ).fetchall()
    return [Finding(*row) for row in rows]
