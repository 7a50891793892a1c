"""A whole hub at work for an hour: does anything grow that should not?

    python benchmarks/soak.py /tmp/soak --seconds 3600 --rate 100

Starts a RabbitMQ node, an SFTP server, `hub run` and `hub console` as processes of their own, on
SQLite or, with `--postgres`, on a PostgreSQL that waits for its disk. Another region's office sends
signed messages, each of which the hub proves, applies and answers with a signed receipt; lists come
over SFTP; people look at pages of the console.

Every ten seconds a row goes to `samples.csv`: memory, descriptors, threads and processor time of
each process, sizes of database, journal and archive, what waits, and times from a message to the
commit that received it, to its receipt, and of pages. After the warm-up nothing of the hub's own
processes may grow, and a message may not take more of the database later than earlier: exit code 1
if it does, or if a message was lost, answered twice, or refused.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.soak_house import USERS, House
from benchmarks.soak_load import Business, Dropping, Listening, Sending
from benchmarks.soak_samples import (
    Finding,
    Sample,
    Table,
    failed,
    quantile,
    read_table,
    report,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.soak_exchange import Exchange

WARM_UP_S = 600.0
DRAIN_S = 180.0
JUDGED = ("hub", "console")
COMMIT_GOAL_MS = {False: 500.0, True: 250.0}  # on SQLite, on PostgreSQL


def soak(options: argparse.Namespace) -> int:
    """Run it all; return the exit code."""
    home: Path = options.folder
    if home.exists() and any(home.iterdir()):
        raise SystemExit(f"{home} is not empty")
    home.mkdir(parents=True, exist_ok=True)
    with House(home, postgres=options.postgres, preload=options.preload) as house:
        exchange = house.exchange()
        dropping = house.dropping(datetime.now(UTC).date(), options.files)
        business = Business(
            sending=Sending(exchange, options.rate, options.ahead),
            listening=Listening(exchange),
            dropping=dropping,
            people=house.people(options.users),
        )
        table = Table(home / "samples.csv")
        with business.running():
            watch(options, house, table, business)
            business.sending.stopping.set()
            dropping.stopping.set()
            wait_for_rest(exchange, dropping, house)
        parked = house.parked()
    findings = end_state(exchange, dropping, parked)
    findings += judge(table.rows, options)
    print(summary(table.rows, options))
    print(report(findings))
    return int(failed(findings))


def watch(options: argparse.Namespace, house: House, table: Table, business: Business) -> None:
    """Take a sample every so many seconds until the time is over."""
    begun_s = time.monotonic()
    due_s = 0.0
    while due_s < options.seconds:
        late_s = time.monotonic() - begun_s
        due_s = max(due_s + options.every, late_s)  # a machine that stood still: no hurry after it
        time.sleep(max(0.0, due_s - late_s))
        house.require_alive()
        row: Sample = {"at_s": time.monotonic() - begun_s, "load": os.getloadavg()[0]}
        table.add(row | business.sample() | house.sample())


def wait_for_rest(exchange: Exchange, dropping: Dropping, house: House) -> None:
    """Wait until everything sent is answered and every file taken, or it takes too long."""
    until_s = time.monotonic() + DRAIN_S
    while time.monotonic() < until_s:
        house.require_alive()
        if not exchange.unanswered and sum(dropping.taken()) >= dropping.dropped:
            return
        time.sleep(0.5)


def end_state(exchange: Exchange, dropping: Dropping, parked: Sequence[object]) -> list[Finding]:
    """Return whether everything that was begun ended, once."""
    taken, refused = dropping.taken()
    counts = (
        ("messages without a receipt", exchange.unanswered),
        ("messages answered twice", exchange.unexpected),
        ("messages refused", exchange.refused),
        ("files not taken", dropping.dropped - taken - refused),
        ("files refused", refused),
        ("tasks parked", len(parked)),
    )
    return [Finding(what=what, found=f"{n}", limit="0", good=n == 0) for what, n in counts]


def judge(rows: Sequence[Sample], options: argparse.Namespace) -> list[Finding]:
    """Return what the samples say."""
    return verdict(
        rows,
        warm_up_s=min(options.warm_up, options.seconds / 4),
        judged=JUDGED,
        rate=options.rate,
        told={"commit_p99_ms": COMMIT_GOAL_MS[options.postgres]},
        rss_mb_per_hour_max=options.rss,
    )


def summary(rows: Sequence[Sample], options: argparse.Namespace) -> str:
    """Return what was done and what it took."""
    last, seconds = rows[-1], rows[-1]["at_s"]
    load, rate = sum(row["load"] for row in rows) / len(rows), last["messages"] / seconds
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d} {seconds:.0f} s, {os.cpu_count()} CPU, load {load:.1f}",
        f"{last['messages']:,.0f} messages answered: {rate:.1f}/s of {options.rate:g}/s asked for",
        f"{last['files']:,.0f} files, {last['pages']:,.0f} pages",
    ]
    for name in ("hub", "console", "broker"):
        first = rows[min(len(rows) - 1, 1)]
        used = (last.get(f"{name}_cpu_s", 0) - first.get(f"{name}_cpu_s", 0)) / max(
            1.0, seconds - first["at_s"]
        )
        lines.append(
            f"{name}: {used:.2f} of a processor, {last.get(f'{name}_rss_mb', 0):.0f} MB, "
            f"{last.get(f'{name}_fds', 0):.0f} descriptors, "
            f"{last.get(f'{name}_threads', 0):.0f} threads"
        )
    for name in ("commit", "answer", "page"):
        middle = quantile([row[f"{name}_p50_ms"] for row in rows], 0.5)
        worst = quantile([row[f"{name}_p99_ms"] for row in rows], 0.5)
        lines.append(f"{name}: p50 {middle:.0f} ms, p99 {worst:.0f} ms (middle of all samples)")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="A new folder, kept.")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rate", type=float, default=100, help="Messages a second.")
    parser.add_argument("--ahead", type=int, default=1000, help="Messages unanswered at most.")
    parser.add_argument("--files", type=float, default=1, help="Files a second.")
    parser.add_argument("--users", type=int, default=len(USERS), help="People at the console.")
    parser.add_argument("--every", type=float, default=10, help="Seconds between samples.")
    parser.add_argument("--warm-up", type=float, default=WARM_UP_S, help="Seconds not judged.")
    parser.add_argument("--rss", type=float, default=1.0, help="MB an hour that may be gained.")
    parser.add_argument("--postgres", action="store_true", help="Instead of SQLite.")
    parser.add_argument("--preload", default="", help="An allocator for hub and console.")
    parser.add_argument("--judge", action="store_true", help="Judge samples of an earlier run.")
    options = parser.parse_args()
    if options.judge:
        findings = judge(read_table(options.folder / "samples.csv"), options)
        print(report(findings))
        return int(failed(findings))
    return soak(options)


if __name__ == "__main__":
    sys.exit(main())
