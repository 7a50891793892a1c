"""Do the hub's figures still hold? Every benchmark at full size, or small ratios in half a minute.

    python benchmarks/ratios.py                  # all, an hour or so; the machine should be idle
    python benchmarks/ratios.py --small          # ratios of processor time, as the tests hold them
    python benchmarks/ratios.py --small --slow 4 # must fail: our work done four times over

`benchmarks/goals.toml` says what must be reached. Exit code 1 when something is not.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.pair import Ground
from benchmarks.small import PAIRS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.pair import Pair

GOALS = Path(__file__).with_name("goals.toml")
ROUNDS_MAX = 4  # as many as it takes to be within the limit
TAKES: Mapping[str, Callable[[list[float]], float]] = {
    "least": min, "most": max, "middle": median,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One figure and what it should be."""

    what: str
    found: float | None  # None: the benchmark did not say
    goal: float
    better: str = "less"

    @property
    def is_good(self) -> bool:
        """Tell whether the goal is reached."""
        if self.found is None:
            return False
        return self.found <= self.goal if self.better == "less" else self.found >= self.goal

    def __str__(self) -> str:
        found = "nothing" if self.found is None else f"{self.found:,.2f}"
        sign = "<=" if self.better == "less" else ">="
        mark = "ok" if self.is_good else "MISSED"
        return f"{mark:6} {self.what:58} {found:>10} {sign} {self.goal:g}"


def goals() -> dict[str, Any]:
    """Return the table of goals."""
    return tomllib.loads(GOALS.read_text("utf-8"))


def small(name: str, ground: Ground, *, slow: int = 1, rounds_max: int = ROUNDS_MAX) -> Reached:
    """Measure one small ratio: least processor time of ours by least of the bare work.

    More rounds only help: they end once the limit is kept. `slow` does our work so often.
    """
    goal = goals()["small"][name]
    with PAIRS[name](ground, goal["size"]) as pair:
        bare_s, ours_s, ratio = float("inf"), float("inf"), float("inf")
        for _ in range(rounds_max):
            pair.clear()
            bare_s = min(bare_s, processor_s(pair.bare))
            ours_s = min(ours_s, sum(_once(pair) for _ in range(slow)))
            ratio = ours_s / bare_s
            if ratio <= goal["limit"]:
                break
    return Reached(what=name, found=ratio, goal=goal["limit"])


def processor_s(work: Callable[[], object]) -> float:
    """Return the processor time of some work, with that of children it waited for."""
    before = _used_s()
    work()
    return _used_s() - before


def full(only: list[str]) -> list[Reached]:
    """Run every benchmark at its full size and return what it reached."""
    found = []
    for one in goals()["full"]:
        if only and not any(word in one["command"] for word in only):
            continue
        print(f"\n== {one['command']}", flush=True)
        begun_s = time.monotonic()
        said = run(one["command"])
        print(f"-- {time.monotonic() - begun_s:.0f} s", flush=True)
        found += [read(said, goal) for goal in one["goals"]]
    return found


def run(command: str) -> str:
    """Run a benchmark; show what it prints as it comes, and return it."""
    words = [sys.executable, *command.split()]
    said = []
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=GOALS.parents[1]
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    return "".join(said) if process.returncode in (0, 1) else ""


def read(said: str, goal: Mapping[str, Any]) -> Reached:
    """Find a figure in what a benchmark printed; several in one place are taken together."""
    match = re.search(goal["pattern"], said)
    numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", match[1]) if match else []
    values = [float(number.replace(",", "")) for number in numbers]
    values = values or [float(n) for n in re.findall(r"\d+\.\d+", match[1])] if match else []
    return Reached(
        what=goal["what"], found=TAKES[goal.get("take", "middle")](values) if values else None,
        goal=goal["goal"], better=goal.get("better", "less"),
    )  # fmt: skip


def _once(pair: Pair) -> float:
    pair.clear()
    pair.prepare()
    return processor_s(pair.ours)


def _used_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def _small(options: argparse.Namespace) -> list[Reached]:
    from tests.adapters.sshd import Sshd  # noqa: PLC0415 -- only what is asked for
    from tests.rabbit import RabbitNode  # noqa: PLC0415

    found = []
    with ExitStack() as stack:
        started: dict[str, Any] = {}

        def server(name: str) -> Any:  # noqa: ANN401 -- a node, an SSH server
            if name not in started:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                kind = {"rabbit": RabbitNode, "sshd": Sshd}[name]
                started[name] = stack.enter_context(kind(folder))
            return started[name]

        for name in options.only or PAIRS:
            with tempfile.TemporaryDirectory() as folder:
                ground = Ground(folder=Path(folder), servers=server)
                reached = small(name, ground, slow=options.slow, rounds_max=options.rounds)
                found.append(reached)
                print(reached, flush=True)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("only", nargs="*", help="Names of small ratios, or of benchmarks.")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--slow", type=int, default=1, help="Do our work so often.")
    parser.add_argument("--rounds", type=int, default=ROUNDS_MAX)
    options = parser.parse_args()
    if options.small:
        found = _small(options)
    else:
        found = full(options.only)
        print("\n== summary")
        for one in found:
            print(one)
    missed = sum(not one.is_good for one in found)
    print(f"{len(found)} figures, {missed} missed")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
