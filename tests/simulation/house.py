"""One office as one process: real flows and a real SQLite store, everything around them made up.

No threads: what is due is run task by task, by the actors' own worker, in the order that a test
chooses. A run begins with an empty database; the rest is built once for all runs of a process.
"""

from __future__ import annotations

import atexit
import io
import logging
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import structlog

from hub.actors.cast import COLLECTION_STEPS, DELIVERY_STEPS, PAYOUT_STEPS
from hub.actors.worker import Worker
from hub.flows.receive import receive
from hub.mappings.catalog import load_catalog
from hub.store.archive import Archive
from hub.store.tasks import TaskState
from tests import payouts
from tests.deployments import make_services
from tests.doubles import NOON
from tests.lists import CHANNELS, write_partners
from tests.servers import _migrated_file
from tests.simulation.crashing import Crash, CrashingStore, Fuse, LossyChannel

BANKS = ("alpha", "beta")  # beta takes delivered files away
OUT = {f"{bank}-out": bank for bank in BANKS}
QUEUES = {
    "collection": COLLECTION_STEPS, "payout": PAYOUT_STEPS,
    **{f"deliver:{channel}": DELIVERY_STEPS for channel in OUT},
}  # fmt: skip
DAY = timedelta(days=1)


class Clock:
    """Stands still until a rule moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self):
        return self.at


def folder():
    """Return a new folder, in memory where there is room for it; it goes with the process."""
    memory = Path("/dev/shm")  # noqa: S108 -- ours is made below it
    made = tempfile.mkdtemp(prefix="hub-simulation-", dir=memory if memory.is_dir() else None)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def quiet():
    """Let nobody log: millions of steps would."""
    nobody = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=nobody, cache_logger_on_first_use=False)


@cache
def _services():
    home = folder()
    write_partners(home / "partners")
    payouts.write_payout_partners(home / "partners", items_max=2)
    channels = CHANNELS + payouts.CHANNELS
    channels = channels.replace("[beta-out]\n", "[beta-out]\npartner_removes = true\n")
    services = make_services(
        home, clock=Clock(), catalog=load_catalog(home), channels_toml=channels
    )
    services.store.close()
    fuse = Fuse()
    store = CrashingStore.over(_migrated_file(), home / "run.db", fuse)
    return replace(services, store=store)


class House:
    """The office and the world around it, from the first moment of one run."""

    def __init__(self, base=None, clock=None, more=(), roads=None) -> None:
        quiet()
        base = base or _services()
        folders = base.settings.folders
        for place in (folders.archive, folders.work):  # originals, and the mark of the last run
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
        store = base.store
        store.renew()
        store.fuse.out()
        self.fuse, self.store = store.fuse, store
        self.channels = {name: LossyChannel(self.fuse) for name in OUT}
        self.clock = clock or Clock()
        self.services = replace(
            base, clock=self.clock, channels={**base.channels, **self.channels},
            archive=Archive(folders.archive), roads=roads or {},
        )  # fmt: skip
        self.look = store.look()
        self.workers = {
            queue: Worker(queue, steps, self.services, None)
            for queue, steps in {**QUEUES, **dict(more)}.items()
        }
        self.crashes = 0

    def close(self):
        self.fuse.out()
        self.look.close()
        self.store.committed = lambda: None

    def rows(self, query, *values):
        """Return what our own query finds, past the hub."""
        return self.look.execute(query, values).fetchall()

    @contextmanager
    def may_die(self):
        """Let the process die within; a new one has nothing of what the old one knew."""
        try:
            yield
        except Crash:
            self.crashes += 1
        finally:
            self.fuse.out()

    def due(self):
        """Return what is due now, in every queue, the order of which nobody promises."""
        found = []
        with self.store.read() as uow:
            for queue in self.workers:
                found += uow.tasks.due(queue, self.clock.now(), limit=100)
        return found

    def run(self, task):
        """Run a task as its worker would, were it the first in its queue."""
        self.workers[task.queue]._run(task)

    def receive(self, channel, name, content):
        """Take a file in, as the actor of its folder does."""
        return receive(channel, name, io.BytesIO(content), self.services)

    def parked(self):
        with self.store.read() as uow:
            return uow.tasks.list(state=TaskState.PARKED)

    def retry(self, task):
        """Let an operator retry a parked task."""
        self.store.transact(lambda uow: uow.tasks.retry(task.id, at=self.clock.now()))

    def drain(self, within=3 * DAY):
        """Run what is due until nothing is; wait for what is put off no longer than `within`.

        What stands behind a blocked file is put off for ever, and is shown by that.
        """
        last = self.clock.now() + within
        for _ in range(1000):
            tasks = self.due()
            for task in tasks:
                self.run(task)
            if not tasks:
                ((until,),) = self.rows(
                    "SELECT min(due_at) FROM tasks WHERE state = 'due'"
                    " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.state = 'blocked'"
                    " AND tasks.queue = 'deliver:' || o.channel"
                    " AND tasks.note LIKE 'delivery_lane_blocked%')"
                )
                until = until and datetime.fromisoformat(until)
                if until is None or until > last:
                    return
                self.clock.at = until
        raise AssertionError(f"never at rest: {self.due()}")
