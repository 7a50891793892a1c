"""The matching engine: facts in, verdicts out, in DuckDB (docs/reconciliation.md has the rules).

`run` works on Parquet files; `reconcile` on a connection that holds the inputs of `tables`. Both
give the same files for the same facts, in whatever order and on however many threads. A Spark
cluster runs the same statements where one machine is outgrown (docs/scaling.md).
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import duckdb

from hub.bulk import level_i, level_ii, results
from hub.bulk import level_iii as payers
from hub.bulk.disk import disk_refusals
from hub.bulk.tables import create_missing, create_views
from hub.domain.facts import Source
from hub.domain.verdict import Verdict
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from hub.bulk.level_i import Total
    from hub.bulk.sql import Sql
    from hub.domain.calendar import WorkingDays

MEMORY_MB: Final = 1500
THREADS: Final = 2

_MACROS: Final = (
    "CREATE OR REPLACE TEMP MACRO only_one(x) AS CASE WHEN min(x) = max(x) THEN min(x) END",
    "CREATE OR REPLACE TEMP MACRO age_on(day, age) AS if(day > getvariable('as_of'), 0, age)",
    "CREATE OR REPLACE TEMP MACRO divisor(x) AS list_reduce(list(x), lambda a, b: gcd(a, b))",
    "CREATE OR REPLACE TEMP MACRO yuan(fen) AS (fen::DECIMAL(20, 0) * 0.01)::DECIMAL(17, 2)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Parquet files of facts (`hub.domain.facts`), and files that earlier runs wrote."""

    collections: Sequence[Path] = ()
    deposits: Sequence[Path] = ()
    assessments: Sequence[Path] = ()  # all of the periods concerned, not only today's
    denials: Sequence[Path] = ()  # all that may concern an open receipt, not only today's
    credits: Sequence[Path] = ()
    packages: Sequence[Path] = ()  # not judged here
    open_collections: Sequence[Path] = ()
    open_deposits: Sequence[Path] = ()
    earlier_matches: Sequence[Path] = ()
    period_collections: Sequence[Path] = ()  # all of the assessed periods; `collections` if none
    level_iii: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """As of when, and by which working days; `awaiting` names lists that have not come."""

    as_of: date
    transit_working_days: int
    calendar: WorkingDays
    awaiting: frozenset[Source] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is in transit and how much differs; sums in fen."""

    in_transit_count: int
    in_transit_fen: int
    difference_count: int
    difference_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The files and figures of a run; `by_verdict` has count and sum in fen over all levels."""

    summary: dict[str, Any]
    discrepancies: Path
    open_collections: Path
    open_deposits: Path
    matches: Path | None
    counts: Counts
    totals: list[Total]
    by_verdict: dict[Verdict, tuple[int, int]]


@disk_refusals()
def run(
    inputs: Inputs,
    terms: Terms,
    out: Path,
    *,
    memory_mb: int = MEMORY_MB,
    threads: int = THREADS,
    spark: str | None = None,
) -> Outcome:
    """Reconcile Parquet facts and write the results into `out`; existing files are replaced.

    `spark`: the address of a cluster (Spark Connect) that does it instead of DuckDB, with the same
    results; `Unavailable` when it does not answer. `Unavailable("intake_unavailable")` when a disk
    is full.
    """
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out, prefix=".spill-") as spill, ExitStack() as stack:
        connection: Sql = stack.enter_context(
            connect(spill, memory_mb=memory_mb, threads=threads)
            if spark is None
            else cluster(spark, spill)
        )
        files = {name: getattr(inputs, name) for name in Inputs.__slots__ if name != "level_iii"}
        create_views(connection, {name: paths for name, paths in files.items() if paths})
        return reconcile(connection, terms, out, level_iii=inputs.level_iii)


def connect(
    spill: str | Path, *, memory_mb: int = MEMORY_MB, threads: int = THREADS
) -> duckdb.DuckDBPyConnection:
    """Return a connection that keeps to its memory and spills into the folder `spill`."""
    return duckdb.connect(
        config={
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": str(spill),
            "preserve_insertion_order": True,  # files are written in order
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
        }
    )


