"""Two offices that transfer relations to each other over a broker that loses, repeats and reorders.

Keys, accounts and directories are exchanged once; each run begins with a copy of both databases.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

from hub.actors.cast import TRANSFER_STEPS
from hub.errors import Unavailable
from hub.flows import message_dispatch
from hub.flows.message_intake import take_in
from hub.ports import Sent
from tests.simulation.crashing import CrashingStore, Fuse
from tests.simulation.house import Clock, House, folder
from tests.transfer_funds import CHENGDU, HANGZHOU, paying_offices

ROAD = "regions"
HOURS = timedelta(hours=2)  # reminders that are due in some weeks can wait
QUEUE = (("transfer", TRANSFER_STEPS),)


@cache
def _offices():
    home = folder()
    made = paying_offices(home, HANGZHOU, CHENGDU)
    for office in made:
        database = office.services.settings.store.sqlite_file
        office.store.close()
        template = database.with_suffix(".template")
        shutil.move(database, template)
        store = CrashingStore.over(template, database, Fuse())
        office.services = replace(office.services, store=store)
    return made


class Broker:
    """At least once, in any order: what was published stays, and can come again at any time."""

    def __init__(self) -> None:
        self.messages = []  # all that were ever published, in order
        self.taken = set()  # (recipient, index): acknowledged

    def deliver(self, index, house, region):
        """Give one message to its recipient; it counts as taken once the recipient has said so."""
        take_in(ROAD, f"{region}.in", [self.messages[index]], house.services)
        self.taken.add(index)

    def waiting(self):
        return [at for at in range(len(self.messages)) if at not in self.taken]


class Road:
    """One office's way to the broker: it may fail before or after the broker has a message."""

    def __init__(self, broker, fuse) -> None:
        self.broker, self.fuse = broker, fuse
        self.next_fault = None

    def begin(self, messages):
        fault, self.next_fault = self.next_fault, None
        self.fuse.burn("before publishing")
        if fault == "down":
            raise Unavailable("broker_unavailable", road=ROAD, reason="down")
        outcome = {"lost": Sent.UNKNOWN, "full": Sent.NACKED, "unconfirmed": Sent.UNKNOWN}
        if fault not in ("lost", "full"):
            self.broker.messages += messages
        self.fuse.burn("after publishing")
        return lambda: [outcome.get(fault, Sent.CONFIRMED)] * len(messages)


class Pair:
    """Hangzhou, which people move to, and Chengdu, which they come from."""

    def __init__(self) -> None:
        message_dispatch.PACE_S = 0  # no hurry is made of standing still
        self.clock, self.broker = Clock(), Broker()
        self.offices = {}
        for office in _offices():
            road = Road(self.broker, office.services.store.fuse)
            house = House(office.services, clock=self.clock, more=QUEUE, roads={ROAD: road})
            acting = SimpleNamespace(house=house, road=road, region=office.region)
            self.offices[office.region] = acting
        self.new, self.old = self.offices[HANGZHOU], self.offices[CHENGDU]

    def close(self):
        for one in self.offices.values():
            one.house.close()

    def send(self, office):
        """Publish what waits at an office, as its sender does."""
        return message_dispatch.dispatch(ROAD, office.house.services)

    def of(self, index):
        """Return whom a message is for."""
        return self.offices[self.broker.messages[index].key[:6]]

    def rest(self):
        """Heal the broker; carry and do everything until nothing moves."""
        for office in self.offices.values():
            office.road.next_fault = None
            for channel in office.house.channels.values():
                channel.next_fault = None
        for _ in range(100):
            for office in self.offices.values():
                office.house.drain(within=HOURS)
                self.send(office)
            waiting = self.broker.waiting()
            for index in waiting:
                self.broker.deliver(index, self.of(index).house, self.of(index).region)
            if not waiting and not any(o.house.due() for o in self.offices.values()):
                return
        raise AssertionError("never at rest")
