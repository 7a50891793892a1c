"""Thousands of steps of each machine from fixed seeds; `make simulation` runs as many as wanted.

Each bug that a machine has found has a test of its own beside what it was in; here are those that
only the machine's own world shows.
"""

from __future__ import annotations

import pytest

from tests.simulation import MACHINES
from tests.simulation.run import run_part

SEED = "ci"


@pytest.mark.parametrize(("name", "examples"), [("payouts", 20), ("transfers", 24)])
def test_nothing_that_is_thought_up_breaks_an_invariant(name, examples):
    assert run_part(MACHINES[name](), f"{SEED}-{name}", examples=examples, length=50) > 0
