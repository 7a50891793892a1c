"""Rounds between two hubs: load, a fault, load while it lasts, healing, and what must hold."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof.net_clock import ShiftedClock
from tests.proof.net_postgres import PostgresServer
from tests.proof.net_process import until
from tests.proof.regions_checks import check, count, rows
from tests.proof.regions_faults import BROKER, CLOCK, HUB, POSTGRES, SQLITE
from tests.proof.regions_traffic import Traffic
from tests.proof.regions_world import World
from tests.rabbit import RabbitNode

RECOVER_S = 120.0
AGAIN = "SELECT coalesce(sum(attempts - 1), 0) FROM messages_out WHERE attempts > 1"


@dataclass
class Report:
    """What a run did and found; it reads as one line of JSON."""

    store: str
    seed: int
    rounds: int = 0
    faults: Counter = field(default_factory=Counter)
    movers: int = 0
    messages: int = 0
    on_the_wire: int = 0  # a message may be sent as several, each with an id of its own
    sent_again: int = 0
    effects: int = 0
    recover_s: list = field(default_factory=list)
    seconds: float = 0.0
    wrong: list = field(default_factory=list)

    def as_dict(self):
        told = dict(vars(self), faults=dict(self.faults))
        times = sorted(told.pop("recover_s"))
        told["recover_s"] = {
            "median": round(times[len(times) // 2], 1), "max": round(times[-1], 1),
        } if times else None  # fmt: skip
        return told


def faults_of(store: str) -> dict:
    """Return every fault that a world on this kind of store can have, but for its clock."""
    return {**BROKER, **HUB, **(POSTGRES if store == "postgres" else SQLITE)}


@contextmanager
def world_of(store: str, node=None, *, clock_from=None):
    """Lend two hubs that run, with a broker of their own unless one is given.

    With `clock_from`, an instant, they live by a clock that can jump: `world.clock`.
    """
    home = Path(tempfile.mkdtemp(prefix="hub-proof-regions-"))
    try:
        with (
            _broker(home, node) as broker,
            _databases(store) as (server, urls),
            World(home, broker, urls, server) as world,
        ):
            if clock_from is not None:
                world.clock = ShiftedClock(home, clock_from)
            world.start()
            yield world
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _broker(home, node):
    if node is not None:
        yield node
        return
    (home / "rabbit").mkdir()
    with RabbitNode(home / "rabbit") as made:
        yield made


@contextmanager
def _databases(store):
    if store != "postgres":
        yield None, (None, None)
        return
    with PostgresServer() as server, server.database() as a, server.database() as b:
        yield server, (a, b)


class Run:
    """Plays faults on one world; everything it chooses follows from the seed."""

    def __init__(self, world, store: str, seed: int, *, movers=1, asked=10) -> None:
        self.world = world
        self.report = Report(store, seed)
        self.rng = random.Random(f"{seed}/faults")
        self.traffic = Traffic(world.agencies, f"{seed}/traffic")
        self._movers, self._asked = movers, asked
        self._begun_s = time.monotonic()
        self._faults = {**faults_of(store), **CLOCK}

    def round(self, name: str) -> None:
        """Play one fault under load."""
        self.traffic.begin(self._movers)
        self.traffic.step()
        self.traffic.ask(self._asked)
        with self._faults[name](self.world, self.rng):
            self.traffic.ask(self._asked)
            self.traffic.step()
        self.report.recover_s.append(self._recover_s())
        self.world.require_alive()
        self.report.rounds += 1
        self.report.faults[name] += 1

    def settle(self) -> Report:
        """Go on until everything has arrived, and say what holds and what does not."""
        if self.world.lost_on_the_way:  # what was in a deleted queue goes again the next day
            self.world.next_day()
        self.world.settle(self.traffic)
        found = check(self.world, self.traffic)
        report = self.report
        report.movers = len(self.traffic.movers)
        report.messages, report.effects = found.envelopes, found.effects
        report.on_the_wire = found.sent
        report.sent_again = sum(count(one, AGAIN) for one in self.world.agencies)
        report.wrong += found.wrong
        report.seconds = round(time.monotonic() - self._begun_s, 1)
        return report

    def _recover_s(self) -> float:
        """Return how long after the healing a new question of each has its effect at the other."""
        begun_s = time.monotonic()
        here, there = self.world.agencies
        asked = {}
        for office, other in ((here, there), (there, here)):
            asked[office.region] = until(
                lambda o=office, p=other: self.traffic.tried(lambda: self.traffic.question(o, p)),
                timeout_s=RECOVER_S,
            )
            self.traffic.asked[office.region] += 1
        if not self.world.lost_on_the_way:
            for office, other in ((here, there), (there, here)):
                known = (
                    f"SELECT 1 FROM assistances WHERE ref = '{asked[office.region].request.ref}'"
                )
                until(
                    lambda o=other, q=known: self._known(o, q), timeout_s=RECOVER_S,
                    what="a question to arrive",
                )  # fmt: skip
        return time.monotonic() - begun_s

    def _known(self, office, query) -> bool:
        self.world.require_alive()
        return bool(rows(office, query))
