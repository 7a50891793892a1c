"""Two hubs on a real broker: it dies, connections are cut at confirmations and commits, ..."""

from __future__ import annotations

import pytest

from tests.proof.regions_run import Run, world_of
from tests.rabbit import rabbit  # noqa: F401 -- a fixture

pytestmark = [pytest.mark.real, pytest.mark.slow]

FAULTS = {
    "sqlite": ("broker-killed", "cut-before-confirm", "sqlite-locked"),
    "postgres": ("database-stopped", "commit-unanswered", "cut-before-ack"),
}


@pytest.mark.parametrize("store", FAULTS)
def test_between_two_hubs_nothing_is_lost_or_done_twice(store, rabbit):  # noqa: F811
    with world_of(store, rabbit) as world:
        run = Run(world, store, seed=1, asked=5)
        for fault in FAULTS[store]:
            run.round(fault)
        report = run.settle()
        world.stop()

    assert report.wrong == []
    assert report.effects == report.messages > 20
    assert report.movers == len(FAULTS[store])
