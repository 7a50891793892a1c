"""A hub as a process of its own that does not outlive the run that started it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

START_S = 180.0  # the machine may be busy with much else
STOP_S = 90
READY = "lanes.settled"


def until(condition, *, timeout_s, what="", look_s=0.1):
    """Return the condition's first true value; looking costs, so it is done less often than usual.

    `what` may be a function, asked when the time is over.
    """
    deadline_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not (value := condition()):
        left = what() if callable(what) else what
        assert time.monotonic() < deadline_s, f"not within {timeout_s} s: {left}"
        pause.wait(look_s)
    return value


class HubProcess:
    """`hub run`; what it says is in a file, or goes into `sink` where nobody reads it."""

    def __init__(self, words, log: Path, environment=None, *, sink: int | None = None) -> None:
        self.log = log
        self._begun = log.stat().st_size if log.exists() else 0
        with_us = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*with_us, *map(str, words)], env={**os.environ, **(environment or {})}, cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=out if sink is None else sink,
                stderr=out if sink is None else sink,
            )  # fmt: skip
        self.pid = self._process.pid

    def wait_until_ready(self) -> None:
        """Return once its actors are there, or fail with its last words."""

        def ready():
            self.require_alive()
            return READY in self.said()

        until(ready, timeout_s=START_S, what="the hub to start")

    def require_alive(self) -> None:
        """Fail with its last words when it has ended by itself."""
        code = self._process.poll()
        assert code is None, (code, self.said()[-4000:])

    def has_ended(self) -> bool:
        """Tell whether it is no more, however it ended."""
        return self._process.poll() is not None

    def said(self) -> str:
        """Return what it has said since it began."""
        with self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._begun)
            return file.read()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def stop(self) -> None:
        """Let it finish what it has begun; it must end well."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        code = self._process.wait(STOP_S)
        assert code == 0, (code, self.said()[-4000:])

    def kill(self) -> None:
        """End it at once."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
