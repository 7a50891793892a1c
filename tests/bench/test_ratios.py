"""The hub's work beside bare work: how many times its processor time, with wide margins.

No clock decides here, and no absolute figure: both sides run in one process, one after the other,
and only their processor time is compared (docs/decisions/0041). Full sizes: `make bench`.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager

import pytest

from benchmarks import ratios
from benchmarks.pair import Ground, Pair
from benchmarks.ratios import Reached, goals, processor_s, read, small
from benchmarks.small import PAIRS
from tests.adapters.conftest import sshd  # noqa: F401 -- a fixture
from tests.conftest import ROOT
from tests.rabbit import rabbit  # noqa: F401 -- a fixture

WORK = 200_000


@pytest.mark.parametrize("name", PAIRS)
def test_a_small_ratio_is_kept(name, tmp_path, request) -> None:
    ground = Ground(folder=tmp_path, servers=request.getfixturevalue)
    reached = small(name, ground)
    assert reached.is_good, reached


def test_work_that_takes_four_times_as_long_is_found(monkeypatch, tmp_path) -> None:
    def work():
        return sum(range(WORK))

    @contextmanager
    def plain(_ground, _size):
        yield Pair(bare=work, ours=lambda: (work(), work()))

    monkeypatch.setitem(ratios.PAIRS, "work", plain)
    monkeypatch.setattr(ratios, "goals", lambda: {"small": {"work": {"size": 1, "limit": 4.0}}})
    ground = Ground(folder=tmp_path, servers=None)
    assert small("work", ground).is_good
    assert not small("work", ground, slow=4).is_good


def test_every_small_ratio_has_a_limit_below_four_times_what_was_seen() -> None:
    table = goals()["small"]
    assert set(table) == set(PAIRS)
    assert all(1.5 * one["seen"] < one["limit"] < 3 * one["seen"] for one in table.values())


def test_make_bench_runs_every_benchmark_but_those_named_with_a_reason() -> None:
    table = goals()
    listed = {one["command"].split()[0] for one in table["full"]} | set(table["left_out"])
    scripts = {
        f"benchmarks/{path.name}"
        for path in (ROOT / "benchmarks").glob("*.py")
        if "__main__" in path.read_text("utf-8")
    }
    assert scripts - listed == set(), "to be run or left out: say so in benchmarks/goals.toml"
    assert listed - scripts == set(), "no such benchmark"


def test_figures_are_found_in_what_a_benchmark_prints() -> None:
    said = "hub reconcile / bare join: wall 2.07, 2.00, 2.57; processor 1.93\nhub 7,329/s\n"
    goal = {"what": "wall", "goal": 2.0, "pattern": "join: wall (.*); processor"}
    assert read(said, goal) == Reached(what="wall", found=2.07, goal=2.0)
    assert read(said, goal | {"take": "least"}).is_good
    rate = {"what": "rate", "goal": 5000, "pattern": r"hub ([\d,]+)/s", "better": "more"}
    assert read(said, rate).found == 7329
    assert read(said, rate).is_good
    silent = read("", rate)
    assert silent.found is None
    assert not silent.is_good
    assert "MISSED" in str(silent)


def test_processor_time_counts_children_that_were_waited_for() -> None:
    def child():
        subprocess.run([sys.executable, "-c", "sum(range(3_000_000))"], check=True)

    assert processor_s(child) > 0.01
    assert processor_s(lambda: None) < 0.01
