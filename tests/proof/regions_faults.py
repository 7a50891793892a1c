"""Faults of two hubs, their broker and their databases: each is applied and healed.

A fault is a context: inside it the world is broken, after it nothing is in the way any more. What
it chooses, it chooses by the generator that it is given.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing, contextmanager, suppress
from datetime import timedelta

from hub.adapters.rabbit_setup import declare
from hub.domain.message_topology import messages_queue
from tests.proof.net_process import until
from tests.proof.net_proxy import Act, Rule, Way
from tests.proof.regions_checks import unsettled

# the methods' class and number in a frame (AMQP 0-9-1): the broker's confirmation of what was
# published goes down, a hub's acknowledgement of what it took goes up
BASIC_ACK = b"\x00\x3c\x00\x50"
COMMIT = b"COMMIT"
HOLD_S = (0.2, 3.0)
PATIENCE_S = 60.0
SETTLE_S = 240.0
POINTS = 300  # about as many fault points as a hub passes under a round's load
POINT_S = 15.0


def hold(rng, most_s=HOLD_S[1]) -> None:
    """Let the fault last for a while."""
    threading.Event().wait(rng.uniform(HOLD_S[0], most_s))


@contextmanager
def broker_killed(world, rng):
    """The broker's machine loses its power while messages are under way."""
    threading.Event().wait(rng.uniform(0, 0.5))
    world.node.kill()
    yield
    hold(rng, 1.0)
    world.node.start()


@contextmanager
def broker_blocked(world, rng):
    """The broker takes nothing more: its memory alarm says `connection.blocked`."""
    world.node.ctl("set_vm_memory_high_watermark", "0.000001")
    try:
        yield
        hold(rng, 6.0)  # longer than the hubs wait for it
    finally:
        world.node.ctl("set_vm_memory_high_watermark", "0.4")


@contextmanager
def queue_deleted(world, rng):
    """Somebody deletes a region's queue with what is in it, and sets it up again later."""
    road, agency = rng.choice([*zip(world.roads, world.agencies, strict=True)])
    queue = messages_queue(agency.region)
    world.lost_on_the_way = True
    world.node.call("DELETE", f"queues/{road.vhost}/{queue}")
    yield
    hold(rng)
    assert declare(road, agency.region) == []


@contextmanager
def broker_cut(world, rng):
    """Every connection to the broker is cut."""
    yield
    for proxy in world.broker:
        proxy.cut()


@contextmanager
def broker_frozen(world, rng):
    """Nothing passes between one hub and the broker, and nobody is told."""
    proxy = rng.choice(world.broker)
    proxy.freeze()
    yield
    hold(rng, 12.0)  # beyond two heartbeats of five seconds, sometimes
    proxy.thaw()


def _ruled(choose, way, act, pattern):
    """Return a fault that happens at a pattern on each of some proxies."""

    @contextmanager
    def fault(world, rng):
        proxies = choose(world)
        rules = [
            proxy.add(Rule(way, act, pattern=pattern, skip=rng.randrange(4))) for proxy in proxies
        ]
        yield
        until(lambda: all(rule.fired for rule in rules), timeout_s=PATIENCE_S, what=pattern)
        hold(rng, 0.5)
        for proxy in proxies:
            proxy.behave()

    return fault


@contextmanager
def database_stopped(world, rng):
    """PostgreSQL is stopped (`-m immediate`) with units under way, and started again."""
    threading.Event().wait(rng.uniform(0, 0.5))
    world.postgres.stop()
    yield
    hold(rng)
    world.postgres.start()


@contextmanager
def database_cut(world, rng):
    """Every connection to the databases is cut."""
    yield
    for proxy in world.databases:
        proxy.cut()


@contextmanager
def database_frozen(world, rng):
    """Nothing passes between one hub and its database."""
    proxy = rng.choice(world.databases)
    proxy.freeze()
    yield
    hold(rng, 8.0)
    proxy.thaw()


@contextmanager
def sqlite_locked(world, rng):
    """A foreign program holds the whole file of one hub, longer than SQLite waits by itself."""
    agency = rng.choice(world.agencies)
    file = agency.command.home / "var" / "hub.db"
    with closing(sqlite3.connect(file, timeout=60, check_same_thread=False)) as foreign:
        foreign.isolation_level = None
        foreign.execute("BEGIN EXCLUSIVE")
        lock = threading.Timer(rng.uniform(*HOLD_S) * 4, foreign.execute, ["ROLLBACK"])
        lock.start()  # by itself: the desk waits for it too
        yield
        lock.join()


@contextmanager
def hub_killed(world, rng):
    """One hub is killed (`kill -9`) with units, messages and receipts under way."""
    agency = rng.choice(world.agencies)
    yield
    hold(rng, 1.0)
    agency.kill()
    hold(rng, 1.0)
    world.start_again(agency)


@contextmanager
def hub_killed_at(world, rng):
    """One hub dies before or after a commit, a publish, its confirmation or an acknowledgement."""
    agency = rng.choice(world.agencies)
    agency.stop()
    world.start_again(agency, dies_at=rng.randint(1, POINTS))
    yield
    with suppress(AssertionError):  # whoever has not come so far is killed where it stands
        until(agency.process.has_ended, timeout_s=POINT_S)
    agency.kill()
    world.start_again(agency)


def _jump(by, *, quiet):
    """Return a fault that moves everybody's clock; `quiet`: once nothing is on its way."""

    @contextmanager
    def fault(world, rng):
        if quiet:
            until(lambda: not unsettled(world.agencies), timeout_s=SETTLE_S, what="quiet")
        world.clock.jump(by)
        yield

    return fault


BROKER = {
    "broker-killed": broker_killed,
    "broker-blocked": broker_blocked,
    "queue-deleted": queue_deleted,
    "broker-cut": broker_cut,
    "broker-frozen": broker_frozen,
    "cut-before-confirm": _ruled(lambda w: w.broker, Way.DOWN, Act.CUT, BASIC_ACK),
    "cut-before-ack": _ruled(lambda w: w.broker, Way.UP, Act.CUT, BASIC_ACK),
}
POSTGRES = {
    "database-stopped": database_stopped,
    "database-cut": database_cut,
    "database-frozen": database_frozen,
    "commit-cut": _ruled(lambda w: w.databases, Way.UP, Act.CUT, COMMIT),
    "commit-unanswered": _ruled(lambda w: w.databases, Way.UP, Act.LOSE_ANSWER, COMMIT),
}
SQLITE = {"sqlite-locked": sqlite_locked}
HUB = {"hub-killed": hub_killed, "hub-killed-at": hub_killed_at}
CLOCK = {
    "clock-day-ahead": _jump(timedelta(days=1), quiet=False),
    "clock-hour-back": _jump(timedelta(hours=-1), quiet=True),
}
"""A clock set back leaves what was due to wait, and what is on its way comes from the future."""
