"""Closes a connection that stands still, lasts too long, or is not used.

paramiko waits for ever on a peer that is there but says nothing, whatever time-outs it was given
(reliability, fact 12). A thread of its own closes the connection then; who waits gets an error.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Watchdog:
    """Watches one connection from when it is made; ends with it.

    `close` is called at most once, by the watchdog's thread. `verdict` says why, in words, and
    is empty before.
    """

    def __init__(self, close: Callable[[], None], *, idle_s: float) -> None:
        self.verdict = ""
        self._close = close
        self._stall_s = math.inf
        self._idle_s = idle_s
        self._until_s: float | None = None  # the end of the piece of work; `None` at rest
        self._moved_s = time.monotonic()
        self._wakes_s = 0.0
        self._ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._watch, name="sftp-watchdog", daemon=True)
        self._thread.start()

    @contextmanager
    def working(self, until_s: float, *, stall_s: float = math.inf) -> Iterator[None]:
        """Mark a piece of work that must be over at a moment of `time.monotonic`.

        `stall_s`: the longest time, in seconds, in which nothing may come.
        """
        self._set(until_s, stall_s)
        try:
            yield
        finally:
            self._set(None)

    def kick(self) -> None:
        """Note that something has come; called for every packet, so it takes no lock."""
        self._moved_s = time.monotonic()

    def end(self) -> None:
        """Stop watching; the connection is closed by whoever calls this."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def _set(self, until_s: float | None, stall_s: float = math.inf) -> None:
        with self._changed:
            self._until_s, self._stall_s = until_s, stall_s
            self.kick()
            if self._due()[0] < self._wakes_s:  # else it wakes early enough by itself
                self._changed.notify()

    def _due(self) -> tuple[float, str]:
        """Return when the connection is to be closed as things stand, and why."""
        if self._until_s is None:
            return self._moved_s + self._idle_s, "it was not used"
        stall_s = self._moved_s + self._stall_s
        if stall_s < self._until_s:
            return stall_s, f"nothing came for {self._stall_s:g} seconds"
        return self._until_s, "it took longer than it may"

    def _watch(self) -> None:
        with self._changed:
            while not self._ended:
                due_s, reason = self._due()
                left_s = due_s - time.monotonic()
                if left_s <= 0:
                    self.verdict, self._ended = reason, True
                    break
                self._wakes_s = due_s
                self._changed.wait(left_s)
        if self.verdict:
            self._close()
