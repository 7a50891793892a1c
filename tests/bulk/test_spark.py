"""A Spark cluster in DuckDB's place: the same statements, and the same results to the row.

Three days with what is open carried over. Their lists are those of simulated days and beside them
many small worlds of random facts, so that every rule has many cases: each world has receipts,
payers and amounts of its own, but all of them are judged in one run, because each costs seconds.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pa_parquet
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from hub.adapters.china_calendar import load
from hub.app.checking_engine import check_engine
from hub.bulk import engine
from hub.bulk.engine import Inputs
from hub.bulk.tables import INPUTS, create_views
from hub.domain.facts import Source
from hub.errors import Rejected, Unavailable
from hub.settings import load_settings
from hub.simulate import lists
from hub.simulate.cases import cases
from hub.simulate.dates import Dates
from hub.simulate.mint import Mint
from tests.bulk import running
from tests.bulk.oracle_records import Rules
from tests.bulk.worlds import worlds
from tests.conftest import require
from tests.servers import HOST, _free_port
from tests.spark import QUICK, ROOT, START_S, SparkServer, is_there
from tests.waiting import eventually

SEED = int(os.environ.get("HUB_SPARK_SEED", "1"))
WORLDS = 60  # a day
CALENDAR = load()
DAYS = [CALENDAR.add(date(2026, 11, 23), number) for number in range(3)]
FILES = ("discrepancies", "open_collections", "open_deposits", "matches")


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Return the address of a server."""
    pytest.importorskip("sqlglot")
    require(is_there(), "Spark (scripts/spark.sh, java)")
    server = SparkServer(tmp_path_factory.mktemp("spark"), QUICK)
    try:
        eventually(server.is_ready, timeout_s=START_S)
        yield server.url
    finally:
        server.stop()


def drawn_worlds(number: int) -> list:
    found = []

    @seed(number)
    @settings(max_examples=WORLDS, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(worlds())
    def draw(world):
        found.append(world)

    draw()
    return found


def apart(rows, world: int) -> list[dict]:
    """Give rows receipts, payers and amounts that no other world has."""
    names = {"receipt_no": f"{world}-", "payer_id": f"{world}-"}
    return [
        {
            **row,
            **{n: before + row[n] for n, before in names.items() if row.get(n) is not None},
            **({"amount_fen": row["amount_fen"] * (1000 + world)} if "amount_fen" in row else {}),
        }
        for row in rows
    ]


def random_day(day: int) -> dict[Source, list[dict]]:
    made: dict[Source, list[dict]] = {source: [] for source in Source}
    for number, world in enumerate(drawn_worlds(SEED * 100 + day)):
        made[Source.COLLECTIONS] += apart(world.collections, number)
        made[Source.DEPOSITS] += apart(world.deposits, number)
        made[Source.ASSESSMENTS] += apart(world.assessments, number)
        denied = [{"receipt_no": one, "stated_on": DAYS[0]} for one in sorted(world.denied)]
        made[Source.DENIALS] += apart(denied, number)
    return made


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Return three days' inputs: each reads what DuckDB left open and matched on those before."""
    folder = tmp_path_factory.mktemp("days")
    dates = Dates(calendar=CALENDAR, transit_days=3)
    mint = Mint(SEED)
    simulated = [case for day in DAYS for case in cases(mint, dates, [day], rows=250)]
    kept = {source: [] for source in Source}
    last, matches, made = None, [], []
    for number, day in enumerate(DAYS):
        random = random_day(number)
        today = {}
        for source, rows in lists.facts(simulated, dates, lambda s, on=day: s == on).items():
            path = folder / f"{day}-{source.value}.parquet"
            today[source] = [running.write_facts(source, [*rows, *random[source]], path)]
            kept[source] += today[source]
        inputs = Inputs(
            collections=today[Source.COLLECTIONS],
            deposits=today[Source.DEPOSITS],
            credits=today[Source.CREDITS],
            assessments=list(kept[Source.ASSESSMENTS]),
            denials=list(kept[Source.DENIALS]),
            period_collections=list(kept[Source.COLLECTIONS]),
            open_collections=[last.open_collections] if last else (),
            open_deposits=[last.open_deposits] if last else (),
            earlier_matches=list(matches),
        )
        terms = running.terms(Rules(as_of=day, transit=3, calendar=CALENDAR))
        last = engine.run(inputs, terms, folder / f"{day}", threads=1)
        matches.append(last.matches)
        made.append((inputs, terms, last))
    return made


def settings_on_spark(work: Path):
    told = load_settings(ROOT / "config")
    spark = replace(told.reconciliation, engine="spark", spark_url="env:HUB_TEST_SPARK")
    return replace(told, reconciliation=spark, folders=replace(told.folders, work=work))


def require_same(found: engine.Outcome, wanted: engine.Outcome) -> None:
    for name in FILES:
        ours = pa_parquet.read_table(getattr(found, name))
        theirs = pa_parquet.read_table(getattr(wanted, name))
        columns = [[(one.name, one.type) for one in table.schema] for table in (ours, theirs)]
        assert columns[0] == columns[1], name
        assert ours.to_pylist() == theirs.to_pylist(), name
    assert found.summary == wanted.summary
    assert found.totals == wanted.totals
    assert found.by_verdict == wanted.by_verdict


@pytest.mark.real
@pytest.mark.slow
def test_each_day_has_the_same_results_to_the_row(spark, days, tmp_path):
    for number, (inputs, terms, wanted) in enumerate(days):
        found = engine.run(inputs, terms, tmp_path / f"{number}", spark=spark)

        require_same(found, wanted)
        assert [*(tmp_path / f"{number}").glob(".spill-*")] == []


def test_the_days_hold_every_verdict_and_rule(days):
    seen = set()
    for _, _, outcome in days:
        with duckdb.connect() as connection:
            seen |= set(
                connection.execute(
                    "SELECT DISTINCT verdict, rule FROM read_parquet($path)",
                    {"path": str(outcome.discrepancies)},
                ).fetchall()
            )
    assert {verdict for verdict, _ in seen} == {
        "ambiguous", "duplicate", "in_transit", "missing_at_tax", "missing_at_treasury", "over",
        "overdue", "short", "wrong_kind", "wrong_payer", "wrong_period",
    }  # fmt: skip
    by_receipt = {f"ii-0{number}" for number in range(2, 8)}
    by_payer = {f"iii-0{number}" for number in range(1, 7)}
    assert {rule.rpartition("-")[0] for _, rule in seen} == by_receipt | by_payer


@pytest.mark.real
@pytest.mark.slow
def test_a_table_that_overflows_is_an_error_and_no_wrong_sum(spark, tmp_path):
    with engine.cluster(spark, tmp_path) as sql:
        create_views(sql, {})
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in INPUTS["credits"].items())
        sql.execute(f"CREATE TEMP TABLE credits AS SELECT {columns} WHERE false")
        sql.execute("CREATE TEMP TABLE much AS SELECT 9223372036854775807::BIGINT AS fen")
        with pytest.raises(Exception, match="ARITHMETIC_OVERFLOW"):
            sql.execute("SELECT sum(fen + 1) FROM much").fetchall()


