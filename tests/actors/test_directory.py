"""The directory bounds mailboxes and remembers what must outlive one life of an actor."""

from __future__ import annotations

import threading

import pykka
import pytest

from hub.actors.directory import Directory
from hub.actors.messages import Pause, Resume, Wake
from tests.waiting import eventually


class Notes:
    """What a listener heard, and how deep its mailbox ever was."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.heard = []
        self.depth_max = 0
        self.waiting = lambda: 0


class Listener(pykka.ThreadingActor):
    """Notes what it hears; goes on only while the gate is open."""

    def __init__(self, directory, notes) -> None:
        super().__init__()
        self.directory = directory
        self.notes = notes
        notes.waiting = self.actor_inbox.qsize

    def on_receive(self, message):
        self.notes.depth_max = max(self.notes.depth_max, self.notes.waiting())
        self.directory.beat("listener")
        self.notes.heard.append(message)
        self.notes.gate.wait(10)


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def listener(directory, notes):
    ref = Listener.start(directory, notes)
    directory.enter("listener", ref)
    yield ref
    notes.gate.set()
    ref.stop(timeout=5)


def test_wakes_coalesce_so_that_a_mailbox_never_holds_more_than_one(directory, notes, listener):
    notes.gate.set()
    enough = threading.Event()

    def spam():
        while not enough.is_set():
            directory.wake("listener")

    threads = [threading.Thread(target=spam) for _ in range(2)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(notes.heard) > 200)
    enough.set()
    for thread in threads:
        thread.join(10)

    assert notes.depth_max <= 1


def test_a_wake_that_comes_while_an_actor_works_is_not_lost(directory, notes, listener):
    directory.wake("listener")
    eventually(lambda: notes.heard)

    directory.wake("listener")
    notes.gate.set()

    eventually(lambda: len(notes.heard) == 2)


def test_waking_somebody_unknown_or_dead_is_harmless(directory, notes, listener):
    directory.wake("nobody")
    notes.gate.set()
    listener.stop(timeout=5)

    directory.wake("listener")
    directory.pause("listener")

    assert directory.states() == {"listener": "dead"}


def test_orders_reach_the_actor_as_messages(directory, notes, listener):
    notes.gate.set()
    assert directory.pause("listener")
    assert directory.resume("listener")
    directory.wake("listener")

    eventually(lambda: notes.heard == [Pause(), Resume(), Wake()])
    assert not directory.pause("nobody")


def test_a_pause_survives_the_restart_of_the_actor(directory, notes, listener):
    directory.pause("listener")
    notes.gate.set()
    listener.stop(timeout=5)

    second = Listener.start(directory, notes)
    directory.enter("listener", second)

    assert not directory.may_work("listener")
    assert directory.states() == {"listener": "paused"}
    directory.resume("listener")
    assert directory.may_work("listener")
    second.stop(timeout=5)


def test_an_actor_is_idle_only_until_the_next_wake(directory, notes, listener):
    assert not directory.is_idle("listener")
    directory.rest("listener")
    assert directory.is_idle("listener")

    directory.wake("listener")

    assert not directory.is_idle("listener")


def test_a_wake_that_waits_while_an_actor_rests_keeps_it_from_being_idle(
    directory, notes, listener
):
    directory.wake("listener")
    eventually(lambda: notes.heard)  # it has read the first and works on it
    directory.wake("listener")

    directory.rest("listener")

    assert not directory.is_idle("listener")


def test_silence_is_measured_from_the_last_sign_of_life(monotonic):
    directory = Directory(monotonic)
    directory.beat("worker")
    monotonic.now_s += 30
    assert directory.silent_s("worker") == 30

    directory.still_here("worker")

    assert directory.silent_s("worker") == 0


def test_when_the_hub_closes_nobody_begins_another_piece_of_work(directory):
    directory.beat("worker")
    assert directory.may_work("worker")

    directory.close()

    assert not directory.may_work("worker")


def test_only_a_given_up_actor_can_be_revived(directory):
    directory.beat("worker")
    assert not directory.revive("worker")
    assert not directory.revive("nobody")

    directory.give_up("worker")

    assert directory.states() == {"worker": "given up"}
    assert directory.revive("worker")
    assert not directory.is_given_up("worker")
