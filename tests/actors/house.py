"""A supervisor over one real worker and a real store, for tests of workers."""

from __future__ import annotations

from functools import partial

from hub.actors.directory import Directory
from hub.actors.supervisor import Child, Supervisor
from hub.actors.ticker import Ticker
from hub.actors.worker import Worker
from hub.errors import Unavailable

QUEUE = "collection"
NO_DELAYS_S = (0.0,) * 50


class House:
    """A supervisor over one worker with the given steps, woken by a fast ticker."""

    def __init__(self, services, alarms) -> None:
        self.services = services
        self.alarms = alarms
        self.directory = Directory()
        self.running = []
        self.depth_max = 0

    def start(self, delays_s=NO_DELAYS_S, together=None, **steps):
        start = partial(Worker.start, QUEUE, steps, self.services, self.directory)
        child = Child(QUEUE, partial(start, together=together))
        self.child = child
        self.ref = Supervisor.start([child], self.directory, self.alarms, delays_s=delays_s)
        self.ticker = Ticker(self.directory, {QUEUE: 0.01, "supervisor": 0.01})
        self.ticker.start()
        self.running.append(self)
        return self

    def stop(self):
        if self.running:
            self.running.clear()
            self.ticker.stop()
            self.ref.stop(timeout=10)

    def add(self, step, *subjects, **options):
        with self.services.store.begin() as uow:
            return [
                uow.tasks.add(
                    queue=QUEUE, step=step, subject_id=str(s), at=self.services.now(), **options
                )
                for s in subjects
            ]

    def count(self, state):
        with self.services.store.read() as uow:
            return uow.tasks.backlog().get(QUEUE, {}).get(state.value, 0)

    def get(self, task):
        with self.services.store.read() as uow:
            return uow.tasks.get(task.id)


def unavailable():
    return Unavailable("folder_unavailable", folder="x", reason="y")
