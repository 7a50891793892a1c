"""Clocks of running hubs jump: a day ahead over a month's end and a holiday, an hour back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.conftest import require
from tests.proof.net_clock import missing
from tests.proof.regions_run import Run, world_of
from tests.rabbit import rabbit  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.real, pytest.mark.slow]

EVE = datetime(2026, 9, 30, 2, tzinfo=UTC)  # the last day before a week of holidays


def test_clocks_that_jump_lose_and_double_nothing(rabbit):  # noqa: F811
    require(not missing(), "a C compiler (cc)")
    with world_of("sqlite", rabbit, clock_from=EVE) as world:
        run = Run(world, "sqlite", seed=1, asked=3)
        for fault in ("clock-day-ahead", "clock-hour-back"):
            run.round(fault)
        report = run.settle()
        world.stop()

    assert report.wrong == []
    assert report.effects == report.messages
