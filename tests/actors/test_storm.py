"""Workers under load, and the one line that each step leaves."""

from __future__ import annotations

import threading

import structlog

from hub.errors import Rejected
from hub.store.tasks import TaskState
from tests.actors.house import QUEUE, unavailable
from tests.waiting import eventually


def test_each_step_leaves_one_line_with_its_trace_duration_and_outcome(house):
    def crash(_task, _services):
        raise RuntimeError("a bug")

    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as lines:
        house.add("fine", "a", trace_id="t-1")
        house.add("crash", "b", trace_id="t-2")
        house.start(fine=lambda _t, _s: None, crash=crash)
        eventually(lambda: sum(line["event"] == "step.ended" for line in lines) == 5)

    ended = [line for line in lines if line["event"] == "step.ended"]
    fine = [line for line in ended if line["subject"] == "a"]
    assert len(fine) == 1
    assert fine[0]["outcome"] == "done"
    assert fine[0]["trace"] == "t-1"
    assert fine[0]["queue"] == QUEUE
    assert fine[0]["duration_ms"] >= 0
    crashes = [line["outcome"] for line in ended if line["subject"] == "b"]
    assert crashes == ["crashed"] * 3 + ["parked"]
    assert {line["trace"] for line in ended if line["subject"] == "b"} == {"t-2"}


class Weather:
    """A step that goes wrong in every way: poison, wrong data, bugs and outages that pass."""

    def __init__(self) -> None:
        self.bugs = set(range(100, 900, 100))
        self.outages = set(range(7, 2000, 33))
        self.lock = threading.Lock()

    def step(self, task, _services):
        number = int(task.subject_id)
        if number == 50:
            raise RuntimeError("poison")
        if number % 100 == 99:
            raise Rejected("file_gone")
        if self.happens_once(self.bugs, number):
            raise RuntimeError("a bug that happens once")
        if self.happens_once(self.outages, number):
            raise unavailable()

    def happens_once(self, numbers, number):
        with self.lock:
            there = number in numbers
            numbers.discard(number)
            return there


def test_a_storm_of_two_thousand_tasks_ends_with_every_one_accounted_for(house):
    enough = threading.Event()

    def spam():
        while not enough.wait(0.0005):
            house.directory.wake(QUEUE)
            depth = house.child.ref.actor_inbox.qsize() if house.child.ref else 0
            house.depth_max = max(house.depth_max, depth)

    def move_clock():
        while not enough.wait(0.02):
            house.services.clock.advance(seconds=1)

    house.add("step", *range(2000))
    house.start(step=Weather().step)
    threads = [threading.Thread(target=f) for f in (spam, spam, move_clock)]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: house.count(TaskState.DUE) == 0, timeout_s=120)
    finally:
        enough.set()
        for thread in threads:
            thread.join(10)

    assert house.count(TaskState.PARKED) == 21  # the poison and twenty rejected
    assert house.count(TaskState.DONE) == 1979
    assert house.depth_max <= 1