@contextmanager
def cluster(url: str, folder: str | Path) -> Iterator[Sql]:
    """Give a session on a Spark cluster; `folder` is one that hub and cluster share.

    `Rejected` when the hub lacks the modules for it.
    """
    try:
        from hub.bulk.spark import session  # noqa: PLC0415 -- only who has a cluster needs it
    except ImportError as error:
        raise Rejected("spark_not_installed", module=error.name or "pyspark-client") from error
    with session(url, folder) as sql:
        yield sql


def reconcile(
    connection: Sql,
    terms: Terms,
    out: Path,
    *,
    level_iii: bool = True,
    keep_matches: bool = True,
    counted: bool = False,
) -> Outcome:
    """Judge the inputs that `connection` holds and write the results into the folder `out`.

    `calendar_unknown_year` when the calendar does not know the day, or cannot tell whether money
    is late. Without `keep_matches` the file of matches is left out; a run that is continued on
    the next day needs it to recognise what is booked again. `counted`: `daily` is there already,
    because slips that agree were left out of the inputs.
    """
    out.mkdir(parents=True, exist_ok=True)
    create_missing(connection)
    _prepare(connection, terms)
    if not counted:
        level_i.count(connection)
    level_ii.judge(connection)
    _require_known(connection, terms)
    if level_iii and Source.COLLECTIONS not in terms.awaiting:
        payers.judge(connection)
    summary = results.write(connection, out, keep_matches=keep_matches)
    return _outcome(connection, terms, out, summary)


def _prepare(connection: Sql, terms: Terms) -> None:
    for macro in _MACROS:
        connection.execute(macro)
    values = {
        "as_of": terms.as_of,
        "transit": terms.transit_working_days,
        "awaiting_tax": Source.COLLECTIONS in terms.awaiting,
    }
    for name, value in values.items():
        connection.execute(f"SET VARIABLE {name} = $value", {"value": value})
    running = terms.calendar.ordinals(terms.calendar.first, terms.as_of)
    now = running[terms.as_of]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE ages AS SELECT unnest($days) AS day, unnest($ages) AS age",
        {"days": [*running], "ages": [now - number for number in running.values()]},
    )


def _require_known(connection: Sql, terms: Terms) -> None:
    # money from before the calendar's first year is late, unless that year is just beginning
    ((first,),) = connection.execute("SELECT min(collected_on) FROM one_sided").fetchall()
    calendar = terms.calendar
    known = calendar.count(calendar.first, terms.as_of)
    if first is not None and first < calendar.first and known <= terms.transit_working_days:
        calendar.count(first, terms.as_of)


def _outcome(connection: Sql, terms: Terms, out: Path, summary: dict[str, Any]) -> Outcome:
    by_verdict: dict[Verdict, tuple[int, int]] = {}
    for line in summary["verdicts"]:
        count, fen = by_verdict.get(Verdict(line["verdict"]), (0, 0))
        by_verdict[Verdict(line["verdict"])] = (count + line["count"], fen + line["fen"])
    matches = out / "matches.parquet"
    in_transit = by_verdict.get(Verdict.IN_TRANSIT, (0, 0))
    real = [sums for verdict, sums in by_verdict.items() if verdict.is_real]
    counts = Counts(
        in_transit_count=in_transit[0],
        in_transit_fen=in_transit[1],
        difference_count=sum(count for count, _ in real),
        difference_fen=sum(fen for _, fen in real),
    )
    return Outcome(
        summary={
            "as_of": terms.as_of.isoformat(),
            "transit_working_days": terms.transit_working_days,
            **summary,
            **asdict(counts),
        },
        discrepancies=out / "discrepancies.parquet",
        open_collections=out / "open_collections.parquet",
        open_deposits=out / "open_deposits.parquet",
        matches=matches if matches.exists() else None,
        counts=counts,
        totals=level_i.totals(connection),
        by_verdict=by_verdict,
    )
