"""Disks that run full while lists come in and letters go out."""

from __future__ import annotations

import threading

import pytest

from tests.proof.net_disk import PLACES, DiskWorld
from tests.proof.net_process import until

pytestmark = [pytest.mark.real, pytest.mark.slow]

HOLD_S = 1.0
FULL = (("archive", "letters", "log"), ("database", "work"))  # at the same time


def test_every_disk_runs_full_here():
    assert sorted(name for names in FULL for name in names) == sorted(PLACES)


def test_a_hub_whose_disks_were_full_goes_on_by_itself_and_loses_nothing(tmp_path):
    with DiskWorld(tmp_path) as world:
        if world.refusal:
            pytest.skip(f"no file system of its own here: {world.refusal}")
        world.start()
        for names in FULL:
            world.work()
            for name in names:
                world.disks[name].fill()
            world.work(lists=1, letters=1)
            threading.Event().wait(HOLD_S)
            world.process.require_alive()
            for name in names:
                world.disks[name].free()
            until(world.is_done, timeout_s=120, what=world.left)
        assert world.settle() == []
