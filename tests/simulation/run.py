"""Runs a machine for a number of steps from a seed: `-m tests.simulation.run payouts 100_000 7`.

The steps come in parts, each with a seed of its own (`7-0`, `7-1`, ...), so that a failure is run
again by its part alone: `... payouts 1 7 --part 12`. Exit code 1 when an invariant did not hold;
hypothesis has shrunk the steps by then, and prints them.
"""

from __future__ import annotations

import argparse
import sys
import time

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import get_state_machine_test

from tests.simulation import MACHINES

EXAMPLES = 10  # runs of one part; each begins with empty databases
LENGTH = 60  # steps of one run, at most


def settings(*, examples=EXAMPLES, length=LENGTH, shrinks=True, **more):
    """Return how a machine is run: nothing is remembered, so that a seed says everything."""
    return hypothesis.settings(
        max_examples=examples, stateful_step_count=length, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False, print_blob=False,
        phases=(Phase.generate, Phase.shrink)[: 1 + shrinks], **more,
    )  # fmt: skip


def run_part(machine, seed, **options):
    """Run one part; returns how many steps it was."""

    class Counted(machine):
        steps = 0

        def teardown(self):
            Counted.steps += self.taken
            super().teardown()

    Counted.__name__ = Counted.__qualname__ = machine.__name__
    test = get_state_machine_test(Counted, settings=settings(**options))
    hypothesis.seed(seed)(test)()
    return Counted.steps


def main(words):
    asked = argparse.ArgumentParser(description="Run a machine from a seed.")
    asked.add_argument("machine", choices=sorted(MACHINES))
    asked.add_argument("steps", type=lambda text: int(text.replace("_", "")))
    asked.add_argument("seed")
    asked.add_argument("--part", type=int, help="only this part")
    asked.add_argument("--as-it-is", action="store_true", help="show a failure without shrinking")
    given = asked.parse_args(words)
    begun, steps, part = time.monotonic(), 0, given.part or 0
    while steps < given.steps:
        try:
            steps += run_part(
                MACHINES[given.machine](), f"{given.seed}-{part}", shrinks=not given.as_it_is
            )
        except BaseException:
            say(f"FAILED {given.machine} seed {given.seed} part {part}")
            raise
        passed = time.monotonic() - begun
        say(f"{given.machine} {given.seed}-{part}: {steps} steps, {steps / passed:.1f}/s")
        part += 1
        if given.part is not None:
            break
    return 0


def say(line):
    """Print one line at once, even into a pipe."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
