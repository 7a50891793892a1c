"""Whose turn it is: the threads of this process stand in line before SQLite, which has no line.

SQLite lets those that wait sleep and try again, up to a tenth of a second each time, while whoever
comes at the right moment goes first: under steady writing some waited for seconds. Here writers
go one after the other in the order they came, and a commit and the readers (who exclude each
other in a rollback journal) wait for each other without sleeping.

Nothing depends on it but time: SQLite's own locks stay, for other processes too, and whoever has
waited `LOCK_WAIT_S` goes on and is told by SQLite what is in the way.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_WAIT_S: Final = 10.0  # how long a statement, or a turn, waits for another


class Turns:
    """The line of one database."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._writers: deque[object] = deque()
        self._readers = 0
        self._commits = False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Wait until every writer that came before has ended."""
        mine = object()
        with self._changed:
            self._writers.append(mine)
            self._changed.wait_for(lambda: self._writers[0] is mine, LOCK_WAIT_S)
        try:
            yield
        finally:
            with self._changed:
                self._writers.remove(mine)
                self._changed.notify_all()

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Wait until nobody reads, and let nobody begin to."""
        with self._changed:
            self._commits = True
            self._changed.wait_for(lambda: self._readers == 0, LOCK_WAIT_S)
        try:
            yield
        finally:
            with self._changed:
                self._commits = False
                self._changed.notify_all()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait until nobody commits."""
        with self._changed:
            self._changed.wait_for(lambda: not self._commits, LOCK_WAIT_S)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()
