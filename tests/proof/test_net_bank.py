"""Payments by a real sshd whose sessions are cut, frozen and killed, and a log nobody reads."""

from __future__ import annotations

import random

import pytest

from tests.adapters.conftest import sshd  # noqa: F401 -- a fixture
from tests.proof.net_bank import BankWorld
from tests.proof.net_process import until
from tests.proof.net_proxy import Act

pytestmark = [pytest.mark.real, pytest.mark.slow]

CUTS, FREEZES, KILLS, FILES = 3, 1, 1, 12


def test_no_file_is_partial_or_twice_and_every_payment_is_made(tmp_path, sshd):  # noqa: F811
    rng = random.Random(1)
    with BankWorld(tmp_path, sshd, files=FILES) as world:
        world.plan(rng, Act.FREEZE, FREEZES, logging_in=0)
        world.plan(rng, Act.CUT, CUTS, logging_in=0)
        world.start(deaf=True)
        until(lambda: not world.out.plan or not world.left(), timeout_s=120)
        killed = 0
        while killed < KILLS and world.left():
            killed += world.kill_session()
        report = world.settle()

    assert report.wrong == []
    assert report.connections > CUTS
    assert len(report.noticed_s) == FREEZES
    assert max(report.noticed_s) < 20  # two seconds on a quiet machine
