"""Killed at fault points on both stores, a month of business ends as if nobody had been killed.

The long runs are commands (`make crash`, docs/reliability.md); here are a few kills of each store
with fixed seeds, and the proof that the harness sees what it is there for.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.real, pytest.mark.slow]

KILLS = 15
TIMEOUT_S = 900
LEFT_OUT = shutil.ignore_patterns(".*", "demo*", "var", "__pycache__", "node_modules")
BEFORE_ITS_NAME = "link.before@hub.adapters.folder.FolderChannel.put<hub.flows.deliver._send:1"
SENDS = "        _send(outgoing, services)\n    except DeliveryUnknown as error:\n"
SAYS_TOO_EARLY = "        _mark(outgoing, OutboxState.DELIVERED, services)\n" + SENDS


def crash(*words, cwd=ROOT):
    """Run the harness and return its exit code and what it said."""
    line = [sys.executable, "-m", "tests.proof.crash", *map(str, words)]
    done = subprocess.run(
        line, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_month_survives_kills_on_both_stores():
    code, said = crash(
        "--seed", 20, "--kills", KILLS, "--store", "both", "--variants", 1, "--pays-only"
    )

    assert code == 0, said
    for store in ("sqlite", "postgresql"):
        assert f"{KILLS} kills on {store}, " in said, said


def test_a_payment_that_is_called_sent_before_it_is_sent_is_found(tmp_path):
    """Plants the bug in a copy and kills where it hurts; the bank's bytes tell of the loss."""
    copy = tmp_path / "main"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    step = copy / "hub" / "flows" / "deliver.py"
    sound = step.read_text("utf-8")
    assert sound.count(SENDS) == 1
    step.write_text(sound.replace(SENDS, SAYS_TOO_EARLY), "utf-8")

    code, said = crash(
        "--days", 1, "--pays-only", "--point", BEFORE_ITS_NAME, "--folder", tmp_path, cwd=copy
    )

    assert code == 1, said
    assert "city_bank: we sent" in said, said
