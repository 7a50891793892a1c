"""The supervisor looks, restarts with growing delays, gives up loudly, stops in order."""

from __future__ import annotations

import threading

import pykka
import pytest

from hub.actors import supervisor
from hub.actors.directory import Directory
from hub.actors.messages import Wake
from hub.actors.supervisor import RESTART_DELAYS_S, RESTARTS_WINDOW_S, Child, Supervisor
from hub.actors.ticker import Ticker
from tests.waiting import eventually


class Sleeper(pykka.ThreadingActor):
    """Does nothing, dies when poked, and notes its births and deaths."""

    def __init__(self, name, directory, diary, fail_on_start=None) -> None:
        super().__init__()
        self.name = name
        self.directory = directory
        self.diary = diary
        self.fail_on_start = fail_on_start

    def on_start(self):
        if self.fail_on_start is not None and self.fail_on_start.is_set():
            raise RuntimeError("cannot start")
        self.diary.append(("start", self.name))

    def on_stop(self):
        self.diary.append(("stop", self.name))

    def on_receive(self, message):
        if message == "die":
            raise RuntimeError("died")
        self.directory.beat(self.name)
        self.directory.rest(self.name)


@pytest.fixture
def directory(monotonic):
    return Directory(monotonic)


@pytest.fixture
def diary():
    return []


@pytest.fixture
def house(directory, alarms, monotonic, diary):
    """Start a supervisor over sleepers; yields `look`, which lets it look once and waits."""
    started = []

    class House:
        broken = threading.Event()

        def start(self, *names, **options):
            self.children = [self.child(name) for name in names]
            self.ref = Supervisor.start(
                self.children, directory, alarms, monotonic=monotonic, **options
            )
            started.append(self.ref)
            self.look()
            return self

        def child(self, name):
            return Child(name, lambda: Sleeper.start(name, directory, diary, self.broken))

        def look(self):
            self.ref.ask(Wake(), timeout=10)

        def kill(self, index=0):
            ref = self.children[index].ref
            ref.tell("die")
            eventually(lambda: not ref.is_alive())

        def alive(self, index=0):
            ref = self.children[index].ref
            return ref is not None and ref.is_alive()

    house = House()
    house.broken.clear()
    yield house
    for ref in started:
        if ref.is_alive():
            ref.stop(timeout=10)


def test_children_start_in_order_and_stop_in_reverse(house, diary):
    house.start("deliver", "work", "inbox")

    house.ref.stop(timeout=10)

    births = [name for what, name in diary if what == "start"]
    deaths = [name for what, name in diary if what == "stop"]
    assert births == ["deliver", "work", "inbox"]
    assert deaths == ["inbox", "work", "deliver"]


def test_a_dead_actor_is_restarted_at_once_and_its_neighbour_is_left_alone(house, directory):
    house.start("one", "two")
    neighbour = house.children[1].ref
    house.kill()

    house.look()

    assert house.alive()
    assert house.children[1].ref is neighbour
    eventually(lambda: set(directory.states().values()) == {"idle"})


def test_the_delay_before_a_restart_grows(house, monotonic):
    house.start("one")

    for delay_s in RESTART_DELAYS_S:
        house.kill()
        house.look()
        if delay_s:
            assert not house.alive()
            monotonic.now_s += delay_s - 0.5
            house.look()
            assert not house.alive()
            monotonic.now_s += 0.5
            house.look()
        assert house.alive()


def die_until_given_up(house, monotonic):
    for delay_s in (*RESTART_DELAYS_S, 0):
        house.kill()
        house.look()
        monotonic.now_s += delay_s
        house.look()


def test_an_actor_that_will_not_stay_up_is_given_up_loudly(house, monotonic, alarms, directory):
    house.start("one", "two")

    die_until_given_up(house, monotonic)

    assert directory.is_given_up("one")
    assert [actor for actor, _ in alarms.of("actor.given_up")] == ["one"]
    assert len(alarms.of("actor.died")) == 5
    monotonic.now_s += 10 * RESTARTS_WINDOW_S
    house.look()
    assert not house.alive(0)
    assert house.alive(1)


def test_a_given_up_actor_comes_back_by_an_operators_order_with_a_clean_record(
    house, monotonic, directory
):
    house.start("one")
    die_until_given_up(house, monotonic)
    house.look()

    assert directory.revive("one")
    house.look()

    assert house.alive()
    house.kill()
    house.look()
    assert house.alive()  # its first death again: no delay


def test_old_deaths_are_forgotten(house, monotonic, directory):
    house.start("one")

    for _ in range(20):
        house.kill()
        house.look()
        monotonic.now_s += RESTARTS_WINDOW_S + 1
        house.look()

    assert house.alive()
    assert not directory.is_given_up("one")


def test_a_failure_on_start_is_seen_although_pykka_calls_no_hook(house, alarms, diary, monotonic):
    house.broken.set()
    house.start("one")
    eventually(lambda: not house.alive())

    house.look()

    assert {actor for actor, _ in alarms.of("actor.died")} == {"one"}
    house.broken.clear()
    eventually(lambda: not house.alive())
    house.look()
    monotonic.now_s += max(RESTART_DELAYS_S)
    house.look()
    eventually(lambda: ("start", "one") in diary)


def test_a_child_whose_starter_raises_does_not_end_the_supervisor(
    directory, alarms, monotonic, house
):
    def cannot():
        raise OSError("no threads left")

    house.start("good")
    ref = Supervisor.start([Child("bad", cannot)], directory, alarms, monotonic=monotonic)
    ref.ask(Wake(), timeout=10)

    assert ref.is_alive()
    assert {actor for actor, _ in alarms.of("actor.not_started")} == {"bad"}
    ref.stop(timeout=10)


def test_a_silent_actor_is_reported_once(house, monotonic, alarms, directory):
    house.start("one", silent_max_s=60)
    eventually(lambda: directory.is_idle("one"))  # it has read its first wake

    monotonic.now_s += 61
    house.look()
    house.look()

    assert [actor for actor, _ in alarms.of("actor.silent")] == ["one"]


def test_an_actor_that_does_not_stop_is_reported_and_the_others_stop(
    directory, alarms, monotonic, diary, monkeypatch
):
    monkeypatch.setattr(supervisor, "STOP_TIMEOUT_S", 0.2)
    gate = threading.Event()

    class Stuck(Sleeper):
        def on_receive(self, _message):
            gate.wait(20)

    children = [
        Child("good", lambda: Sleeper.start("good", directory, diary)),
        Child("stuck", lambda: Stuck.start("stuck", directory, diary)),
    ]
    ref = Supervisor.start(children, directory, alarms, monotonic=monotonic)
    ref.ask(Wake(), timeout=10)

    ref.stop(timeout=10)

    assert [actor for actor, _ in alarms.of("actor.stuck")] == ["stuck"]
    eventually(lambda: ("stop", "good") in diary)
    gate.set()
    eventually(lambda: not children[1].ref.is_alive())


def test_the_ticker_wakes_each_name_at_its_own_pace(directory):
    woken = []
    directory.wake = woken.append
    ticker = Ticker(directory, {"fast": 0.02, "slow": 3600.0})
    ticker.start()

    eventually(lambda: woken.count("fast") > 5)
    ticker.stop()

    assert woken.count("slow") == 1
    assert not ticker.is_alive()
