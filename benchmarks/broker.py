"""Messages from one hub's outbox to another hub's inbox, against bare pika on the same broker.

    python benchmarks/broker.py --messages 20_000 --rounds 3

Starts a RabbitMQ node of its own on loopback. In turn, sender and receiver each in a process of
their own, the same bodies and the same quorum queue:

- **bare**: pika publishes persistent messages with confirms and mandatory, `--window` of them
  under way; pika consumes them and acknowledges. Nothing is stored.
- **bare, one by one**: the same with a blocking connection that waits for each confirmation.
- **hub**: rows of the outbox are read, published, confirmed and marked; the receiver commits
  each to its inbox with the task that is due for it, then acknowledges. Both on SQLite with full
  syncs, as `./run` has it, or with `--postgres` on PostgreSQL that waits for its disk.

Then the hub again at a tenth of its rate: from the commit that queues a message to the commit
that has received it, by one clock.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests import servers
from tests.rabbit import RabbitNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hub.settings import RabbitSettings

WORK = str(Path(__file__).with_name("broker_work.py"))
A, B = "330100", "320500"
WAIT_S = 3600.0


def run(
    roads: Sequence[RabbitSettings],
    send: str,
    take: str,
    count: int,
    *,
    stores: tuple[str, str] = ("-", "-"),
    rate: float = 0.0,
    watch: Callable[[tuple[int, ...]], None] = lambda _: None,
) -> tuple[float, dict[str, Any]]:
    """Start a receiver and a sender, let both go at once; return seconds and what was said.

    `watch` is told the numbers of both processes, the receiver's first, when they go.
    """
    pair = [
        subprocess.Popen(
            [sys.executable, WORK, role, json.dumps(asdict(road)), str(count), store,
             str(rate)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for role, road, store in ((take, roads[1], stores[1]), (send, roads[0], stores[0]))
    ]  # fmt: skip
    for one in pair:
        while one.stdout.readline().strip() not in ("ready", ""):  # logs go there too
            pass
    begun = time.perf_counter()
    for one in pair:
        with suppress(BrokenPipeError):
            one.stdin.write("go\n")
            one.stdin.flush()
    watch(tuple(one.pid for one in pair))
    _, said = pair[0].communicate(timeout=WAIT_S)
    seconds = time.perf_counter() - begun
    _, wrong = pair[1].communicate(timeout=WAIT_S)
    for one, text in zip(pair, (said, wrong), strict=True):
        if one.returncode:
            raise SystemExit(text)
    return seconds, json.loads(said.splitlines()[-1]) if said.strip() else {}


@contextmanager
def two_databases(postgres: bool) -> Iterator[tuple[str, str]]:
    """Lend the stores of both hubs: SQLite files, or a PostgreSQL that waits for its disk."""
    if not postgres:
        yield "-", "-"
        return
    servers.SERVER_OPTIONS = ("unix_socket_directories=", "max_connections=100")  # and fsync on
    binaries = servers._binaries()  # noqa: SLF001
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-postgres-"))
    try:
        as_user, data = servers._as_user(folder), folder / "data"  # noqa: SLF001
        initdb = [*as_user, str(binaries / "initdb"), "-D", str(data), "-U", "hub", "--auth=trust"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder)
        with servers._server(binaries, data, as_user) as executor:  # noqa: SLF001
            cluster = servers.Cluster(executor)
            with cluster.database() as a, cluster.database() as b:
                yield a, b
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--window", type=int, default=500)
    parser.add_argument("--postgres", action="store_true", help="Instead of SQLite.")
    options = parser.parse_args()
    best: dict[str, float] = {}
    ratios: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-rabbit-") as folder,
        RabbitNode(Path(folder)) as node,
    ):

        def measure(send: str, take: str, count: int, rate: float = 0.0) -> tuple[float, Any]:
            roads = node.prepare(A, B, window=options.window)
            with two_databases(options.postgres and send == "hub_send") as stores:
                seconds, said = run(roads, send, take, count, stores=stores, rate=rate)
            return count / seconds, said

        for _ in range(options.rounds):
            speeds = {}
            for name, send, take, part in (
                ("bare", "bare_send", "bare_take", 1),
                ("one by one", "one_by_one_send", "bare_take", 5),
                ("hub", "hub_send", "hub_take", 1),
            ):
                speeds[name], _ = measure(send, take, options.messages // part)
                best[name] = max(best.get(name, 0.0), speeds[name])
            ratios.append(speeds["hub"] / speeds["bare"])
            print({k: round(v) for k, v in speeds.items()}, f"{ratios[-1]:.2f}", flush=True)
        tenth = best["hub"] / 10
        _, ages = measure("hub_send", "hub_take", max(200, int(tenth * 15)), tenth)
    print(f"best: { ({k: round(v) for k, v in best.items()}) }")
    print(f"hub / bare, windowed: {', '.join(f'{r:.2f}' for r in ratios)} in turn")
    print(f"hub / bare, one by one: {best['hub'] / best['one by one']:.2f}")
    print(f"at {tenth:.0f} messages/s: p50 {ages['p50']} ms, p99 {ages['p99']} ms")


if __name__ == "__main__":
    main()