@pytest.mark.real
@pytest.mark.slow
def test_a_check_proves_that_hub_and_cluster_share_a_folder(spark, tmp_path, monkeypatch):
    monkeypatch.setenv("HUB_TEST_SPARK", spark)
    settings = settings_on_spark(tmp_path)

    assert check_engine(settings, connect=True) == []
    assert [*tmp_path.iterdir()] == []

    monkeypatch.setattr(
        Path, "rglob", lambda _folder, _pattern: []
    )  # as if it were mounted elsewhere
    (problem,) = check_engine(settings, connect=True)
    assert "is not there for the hub" in problem.message


def test_a_check_tells_of_an_address_that_leads_nowhere(tmp_path):
    (problem,) = check_engine(settings_on_spark(tmp_path), connect=False)

    assert problem.key == "reconciliation.spark_url"
    assert "HUB_TEST_SPARK" in problem.message


def test_without_a_server_it_is_tried_again_later(tmp_path):
    pytest.importorskip("pyspark")
    terms = running.terms(Rules(as_of=DAYS[0], transit=3, calendar=CALENDAR))

    with pytest.raises(Unavailable, match="Spark cluster did not complete"):
        engine.run(Inputs(), terms, tmp_path, spark=f"sc://{HOST}:{_free_port()}")

    assert [*tmp_path.iterdir()] == []


def test_an_address_of_something_else_is_refused(tmp_path):
    pytest.importorskip("pyspark")
    with pytest.raises(Rejected) as refused, engine.cluster("https://example.org", tmp_path):
        pass
    assert refused.value.code == "spark_url_invalid"


def test_a_hub_without_the_extra_says_what_to_install(tmp_path, monkeypatch):
    for name in ("pyspark", "pyspark.errors", "hub.bulk.spark"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    terms = running.terms(Rules(as_of=DAYS[0], transit=3, calendar=CALENDAR))

    with pytest.raises(Rejected) as refused:
        engine.run(Inputs(), terms, tmp_path, spark="sc://localhost")

    assert refused.value.code == "spark_not_installed"
    assert "agency-hub[spark]" in str(refused.value)
