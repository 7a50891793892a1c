"""A small deployment with four partners who send plain lists, driven step by step."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import date

from hub.actors.cast import COLLECTION_STEPS, DELIVERY_STEPS, PAYOUT_STEPS
from hub.flows import receive
from hub.mappings.catalog import load_catalog
from hub.store.tasks import TaskState
from tests import debits, payouts
from tests.deployments import make_services
from tests.doubles import FrozenClock
from tests.lists import CHANNELS, channel_of, list_bytes, list_name, write_partners

STEPS = {**COLLECTION_STEPS, **PAYOUT_STEPS, **DELIVERY_STEPS}
TUESDAY = date(2026, 11, 24)


class Office:
    """Puts files into the hub and runs what is due, in the order in which workers would."""

    def __init__(self, home, *, catalog=None) -> None:
        self.clock = FrozenClock()
        if catalog is None:
            write_partners(home / "partners")
            payouts.write_payout_partners(home / "partners")
            debits.write_debit_partners(home / "partners")
            catalog = load_catalog(home)
        self.services = make_services(
            home,
            clock=self.clock,
            catalog=catalog,
            channels_toml=CHANNELS + payouts.CHANNELS + debits.CHANNELS,
        )
        self.store = self.services.store
        self.database = home / "var" / "hub.db"

    def send(self, channel, name, content):
        return receive.receive(channel, name, io.BytesIO(content), self.services)

    def send_list(self, source, rows, day=TUESDAY, sequence=1):
        return self.send(
            channel_of(source), list_name(source, day, sequence), list_bytes(source, rows)
        )

    def due(self):
        with self.store.read() as uow:
            now = self.services.now()
            channels = self.services.settings.channels.values()
            lanes = [f"deliver:{c.name}" for c in channels if c.direction == "out"]
            queues = ["collection", "payout", *lanes]
            return [t for queue in queues for t in uow.tasks.due(queue, now, limit=100)]

    def run(self, task):
        STEPS[task.step](task, self.services)

    def finish(self, task):
        with self.store.begin() as uow:
            uow.tasks.begin(task.id)
            uow.tasks.finish(task.id, at=self.services.now())

    def work(self):
        """Run everything that is due until nothing is."""
        while tasks := self.due():
            for task in tasks:
                with self.store.begin() as uow:
                    uow.tasks.begin(task.id)
                self.run(task)
                with self.store.begin() as uow:
                    uow.tasks.finish(task.id, at=self.services.now())

    def received(self, inbox_id):
        with self.store.read() as uow:
            return uow.inbox.get(inbox_id)

    def discrepancies(self, cause=None):
        from hub.store.discrepancies import Wanted

        with self.store.read() as uow:
            found = uow.discrepancies.list(Wanted())
        return [d for d in found if cause is None or d.difference.cause is cause]

    def events(self):
        with self.store.read() as uow:
            return [entry.event for entry in uow.journal.after(0, limit=1000)]

    def parked(self):
        with self.store.read() as uow:
            return uow.tasks.list(state=TaskState.PARKED)

    def dump(self):
        """Return every row of every table."""
        with closing(sqlite3.connect(self.database)) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
                )
            ]
            return {
                name: sorted(map(repr, connection.execute(f'SELECT * FROM "{name}"')))
                for name in names
            }
