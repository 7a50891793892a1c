"""The only timer: wakes names at their intervals. It does no work and holds no state of record."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.actors.directory import Directory

PAUSE_MIN_S: Final = 0.01
PAUSE_MAX_S: Final = 1.0  # so that a stop is noticed soon


class Ticker(threading.Thread):
    """Wakes each name when its interval (seconds) is over, until it is told to stop."""

    def __init__(self, directory: Directory, intervals_s: Mapping[str, float]) -> None:
        super().__init__(name="ticker")
        self._directory = directory
        self._intervals_s = dict(intervals_s)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Wake whatever is due; sleep until the next is."""
        due_s = dict.fromkeys(self._intervals_s, time.monotonic())
        while not self._stopping.is_set():
            now_s = time.monotonic()
            for name, at_s in due_s.items():
                if at_s <= now_s:
                    self._directory.wake(name)
                    due_s[name] = now_s + self._intervals_s[name]
            next_s = min(due_s.values(), default=now_s + PAUSE_MAX_S)
            self._stopping.wait(min(max(next_s - time.monotonic(), PAUSE_MIN_S), PAUSE_MAX_S))

    def stop(self, timeout_s: float = 5.0) -> None:
        """Stop and wait until it has."""
        self._stopping.set()
        self.join(timeout_s)
