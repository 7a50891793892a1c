"""Measures the engine on DuckDB and on a Spark of one process, over the same Parquet facts.

    .venv/bin/python benchmarks/scaling.py --rows 10_000_000

A day's lists with assessments, so that all three levels are judged. Each engine runs in processes
of its own. Spark's figures are those of its server and the hub together, without its start.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.spark import START_S, SparkServer
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF = date(2026, 11, 23)
KINDS = "['pension', 'medical', 'unemployment', 'work_injury'][1 + i % 4] AS insurance_kind"
PAYER = "'91330100' || lpad((hash(i, 'payer') % {rows})::VARCHAR, 10, '0') AS payer_id"
RECEIPT = "lpad((hash(i) % 1000000000000000000)::VARCHAR, 18, '0') AS receipt_no"
FEN = "(10000 + hash(i, 'fen') % 1000000)::BIGINT"
SIDES = {
    "collections": f"""SELECT i + 2 AS line, {RECEIPT}, {PAYER}, NULL::VARCHAR AS payer_name,
        NULL::VARCHAR AS person_id, NULL::VARCHAR AS person_name, {KINDS}, 202611 AS period,
        {FEN} AS amount_fen, DATE '2026-11-16' + (i % 5)::INT AS collected_on
        FROM range({{rows}}) AS t(i)""",
    "deposits": f"""SELECT i + 2 AS line, 'D' || lpad((i // 50)::VARCHAR, 12, '0') AS deposit_no,
        {RECEIPT}, {KINDS}, {FEN} + if(i % 500 = 7, 100, 0) AS amount_fen,
        DATE '2026-11-17' + (i % 5)::INT AS credited_on
        FROM range({{rows}}) AS t(i) WHERE i % 300 <> 11""",
    "assessments": f"""SELECT i + 2 AS line, {PAYER}, NULL::VARCHAR AS payer_name, {KINDS},
        202611 AS period, {FEN} + if(i % 700 = 5, 100, 0) AS amount_fen, NULL::DATE AS due_on
        FROM range({{rows}}) AS t(i)""",
}
MIB = 1024
LOOK_S = 0.5


def main() -> None:
    options = _options()
    if options.inner:
        inner(options)
        return
    data = options.data / f"{options.rows}"
    if not (data / "assessments.parquet").exists():
        make(data, options.rows)
    sizes = {path.stem: path.stat().st_size / 1e6 for path in sorted(data.glob("*.parquet"))}
    print(f"{platform.platform()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{options.rows:,} rows a side; MB: {sizes}")
    for engine in options.engine:
        work = data / "work"
        shutil.rmtree(work, ignore_errors=True)
        with _server(work, options) if engine == "spark" else _nothing() as server:
            for _ in range(options.repeat):
                print(json.dumps(measure(engine, server, data, options)), flush=True)


def make(folder: Path, rows: int) -> None:
    """Write a day: one row in 500 is booked wrongly, one in 300 not, one in 700 is owed more."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as connection:
        for name, query in SIDES.items():
            text, part = query.format(rows=rows), folder / f"{name}.part"
            connection.execute(f"COPY ({text}) TO '{part}' (FORMAT parquet, COMPRESSION zstd)")
            part.rename(folder / f"{name}.parquet")


def measure(
    engine: str, server: SparkServer | None, data: Path, options: argparse.Namespace
) -> dict[str, object]:
    """Run the engine once and return what it took, and what it found."""
    before = _of_process(server.process.pid)[0] if server else 0.0
    begin = time.perf_counter()
    command = [
        sys.executable, __file__, "--inner", "--data", str(data),
        "--spark", server.url if server else "", "--memory-mb", str(options.memory_mb),
        *(["--two-sides"] if options.two_sides else []),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with _disk(data / "work") as peak:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{engine} failed")
    used, memory = _of_process(server.process.pid) if server else (0.0, 0.0)
    return {
        "engine": engine,
        "wall_s": round(wall, 1),
        "processor_s": round(usage.ru_utime + usage.ru_stime + used - before, 1),
        "hub_mib": usage.ru_maxrss // MIB,
        "server_mib": round(memory),
        "disk_mb": round(peak[0] / 1e6),
        **json.loads(output),
        "results": _results(data / "work" / "out"),
    }


def _results(folder: Path) -> dict[str, list[int]]:
    """Return rows, and a sum over rows and their places that is the same for the same files."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}) as connection:
        return {
            path.stem: list(
                connection.execute(
                    "SELECT count(*),"
                    " coalesce(sum(file_row_number * (hash(t) % 1000003)), 0)"
                    " FROM read_parquet($path, file_row_number = true) AS t",
                    {"path": str(path)},
                ).fetchall()[0]
            )
            for path in sorted(folder.glob("*.parquet"))
        }


def inner(options: argparse.Namespace) -> None:
    from hub.adapters.china_calendar import load  # noqa: PLC0415 -- not in the measuring process
    from hub.bulk import engine  # noqa: PLC0415

    files = {name: [options.data / f"{name}.parquet"] for name in SIDES}
    if options.two_sides:
        del files["assessments"]
    terms = engine.Terms(as_of=AS_OF, transit_working_days=3, calendar=load())
    outcome = engine.run(
        engine.Inputs(
            **files,
            period_collections=files["collections"],
            level_iii=not options.two_sides,
        ),
        terms,
        options.data / "work" / "out",
        memory_mb=options.memory_mb,
        spark=options.spark or None,
    )
    counts = outcome.counts
    print(json.dumps({"differences": counts.difference_count, "fen": counts.difference_fen}))


@contextmanager
def _server(work: Path, options: argparse.Namespace) -> Iterator[SparkServer]:
    server = SparkServer(
        work / "spark",
        {"spark.sql.shuffle.partitions": str(options.partitions)},
        memory=options.spark_memory,
    )
    try:
        eventually(server.is_ready, timeout_s=START_S)
        yield server
    finally:
        server.stop()


@contextmanager
def _nothing() -> Iterator[None]:
    yield None


@contextmanager
def _disk(folder: Path) -> Iterator[list[int]]:
    """Give the most bytes that were below a folder at a time, in a list of one."""
    peak, done = [0], threading.Event()

    def look() -> None:
        while not done.wait(LOOK_S):
            files = (Path(at, name) for at, _, names in os.walk(folder) for name in names)
            peak[0] = max(peak[0], sum(map(_size, files)))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _of_process(pid: int) -> tuple[float, float]:
    """Return processor seconds and the peak memory in MiB of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    peak = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmHWM" in line
    )
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), int(
        peak.split()[1]
    ) / MIB


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=1_000_000)
    parser.add_argument("--engine", nargs="+", default=["duckdb", "spark"])
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--memory-mb", type=int, default=1500, help="DuckDB's")
    parser.add_argument("--spark-memory", default="4g", help="Java's heap")
    parser.add_argument("--partitions", type=int, default=64, help="of Spark's shuffles")
    parser.add_argument("--two-sides", action="store_true", help="without assessments, level iii")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "hub-scaling")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--spark", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # and the server with it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
