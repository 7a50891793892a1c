"""A million messages that wait in the outbox leave for another hub: does memory stay flat?

    python benchmarks/draining.py --messages 1_000_000

Goal G8. The hub's sender and listener of benchmarks/broker.py, each a process of its own on SQLite
with full syncs, over a RabbitMQ node of its own. Every message is queued before the clock starts.
Memory is each process's own (RssAnon), every second; the listener of this measurement also keeps 8
bytes a message to tell how old it was.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.broker import A, B, run
from benchmarks.soak_samples import Sample, process_sample
from tests.rabbit import RabbitNode

NAMES = ("receiver", "sender")
PARTS = (0.02, 0.1, 0.25, 0.5, 0.75, 1.0)  # of the time, at which memory is told


class Watching:
    """Samples two processes each second, in a thread, until they end."""

    def __init__(self) -> None:
        self.rows: list[Sample] = []

    def __call__(self, pids: tuple[int, ...]) -> None:
        """Begin."""
        threading.Thread(target=self._watch, args=(pids,), daemon=True).start()

    def _watch(self, pids: tuple[int, ...]) -> None:
        begun_s = time.monotonic()
        while True:
            row: Sample = {"at_s": time.monotonic() - begun_s}
            for name, pid in zip(NAMES, pids, strict=True):
                row |= process_sample(name, pid)
            if len(row) == 1:
                return
            if all(f"{name}_rss_mb" in row for name in NAMES):
                self.rows.append(row)
            time.sleep(1)

    def told(self) -> list[str]:
        """Return a line for each part of the time."""
        last = len(self.rows) - 1
        rows = [self.rows[round(part * last)] for part in PARTS]
        return [
            f"{row['at_s']:6.0f} s "
            + ", ".join(f"{name} {row[f'{name}_rss_mb']:.1f} MB" for name in NAMES)
            for row in rows
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--window", type=int, default=500)
    options = parser.parse_args()
    watching = Watching()
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-rabbit-") as folder,
        RabbitNode(Path(folder)) as node,
    ):
        roads = node.prepare(A, B, window=options.window)
        seconds, _ = run(roads, "hub_send", "hub_take", options.messages, watch=watching)
    print(f"{options.messages:,} messages in {seconds:.0f} s: {options.messages / seconds:.0f}/s")
    print("\n".join(watching.told()))


if __name__ == "__main__":
    main()
