"""Listens to one queue of a road: a thread of its own reads, commits and acknowledges.

The actor only looks after the thread: it starts it, lets it rest while more tasks are due than
the hub wants (the broker keeps the messages), and ends with it when it dies of a bug.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final, assert_never

import pykka

from hub.actors.messages import Message, Pause, Resume, Wake
from hub.errors import Unavailable
from hub.flows.message_intake import take_in
from hub.logs import log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.actors.directory import Directory
    from hub.flows.services import Services
    from hub.ports import Message as RoadMessage

STOP_S: Final = 10.0
QUIET_S: Final = 0.5  # without a batch for so long, a queue counts as read


class MessageListener(pykka.ThreadingActor):
    """One queue's listener."""

    def __init__(
        self, name: str, road: str, queue: str, services: Services, directory: Directory
    ) -> None:
        super().__init__()
        self._name = name
        self._road = road
        self._queue = queue
        self._services = services
        self._directory = directory
        self._thread: _Reading | None = None
        self._flooded = False
        self._log = log(name)

    def on_receive(self, message: Message) -> None:
        """See that the thread reads, or that it rests when it should."""
        match message:
            case Wake() | Resume():
                self._directory.beat(self._name)
                self._look()
            case Pause():
                self._log.info("actor.paused")
                self._end()
            case _:
                assert_never(message)

    def on_stop(self) -> None:
        """Let the thread finish the batch that it has begun."""
        self._end()

    def on_failure(self, *_: object) -> None:
        """Leave no thread behind that nobody looks after."""
        self._end()

    def _look(self) -> None:
        if self._thread is not None and not self._thread.is_alive():
            told, self._thread = self._thread.stopping.is_set(), None
            if not told:  # a bug: the supervisor counts it and starts another
                raise RuntimeError(f"listening to {self._queue} ended by itself; see the log")
        if not self._directory.may_work(self._name) or self._is_flooded():
            self._end()
            return
        if self._thread is None:
            self._thread = _Reading(self._road, self._queue, self._services, self._directory)
            self._thread.start()
        elif self._thread.quiet_s() > QUIET_S:
            self._directory.rest(self._name)

    def _is_flooded(self) -> bool:
        """Tell whether to leave messages where they are; ends at half of where it began."""
        most = self._services.settings.limits.backlog_max
        try:
            with self._services.store.read() as uow:
                waiting = uow.tasks.due_counts("transfer", "commands")
        except Unavailable:
            return True
        due = max(waiting.values(), default=0)
        flooded = due > (most // 2 if self._flooded else most)
        if flooded != self._flooded:
            self._log.warning("listener.waits" if flooded else "listener.goes_on", due=due)
        self._flooded = flooded
        return flooded

    def _end(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stopping.set()
            thread.join(STOP_S)


class _Reading(threading.Thread):
    """Reads until told to stop; it ends by itself only by a bug, which Python reports."""

    def __init__(self, road: str, queue: str, services: Services, directory: Directory) -> None:
        super().__init__(name=f"listen:{road}:{queue}", daemon=True)
        self.stopping = threading.Event()
        self._road = road
        self._queue = queue
        self._services = services
        self._directory = directory
        self._busy_at_s = time.monotonic()

    def quiet_s(self) -> float:
        return time.monotonic() - self._busy_at_s

    def run(self) -> None:
        with self._directory.at_work(self.name) as ours:  # the lane is ours while it reads
            if ours:
                self._services.roads[self._road].listen(self._queue, self._take, self.stopping)
            else:
                self.stopping.set()

    def _take(self, messages: Sequence[RoadMessage]) -> None:
        self._busy_at_s = time.monotonic()
        for name in take_in(self._road, self._queue, messages, self._services):
            self._directory.wake(name)
