"""Measures `hub reconcile` beside the bare join, one that keeps whole rows, and datacompy.

    .venv/bin/python benchmarks/reconcile.py --rows 10_000_000

The files are made once and kept in `--data`. Every contender runs in a process of its own, in
turn, so that a busy machine hits all alike: what counts is the ratio, not the time.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb

HERE = Path(__file__).parent
AS_OF = "2026-11-23"
DATACOMPY_ROWS_MAX = 200_000
MIB = 1024


class Run(NamedTuple):
    """What one process took: wall and processor time in seconds, peak memory in MiB."""

    seconds: float
    processor_s: float
    peak_mib: float


def main() -> None:
    options = _options()
    assessed = options.assessments
    data = options.data / (f"{options.rows}-assessed" if assessed else f"{options.rows}")
    if not (data / "deposits.csv").exists():
        make(data, options.rows, assessed=assessed)
    small = options.data / f"{min(options.rows, DATACOMPY_ROWS_MAX)}"
    if not (small / "deposits.csv").exists():
        make(small, int(small.name))
    sizes = [(data / f"{side}.csv").stat().st_size / 1e6 for side in ("collections", "deposits")]
    print(f"{platform.platform()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    print(f"{options.rows:,} rows a side, {sizes[0]:.0f} and {sizes[1]:.0f} MB")
    runs: dict[str, list[Run]] = {"bare join": [], "whole-row join": [], "hub reconcile": []}
    for _ in range(options.repeat):
        runs["bare join"].append(run(baseline("join", data)))
        runs["whole-row join"].append(run(baseline("whole_rows", data)))
        runs["hub reconcile"].append(run(hub(data, options.threads, assessed=assessed)))
    if not options.no_datacompy:
        name = f"datacompy, {int(small.name):,} rows"
        runs[name] = [run(baseline("datacompy", small))]
        runs[f"hub reconcile, {int(small.name):,} rows"] = [run(hub(small, options.threads))]
    report(runs)


def report(runs: dict[str, list[Run]]) -> None:
    for name, each in runs.items():
        middle = statistics.median(one.seconds for one in each)
        processor = statistics.median(one.processor_s for one in each)
        peak = max(one.peak_mib for one in each)
        print(f"{name:32} {middle:7.2f} s {processor:7.2f} s of processors {peak:7.0f} MiB")
    for name in ("bare join", "whole-row join"):
        pairs = list(zip(runs["hub reconcile"], runs[name], strict=True))
        wall = ", ".join(f"{ours.seconds / bare.seconds:.2f}" for ours, bare in pairs)
        processor = ", ".join(f"{ours.processor_s / bare.processor_s:.2f}" for ours, bare in pairs)
        print(f"hub reconcile / {name}: wall {wall}; processor {processor}")


def run(command: list[str]) -> Run:
    """Run a command and measure it alone: its own processor time and its own peak."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        sys.exit(f"{command} ended with {code}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MIB)


def hub(data: Path, threads: int, *, assessed: bool = False) -> list[str]:
    out = data / "out"
    assessments = ["--assessments", str(data / "assessments.csv")] if assessed else []
    return [
        str(Path(sys.executable).parent / "hub"), "reconcile",
        "--collections", str(data / "collections.csv"), "--deposits", str(data / "deposits.csv"),
        "--as-of", AS_OF, "--out", str(out), "--threads", str(threads), *assessments,
    ]  # fmt: skip


def baseline(name: str, data: Path) -> list[str]:
    return [sys.executable, str(HERE / "baseline.py"), name, str(data)]


def make(folder: Path, rows: int, *, assessed: bool = False) -> None:
    """Write both sides: every receipt once, one in 500 booked wrongly, one in 300 not at all.

    Receipts come in no order, kinds, days and amounts as a day's list has them. `assessed`: each
    row has a payer of its own and an assessment, one in 700 of them of another amount.
    """
    folder.mkdir(parents=True, exist_ok=True)
    receipt = f"(330100000000000000 + (i * 7919) % {rows * 10})::VARCHAR AS receipt_no"
    kind = "['pension', 'medical', 'unemployment', 'work_injury'][1 + i % 4] AS insurance_kind"
    payers = rows if assessed else 200_000
    payer = f"'91330100' || lpad(((i * 31) % {payers})::VARCHAR, 10, '0') AS payer_id"
    sides = {
        "collections": f"""{receipt}, {payer}, {kind}, '202611' AS period,
            (100 + i * 37 % 1000000 / 100.0)::DECIMAL(17, 2) AS amount,
            DATE '2026-11-16' + (i % 5)::INT AS collected_on FROM range({rows}) AS t(i)""",
        "deposits": f"""'D' || lpad((i // 50)::VARCHAR, 12, '0') AS deposit_no, {receipt}, {kind},
            (100 + i * 37 % 1000000 / 100.0 + if(i % 500 = 7, 1, 0))::DECIMAL(17, 2) AS amount,
            DATE '2026-11-17' + (i % 5)::INT AS credited_on FROM range({rows}) AS t(i)
            WHERE i % 300 <> 11""",
    }
    if assessed:
        sides["assessments"] = f"""{payer}, {kind}, '202611' AS period,
            (100 + i * 37 % 1000000 / 100.0 + if(i % 700 = 5, 1, 0))::DECIMAL(17, 2) AS amount
            FROM range({rows}) AS t(i)"""
    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": False}) as connection:
        for name, query in sorted(sides.items()):  # deposits last: `main` looks for them
            part = folder / f"{name}.part"
            connection.execute(f"COPY (SELECT {query}) TO '{part}' (FORMAT csv, HEADER)")
            part.rename(folder / f"{name}.csv")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "hub-benchmark")
    parser.add_argument("--assessments", action="store_true", help="with a third side, level iii")
    parser.add_argument("--no-datacompy", action="store_true")
    parser.add_argument("--delete", action="store_true", help="delete the data and stop")
    options = parser.parse_args()
    if options.delete:
        shutil.rmtree(options.data, ignore_errors=True)
        sys.exit()
    return options


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
