"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import threading
import time

DEADLINE_S = 20.0
LOOK_S = 0.002


def eventually(condition, *, timeout_s=DEADLINE_S, what=""):
    """Return the condition's first true value; fail when the deadline passes without one."""
    deadline_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline_s:
            raise AssertionError(f"not within {timeout_s} s: {what or condition}")
        pause.wait(LOOK_S)
