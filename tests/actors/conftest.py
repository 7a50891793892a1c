"""Real pykka threads, and the certainty that none of them outlives its test."""

from __future__ import annotations

import threading

import pykka
import pytest

from hub.actors.directory import Directory
from tests.actors.house import House
from tests.deployments import make_services
from tests.doubles import FrozenClock


@pytest.fixture(autouse=True)
def no_actor_is_left():
    before = threading.active_count()
    yield
    left = [ref.actor_class.__name__ for ref in pykka.ActorRegistry.get_all()]
    pykka.ActorRegistry.stop_all(timeout=5)
    assert left == []
    assert threading.active_count() <= before + 1  # a log writer may have started


@pytest.fixture
def directory():
    return Directory()


class ManualTime:
    """Monotonic seconds that move only when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> object:
        return self.now_s


@pytest.fixture
def monotonic():
    return ManualTime()


class Alarms:
    """Remembers what the supervisor wanted people to know."""

    def __init__(self) -> None:
        self.heard = []

    def __call__(self, event, actor, **facts) -> object:
        self.heard.append((event, actor, facts))

    def of(self, event):
        return [(actor, facts) for name, actor, facts in self.heard if name == event]


@pytest.fixture
def alarms():
    return Alarms()


@pytest.fixture
def clock():
    return FrozenClock()


@pytest.fixture
def services(tmp_path, clock):
    services = make_services(tmp_path, clock=clock)
    yield services
    services.store.close()


@pytest.fixture
def house(services, alarms):
    house = House(services, alarms)
    yield house
    house.stop()
