"""Hubs that exchange messages over a broker die: at fault points and in the middle of load."""

from __future__ import annotations

import pytest

from tests.conftest import require
from tests.proof.net import TEN
from tests.proof.net_clock import missing
from tests.proof.regions_run import Run, world_of
from tests.rabbit import rabbit  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_hubs_that_are_killed_lose_and_double_nothing(rabbit):  # noqa: F811
    require(not missing(), "a C compiler (cc)")
    with world_of("sqlite", rabbit, clock_from=TEN) as world:
        run = Run(world, "sqlite", seed=2, asked=5)
        for fault in ("hub-killed-at", "hub-killed", "hub-killed-at"):
            run.round(fault)
        report = run.settle()
        world.stop()

    assert report.wrong == []
    assert report.effects == report.messages > 20
    assert report.movers == 3
