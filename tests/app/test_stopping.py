"""SIGTERM ends the hub in time, also while an actor is in the middle of something long."""

from __future__ import annotations

import signal
import subprocess
import sys

from hub.app.lock import HubLock
from hub.app.service import BROKEN
from hub.domain.facts import Source
from tests.facts import TUESDAY, collection
from tests.waiting import eventually

# the real hub, but reading a file takes minutes, and it waits a second for who is busy
LONG_STEP = """
import sys, time
from pathlib import Path
from hub.actors import cast, supervisor
from hub.cli.main import app

begun = Path(sys.argv.pop())

def long(task, services):
    begun.touch()
    time.sleep(300)

supervisor.STOP_TIMEOUT_S = 1.0
cast.COLLECTION_STEPS["ingest"] = long
app(sys.argv[1:])
"""


def test_a_step_that_takes_minutes_does_not_keep_the_process(hub, tmp_path):
    begun = tmp_path / "begun"
    line = [sys.executable, "-c", LONG_STEP, "run", "--config", hub.config, begun]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
    try:
        hub.deliver(Source.COLLECTIONS, [collection("R1")], TUESDAY)
        eventually(lambda: begun.exists() or process.poll() is not None, timeout_s=180)
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    finally:
        process.kill()
        process.communicate()

    assert process.returncode == BROKEN, log
    assert '"complete": false' in log
    assert HubLock(hub.home / "var" / "work").read_state() is None
