"""Workers with real threads: crash and restart, poison, outages, pause, give-up, orderly stop."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from datetime import timedelta

from structlog.testing import capture_logs

from hub.actors.directory import Directory
from hub.actors.supervisor import RESTART_DELAYS_S
from hub.actors.worker import POSTPONE_S, STRIKES_MAX
from hub.errors import Rejected
from hub.store import engine
from hub.store.tasks import TaskState
from tests.actors.house import QUEUE, House, unavailable
from tests.deployments import make_services
from tests.waiting import eventually


def test_due_tasks_are_run_once_each_oldest_first(house):
    order = []
    house.add("note", *range(50))

    house.start(note=lambda task, _services: order.append(int(task.subject_id)))

    eventually(lambda: house.count(TaskState.DONE) == 50)
    assert order == list(range(50))


def test_a_task_is_not_run_before_it_is_due(house, clock):
    (later,) = house.add("note", 1, due_at=clock.now() + timedelta(hours=1))
    house.add("note", 2)
    house.start(note=lambda _task, _services: None)
    eventually(lambda: house.count(TaskState.DONE) == 1)
    assert house.get(later).state is TaskState.DUE

    clock.advance(hours=1)

    eventually(lambda: house.get(later).state is TaskState.DONE)


def test_a_bug_ends_the_actor_and_the_next_one_goes_on(house, alarms):
    calls = itertools.count()

    def fails_once(_task, _services):
        if next(calls) == 0:
            raise RuntimeError("a bug")

    house.add("fails_once", *range(3))
    house.start(fails_once=fails_once)

    eventually(lambda: house.count(TaskState.DONE) == 3)
    assert [actor for actor, _ in alarms.of("actor.died")] == [QUEUE]


def test_a_poisonous_task_is_parked_after_three_strikes_and_its_neighbours_finish(house):
    runs = []

    def step(task, _services):
        if task.subject_id == "poison":
            runs.append(task.id)
            raise RuntimeError("always")

    house.add("step", "before")
    (poison,) = house.add("step", "poison")
    house.add("step", *range(10))
    house.start(step=step)

    eventually(lambda: house.count(TaskState.DONE) == 11)
    eventually(lambda: house.get(poison).state is TaskState.PARKED)
    assert len(runs) == STRIKES_MAX
    assert "crashed its actor 3 times" in house.get(poison).note


def test_rejected_data_is_parked_at_once_and_ends_nobody(house, alarms):
    def refuse(_task, _services):
        raise Rejected("file_gone")

    (task,) = house.add("refuse", 1)
    house.start(refuse=refuse)

    eventually(lambda: house.get(task).state is TaskState.PARKED)
    assert house.get(task).note.startswith("file_gone: ")
    assert alarms.of("actor.died") == []


def test_an_unknown_step_is_parked_with_its_reason(house):
    (task,) = house.add("from_the_future", 1)
    house.start()

    eventually(lambda: house.get(task).state is TaskState.PARKED)
    assert "from_the_future" in house.get(task).note


def test_an_unavailable_partner_postpones_longer_each_time_and_costs_no_strike(house, clock):
    def try_later(_task, _services):
        raise unavailable()

    (task,) = house.add("try_later", 1)
    house.start(try_later=try_later)

    for number, delay_s in enumerate((*POSTPONE_S, POSTPONE_S[-1]), start=1):
        eventually(lambda n=number: house.get(task).postponements == n)
        found = house.get(task)
        assert (found.due_at - clock.now()).total_seconds() == delay_s
        assert found.strikes == 0
        clock.advance(seconds=delay_s)


def test_a_full_disk_postpones_and_costs_no_strike(house, clock, alarms, tmp_path):
    full = []

    def writes(task, _services):
        if not full:
            full.append(task.id)
            with open("/dev/full", "wb") as disk:  # noqa: PTH123 -- its flush fails when it is left
                disk.write(b"x")

    (task,) = house.add("writes", 1)
    house.start(writes=writes)
    eventually(lambda: house.get(task).postponements == 1)
    assert house.get(task).note.startswith("work_folder_unavailable")
    assert house.get(task).strikes == 0

    clock.advance(seconds=POSTPONE_S[0])

    eventually(lambda: house.get(task).state is TaskState.DONE)
    assert alarms.heard == []


def test_a_store_that_goes_away_again_and_again_parks_nothing_that_was_under_way(
    tmp_path, alarms, clock, monkeypatch
):
    monkeypatch.setattr(engine, "LOCK_WAIT_S", 0.01)
    monkeypatch.setattr(engine, "BACKOFF_S", 0.001)
    services = make_services(tmp_path, clock=clock)
    house = House(services, alarms)
    foreign = sqlite3.connect(
        services.settings.store.sqlite_file, isolation_level=None, check_same_thread=False
    )
    outages = 2 * STRIKES_MAX
    left = iter(range(outages))

    def is_caught_out(_task, _services):
        if next(left, None) is not None:
            foreign.execute("BEGIN EXCLUSIVE")

    (task,) = house.add("is_caught_out", 1)
    with capture_logs() as lines:
        house.start(is_caught_out=is_caught_out)
        for number in range(1, outages + 1):
            eventually(lambda n=number: outcomes(lines) == ["store_unavailable"] * n)
            foreign.execute("ROLLBACK")
        eventually(lambda: outcomes(lines)[-1] == "done")
    assert house.get(task).state is TaskState.DONE
    assert alarms.heard == []
    house.stop()
    foreign.close()
    services.store.close()


def outcomes(lines):
    return [line["outcome"] for line in list(lines) if line["event"] == "step.ended"]


def test_a_task_with_an_end_is_given_up_then(house, clock):
    def try_later(_task, _services):
        raise unavailable()

    (task,) = house.add("try_later", 1, give_up_at=clock.now() + timedelta(seconds=3))
    house.start(try_later=try_later)
    eventually(lambda: house.get(task).postponements == 1)
    clock.advance(seconds=4)

    eventually(lambda: house.get(task).state is TaskState.PARKED)
    assert house.get(task).note.startswith("given up; folder_unavailable")


def test_a_worker_that_always_crashes_is_given_up_with_its_work_still_due(house, alarms):
    def broken(_task, _services):
        raise RuntimeError("every task")

    house.add("broken", *range(10))
    house.start(delays_s=(0.0,) * len(RESTART_DELAYS_S), broken=broken)

    eventually(lambda: alarms.of("actor.given_up"))
    assert house.directory.is_given_up(QUEUE)
    assert house.count(TaskState.DUE) + house.count(TaskState.PARKED) == 10
    assert house.count(TaskState.DUE) >= 8


def test_a_revived_worker_takes_up_where_it_was_given_up(house, alarms):
    broken = threading.Event()
    broken.set()

    def step(_task, _services):
        if broken.is_set():
            raise RuntimeError("every task")

    house.add("step", *range(10))
    house.start(delays_s=(0.0,) * len(RESTART_DELAYS_S), step=step)
    eventually(lambda: alarms.of("actor.given_up"))
    broken.clear()

    assert house.directory.revive(QUEUE)

    eventually(lambda: house.count(TaskState.DUE) == 0)
    assert house.count(TaskState.DONE) >= 8


def test_a_paused_worker_begins_nothing_even_after_a_crash_until_it_is_resumed(house):
    begun, gate = threading.Event(), threading.Event()

    def step(task, _services):
        begun.set()
        gate.wait(10)
        if task.strikes == 0 and task.subject_id == "0":
            raise RuntimeError("dies while the pause waits")

    house.add("step", *range(5))
    house.start(step=step)
    assert begun.wait(10)
    first = house.child.ref
    house.directory.pause(QUEUE)
    gate.set()

    eventually(lambda: house.child.ref is not first and house.child.ref.is_alive())
    eventually(lambda: house.directory.states()[QUEUE] == "paused")
    assert house.count(TaskState.DONE) == 0
    house.directory.resume(QUEUE)
    eventually(lambda: house.count(TaskState.DONE) == 5)


def test_a_stop_under_load_finishes_what_was_begun_and_loses_nothing(house):
    begun = threading.Event()
    ran = []

    def step(task, _services):
        begun.set()
        ran.append(task.id)

    house.add("step", *range(500))
    house.start(step=step)
    assert begun.wait(10)

    house.stop()

    done, due = house.count(TaskState.DONE), house.count(TaskState.DUE)
    assert done == len(ran)
    assert done + due == 500
    assert due > 0
    house.directory = Directory()
    house.start(step=step)
    eventually(lambda: house.count(TaskState.DONE) == 500)
    assert len(ran) == len(set(ran)) == 500
