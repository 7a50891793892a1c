"""The running service: one at a time, ended in order by SIGTERM, its state seen from outside."""

from __future__ import annotations

import signal

import pytest

from hub.app.lock import STATE_FILE, HubLock
from hub.domain.facts import Source
from tests.facts import TUESDAY, collection
from tests.lists import list_bytes, list_name
from tests.waiting import eventually

STOP_S = 20  # what docs/operations.md promises


@pytest.fixture
def running(hub):
    process = hub.start("run")
    lock = HubLock(hub.home / "var" / "work")
    eventually(lambda: lock.read_state() or process.poll() is not None, timeout_s=60)
    assert process.poll() is None, process.communicate()[1]
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_hub_in_order(hub, running, number):
    running.send_signal(number)

    _, log = running.communicate(timeout=STOP_S)

    assert running.returncode == 0, log
    assert '"hub.stopped"' in log
    assert '"complete": true' in log


def test_a_second_hub_on_the_same_folder_is_refused(hub, running):
    second = hub.start("run")

    _, words = second.communicate(timeout=60)

    assert second.returncode == 3
    assert str(running.pid) in words
    assert running.poll() is None


def test_what_the_running_hub_says_is_seen_from_outside(hub, running):
    state = hub.json("status")["hub"]

    assert state["pid"] == running.pid
    assert {"collection", "planner", "inbox:tax-in", "deliver:letters-out"} <= set(state["actors"])


def test_a_file_is_taken_by_the_running_hub(hub, running):
    hub.drop(Source.COLLECTIONS, [collection("R1")], TUESDAY)

    done = hub.home / "channels" / "tax-in" / "done" / list_name(Source.COLLECTIONS, TUESDAY)
    eventually(done.exists, timeout_s=60)
    eventually(lambda: hub.json("inbox", "list")[0]["state"] == "read", timeout_s=60)


def test_an_actor_is_paused_and_resumed_by_orders(hub, running):
    def state():
        return {row["name"]: row["state"] for row in hub.json("actors", "list")}["inbox:tax-in"]

    hub("actors", "pause", "inbox:tax-in", "--person", "王芳")
    eventually(lambda: state() == "paused", timeout_s=60)

    hub("actors", "resume", "inbox:tax-in", "--person", "王芳")
    eventually(lambda: state() != "paused", timeout_s=60)


def test_a_killed_hub_is_not_taken_for_a_running_one(hub, running):
    running.kill()
    running.wait(STOP_S)

    assert (hub.home / "var" / "work" / STATE_FILE).exists()
    assert hub.json("status")["hub"] is None


def test_signal_usr1_shows_where_every_thread_stands(hub, running):
    for _ in range(3000):  # once in a while it ended the hub
        running.send_signal(signal.SIGUSR1)
    running.send_signal(signal.SIGTERM)

    _, log = running.communicate(timeout=STOP_S)

    assert "Thread 0x" in log
    assert running.returncode == 0


def test_killing_the_hub_loses_no_file(hub, running):
    for number in range(1, 9):
        name = list_name(Source.COLLECTIONS, TUESDAY, number)
        content = list_bytes(Source.COLLECTIONS, [collection(f"R{number}")])
        (hub.home / "channels" / "tax-in" / name).write_bytes(content)
    eventually(lambda: hub.json("inbox", "list"), timeout_s=60)
    running.kill()
    running.wait(STOP_S)

    hub("run", "--once")

    files = hub.json("inbox", "list")
    assert sorted(f["name"] for f in files if f["state"] == "read") == [
        list_name(Source.COLLECTIONS, TUESDAY, n) for n in range(1, 9)
    ]
    assert {f["state"] for f in files} <= {"read", "duplicate"}


def test_a_run_once_says_with_its_exit_code_that_a_task_was_parked(hub):
    hub("actors", "revive", "nobody", "--person", "王芳")  # an order that cannot be obeyed

    once = hub.start("run", "--once")
    once.communicate(timeout=60)

    assert once.returncode == 1
    assert [task["step"] for task in hub.json("tasks", "list", "--state", "parked", expect=1)] == [
        "revive"
    ]
