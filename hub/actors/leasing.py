"""Which lanes (工位) this process works in: a thread says that we live and settles the shares.

What is known here is what the database said last. It only spares us work in vain; that nothing
is committed for a lane that is another's is the fence's business (`hub.store.fencing`). A process
that stood still finds its time over before it begins anything: the machine's monotonic clock went
on meanwhile.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from hub import __version__
from hub.domain.lanes import CLOCK_SKEW_MAX, sends
from hub.errors import Unavailable
from hub.logs import log
from hub.ports import SteppedClock
from hub.store.fencing import Fence, fenced
from hub.store.leases import Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from hub.actors.directory import Directory
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.leases import Node

BEATS: Final = 3  # in the time of one lease
SOON_S: Final = 0.1  # before a lane is tried again that could not change hands at once
STOP_S: Final = 10.0


class Leasing:
    """Our lanes. On a database of our own (SQLite) all of them for as long as we run."""

    def __init__(
        self, services: Services, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._services = services
        self._store = services.store
        self._shared = services.store.is_shared
        self._lease = timedelta(seconds=services.settings.nodes.lease_s)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._held: Mapping[str, int] = {}
        self._surplus: frozenset[str] = frozenset()
        self._busy: Counter[str] = Counter()
        self._good_until_s = float("-inf")
        self._orders: Settled | None = None
        self._skewed = False
        self._alone = False
        self._names: Collection[str] = ()
        self._nudge = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._log = log("leasing")

    @property
    def node_id(self) -> str:
        """Return the name of this process in the database."""
        return self._store.name

    def join(self, *, alone: bool = False) -> list[Node]:
        """Enter this process, and return the others that live; `Unavailable` when it may not."""
        self._alone = alone
        others: list[Node] = self._store.transact(
            lambda uow: uow.leases.join(
                self.node_id,
                host=socket.gethostname(),
                pid=os.getpid(),
                version=__version__,
                lease=self._lease,
                alone=alone,
                sole=not self._shared,
            )
        )
        return others

    def start(
        self,
        names: Collection[str],
        directory: Directory,
        *,
        alarm: Callable[..., None],
        say: Callable[[], Mapping[str, Any]],
    ) -> None:
        """Take our share of the lanes `names`; go on looking while others may come and go."""
        self._names, self._directory, self._alarm, self._say = names, directory, alarm, say
        self.look()
        if self._shared:
            self._thread = threading.Thread(target=self._run, name="leasing", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Give every lane up at once; whoever is there takes them. Actors have stopped before."""
        self._stopping = True
        self._nudge.set()
        if self._thread is not None:
            self._thread.join(STOP_S)
        with self._lock:
            self._held = {}
        try:
            self._store.transact(lambda uow: uow.leases.leave(self.node_id))
        except Unavailable as error:  # the others find out when the lease is over
            self._log.warning("node.not_left", code=error.code)

    def is_running(self) -> bool:
        """Tell whether somebody still says that we live."""
        return not self._shared or (self._thread is not None and self._thread.is_alive())

    def holds(self, name: str) -> bool:
        """Tell whether a piece of work may begin in a lane: it is ours and nobody waits for it."""
        with self._lock:
            return self._token(name) is not None and not self._is_due(name)

    def keeps(self, name: str) -> bool:
        """Tell whether a lane is ours, as far as we know."""
        with self._lock:
            return self._token(name) is not None

    @contextmanager
    def at_work(self, name: str) -> Iterator[bool]:
        """Keep a lane for a block and fence its units, or yield False when it is not ours."""
        with self._lock:
            token = None if self._is_due(name) else self._token(name)
            if token is not None:
                self._busy[name] += 1
        if token is None:
            yield False
            return
        try:
            with fenced(Fence(name, token)):
                yield True
        finally:
            with self._lock:
                self._busy[name] -= 1
                if self._is_due(name):
                    self._nudge.set()

    def look(self) -> bool:
        """Say that we live, and settle; False when something should be tried again soon."""
        begun_s = self._monotonic()
        try:
            now = self._store.transact(
                lambda uow: uow.leases.beat(
                    self.node_id, able=self._able(), said=self._say(), lease=self._lease
                )
            )
            if now is None:  # we stood still for too long and were taken for dead
                self._log.warning("node.returned", node=self.node_id)
                self.join(alone=self._alone)
                return False
            self._judge_clock(self._services.now() - now)
            with self._lock:
                self._good_until_s = begun_s + self._lease.total_seconds()
            settled = self._store.transact(
                lambda uow: uow.leases.settle(self.node_id, lease=self._lease)
            )
            self._take_note(settled)
            self._give()
        except Unavailable as error:  # our lease runs on; when it is over, everybody rests
            self._log.warning("node.not_heard", code=error.code)
            return True
        return not settled.left

    def _run(self) -> None:
        while not self._stopping:
            pause_s = self._lease.total_seconds() / BEATS if self.look() else SOON_S
            self._nudge.wait(pause_s)
            self._nudge.clear()

    def _token(self, name: str) -> int | None:
        if self._shared and self._monotonic() >= self._good_until_s:
            return None
        return self._held.get(name)

    def _is_due(self, name: str) -> bool:
        """Tell whether a lane is to be given up: another should have it, or our clock is wrong."""
        return name in self._surplus or (self._skewed and sends(name))

    def _able(self) -> list[str]:
        """Return the lanes that we can work in: no given-up actor, and none to send when skewed."""
        fit = [name for name in self._names if not self._directory.is_given_up(name)]
        return [name for name in fit if not (self._skewed and sends(name))]

    def _judge_clock(self, skew: timedelta) -> None:
        """Let nothing be sent while our clock and the database's differ by too much."""
        if not self._shared or isinstance(self._services.clock, SteppedClock):
            return
        skewed, before = abs(skew) > CLOCK_SKEW_MAX, self._skewed
        with self._lock:
            self._skewed = skewed
        if skewed and not before:
            self._alarm("clock.skewed", "leasing", skew_s=round(skew.total_seconds()))
        elif before and not skewed:
            self._log.info("clock.agrees")

    def _take_note(self, settled: Settled) -> None:
        """Keep what the database said, obey what people ordered, and wake who has a lane now."""
        with self._lock:
            before, self._held, self._surplus = self._held, settled.held, settled.surplus
        gained = sorted(name for name, token in settled.held.items() if before.get(name) != token)
        lost = sorted(before.keys() - settled.held.keys())
        if gained or lost or settled.ended:
            self._log.info("lanes.settled", gained=gained, lost=lost, ended=settled.ended)
        self._obey(settled)
        for name in gained:
            self._directory.wake(name)

    def _obey(self, settled: Settled) -> None:
        before, self._orders = self._orders or Settled(revived=settled.revived), settled
        for name in settled.paused - before.paused:
            self._directory.pause(name)
        for name in before.paused - settled.paused:
            self._directory.resume(name)
        for name, count in settled.revived.items():
            if count > before.revived.get(name, 0):
                self._directory.revive(name)

    def _give(self) -> None:
        """Give up what others should have, each lane once the piece of work in it is done."""
        with self._lock:
            quiet = [n for n in self._held if self._is_due(n) and not self._busy[n]]
        for name in quiet:
            self._store.transact(partial(self._give_one, name))
            with self._lock:
                self._held = {n: token for n, token in self._held.items() if n != name}
            self._log.info("lane.given", lane=name)

    def _give_one(self, name: str, uow: UnitOfWork) -> None:
        uow.leases.give(self.node_id, name)
