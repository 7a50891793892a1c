"""The running hub: start, wait for a signal or for idleness, stop in order."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hub.actors.leasing import Leasing
from hub.actors.stage import BRISK_S, Stage
from hub.app import heap, sharing
from hub.app.lock import FileLock, HubLock, HubState
from hub.app.services import clock_of, open_services
from hub.errors import HubError
from hub.flows.restored import keep_mark
from hub.flows.scratch import leftovers, sweep
from hub.logs import log
from hub.ports import SteppedClock

if TYPE_CHECKING:
    from datetime import date, datetime

    from hub.flows.services import Services
    from hub.settings import Settings

HEARTBEAT_S: Final = 1.0
IDLE_LOOK_S: Final = 0.02
ONCE_TIMEOUT_S: Final = 600.0

STOPPED: Final = 0
NEEDS_SOMEBODY: Final = 1  # an actor would not stay up, or a task was parked; the rest is done
NOT_IDLE: Final = 3  # something was still waiting when the time was over
BROKEN: Final = 70  # the supervisor died or an actor is stuck: the service manager restarts us


class Hub:
    """One process's actors over one deployment's services.

    `alone`: it tolerates no other process, as when a day is lived whose hours are its own.
    """

    def __init__(self, services: Services, *, brisk: bool = False, alone: bool = False) -> None:
        self._services = services
        self._leasing = Leasing(services)
        self._stage = Stage(services, brisk=brisk, leasing=self._leasing)
        self._alone = alone
        self._lock = HubLock(services.work_dir)
        file = services.settings.store.sqlite_file
        self._file_lock = FileLock(file) if file is not None else None
        self._started_at = services.now()
        self._log = log("hub")

    @property
    def stage(self) -> Stage:
        """The running actors, for those who watch."""
        return self._stage

    def start(self) -> None:
        """Take the lock, join the others, start every actor; `Unavailable` while it may not."""
        self._lock.acquire(shared=self._services.store.is_shared)
        if self._file_lock is not None:
            self._file_lock.acquire()
        left = leftovers(self._services)
        others = sharing.join(self._leasing, self._services, alone=self._alone)
        if not others:
            sweep(left, self._services)
        self._log.info("hub.started", home=str(self._services.settings.home), others=len(others))
        self._stage.start()

    def wait(self, stopping: threading.Event) -> int:
        """Return when told to stop, or when nobody looks after the actors any more."""
        while not stopping.wait(HEARTBEAT_S):
            self._say_state()
            self._keep_mark()
            if not self._stage.is_running():
                self._log.critical("hub.broken")
                return BROKEN
        return STOPPED

    def wait_until_idle(self, stopping: threading.Event, *, timeout_s: float) -> int:
        """Return when nothing waits. A stepped clock then moves to what is due that day next."""
        deadline_s = time.monotonic() + timeout_s
        while not stopping.wait(IDLE_LOOK_S):
            if not self._stage.is_running():
                return BROKEN
            if self._stage.given_up():
                return NEEDS_SOMEBODY
            if time.monotonic() > deadline_s:
                self._log.error("hub.not_idle", actors=self._stage.directory.states())
                return NOT_IDLE
            if self._stage.is_idle() and not self._step_clock():
                return self._left_over()
        return STOPPED

    def stop(self) -> bool:
        """Stop intake, let every actor finish what it has begun, close; False if one is stuck."""
        stopped = self._stage.stop()
        self._keep_mark()
        sharing.leave(self._leasing, self._services)
        self._services.store.close()
        if self._file_lock is not None:
            self._file_lock.release()
        self._lock.release()
        self._log.info("hub.stopped", complete=stopped)
        return stopped

    def _keep_mark(self) -> None:
        """Write how far the store has come; without it nothing leaves, and that says why."""
        try:
            keep_mark(self._services)
        except HubError as error:
            self._log.error("hub.mark", code=error.code)

    def _left_over(self) -> int:
        with self._services.store.read() as uow:
            parked = uow.tasks.parked_count()
        return NEEDS_SOMEBODY if parked else STOPPED

    def _step_clock(self) -> bool:
        """Move a stepped clock to the day's next due task; False when there is none."""
        clock = self._services.clock
        if not isinstance(clock, SteppedClock):
            return False
        with self._services.store.read() as uow:
            # what waits for people does not come about by waiting
            fresh = uow.restores.open() is not None
            next_at = uow.tasks.next_due_at(fresh=fresh)
        now = self._services.now()
        if next_at is None or self._day(next_at) > self._day(now):
            return False
        clock.advance_to(next_at)
        return True

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._services.settings.time_zone).date()

    def _say_state(self) -> None:
        if self._services.store.is_shared:
            return  # it stands in the database, with what the others say
        self._lock.write_state(
            HubState(
                pid=os.getpid(),
                started_at=self._started_at.isoformat(),
                beat_at=self._services.now().isoformat(),
                **self._stage.said(),
            )
        )


def run(
    settings: Settings,
    *,
    once: bool = False,
    as_of: date | None = None,
    timeout_s: float = ONCE_TIMEOUT_S,
) -> int:
    """Run the hub until SIGTERM or SIGINT, or with `once` until nothing is due.

    With `as_of`, the hub lives that day: its clock starts at opening time and runs on; with
    `once` it moves to whatever is due that day next. Returns the process's exit code.
    """
    heap.settle()
    opens_at = settings.reconciliation.opens_at
    services = open_services(
        _brisk(settings) if once else settings,
        clock=clock_of(settings, as_of, opens_at) if as_of else None,
    )
    hub = Hub(services, brisk=once, alone=once or as_of is not None)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    # by a handler of our own, which has the interpreter lock: without it other threads' frames
    # change while they are read, which ended the process now and then
    signal.signal(signal.SIGUSR1, lambda *_: faulthandler.dump_traceback(all_threads=True))
    hub.start()
    try:
        code = hub.wait_until_idle(stopping, timeout_s=timeout_s) if once else hub.wait(stopping)
    finally:
        complete = hub.stop()
    return code if complete else BROKEN


def _brisk(settings: Settings) -> Settings:
    """Poll as fast as makes sense; how many polls a file must stand still stays as it is."""
    channels = {n: replace(c, poll_interval_s=BRISK_S) for n, c in settings.channels.items()}
    return replace(settings, channels=channels)
