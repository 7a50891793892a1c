"""Tasks that share a unit: all of them or none, in order, and a bad one takes nobody along."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hub.actors.directory import Directory
from hub.actors.messages import Wake
from hub.actors.worker import STRIKES_MAX, Worker
from hub.errors import Rejected
from hub.store.tasks import TaskState
from tests.actors.dying import KILLED
from tests.actors.house import QUEUE, unavailable
from tests.conftest import ROOT


class Work:
    """A step in both forms; what it does is a row in the journal, so that it can be undone."""

    def __init__(self, *, wrong="", error=None) -> None:
        self.wrong, self.error, self.error_alone = wrong, error, error
        self.units, self.alone_ran = [], []

    def together(self, task, uow, services):
        self.units.append(uow)
        self._do(task, uow, services, self.error)

    def alone(self, task, services):
        self.alone_ran.append(task.subject_id)
        services.store.transact(lambda uow: self._do(task, uow, services, self.error_alone))

    def _do(self, task, uow, services, error):
        subject = f"test:{task.subject_id}"
        uow.journal.note("test.done", subject, at=services.now(), actor="test")
        if task.subject_id == self.wrong and error is not None:
            raise error


def worker(house, work, **more):
    together = {"do": work.together}
    return Worker(QUEUE, {"do": work.alone, **more}, house.services, Directory(), together=together)


def life(one):
    """Let a worker look for work once; True when it survived."""
    one._directory.beat(QUEUE)
    try:
        one.on_receive(Wake())
    except RuntimeError:
        return False
    return True


def done(house):
    with house.services.store.read() as uow:
        entries = uow.journal.after(0, limit=1000)
    return [e.subject.removeprefix("test:") for e in entries if e.event == "test.done"]


def test_they_run_in_order_in_one_unit_that_also_ends_them(house):
    work = Work()
    house.add("do", *range(10))

    assert life(worker(house, work))

    assert len({id(uow) for uow in work.units}) == 1
    assert done(house) == [str(n) for n in range(10)]
    assert house.count(TaskState.DONE) == 10
    assert work.alone_ran == []


def test_a_task_of_another_step_keeps_its_place_between_them(house):
    work, order = Work(), []
    house.add("do", 0, 1)
    house.add("other", 2)
    house.add("do", 3)

    assert life(worker(house, work, other=lambda *_: order.extend(done(house))))

    assert order == ["0", "1"]
    assert done(house) == ["0", "1", "3"]


def test_one_that_is_refused_takes_nobody_along_and_the_order_stays(house):
    work = Work(wrong="4", error=Rejected("file_gone"))
    tasks = house.add("do", *range(10))

    assert life(worker(house, work))

    assert done(house) == [str(n) for n in range(10) if n != 4]
    assert work.alone_ran == [str(n) for n in range(10)]
    assert house.get(tasks[4]).state is TaskState.PARKED
    assert house.count(TaskState.DONE) == 9


def test_a_failed_unit_costs_no_strike(house):
    work = Work(wrong="1", error=unavailable())
    tasks = house.add("do", *range(3))

    assert life(worker(house, work))

    postponed = house.get(tasks[1])
    assert (postponed.postponements, postponed.strikes) == (1, 0)


def test_what_a_step_does_by_itself_is_what_counts_when_only_the_shared_unit_fails(house):
    work = Work(wrong="2", error=RuntimeError("too much at once"))
    work.error_alone = None
    house.add("do", *range(5))

    assert life(worker(house, work))

    assert done(house) == [str(n) for n in range(5)]
    assert house.count(TaskState.DONE) == 5


def test_a_bug_is_parked_after_three_strikes_of_its_own(house):
    work = Work(wrong="3", error=RuntimeError("always"))
    tasks = house.add("do", *range(8))
    survived = [life(worker(house, work)) for _ in range(STRIKES_MAX + 2)]

    assert survived.count(False) == STRIKES_MAX
    assert work.alone_ran.count("3") == STRIKES_MAX
    assert house.get(tasks[3]).state is TaskState.PARKED
    assert sorted(done(house)) == [str(n) for n in range(8) if n != 3]


def test_what_is_asked_for_while_it_runs_is_run_once_more(house):
    class Asking(Work):
        def together(self, task, uow, services):
            super().together(task, uow, services)
            if len(self.units) == 1:
                uow.tasks.add(queue=QUEUE, step="do", subject_id="0", at=services.now())

    work = Asking()
    house.add("do", 0, 1)

    assert all(life(worker(house, work)) for _ in range(2))

    assert done(house) == ["0", "1", "0"]


def test_what_somebody_ended_meanwhile_undoes_the_unit(house):
    class Ending(Work):
        def together(self, task, uow, services):
            super().together(task, uow, services)
            if task.subject_id == "1":
                uow.tasks.park_for(
                    queue=QUEUE, step="do", subject_id="0", at=services.now(), note="by a person"
                )

    work = Ending()
    house.add("do", 0, 1)

    assert life(worker(house, work))

    assert done(house) == ["0", "1"]
    assert work.alone_ran == ["0", "1"]
    assert house.count(TaskState.DONE) == 2


@pytest.mark.slow
def test_a_process_that_dies_in_a_shared_unit_leaves_nothing_but_strikes(house, tmp_path):
    subjects = ["a", "b", "poison", "c", "d"]
    tasks = house.add("do", *subjects)
    poison = tasks[2]
    file = house.services.settings.store.sqlite_file

    assert live(tmp_path / "1", file) == KILLED
    assert done(house) == []  # a and b had run, and are undone
    assert [house.get(task).strikes for task in tasks] == [1] * 5

    assert live(tmp_path / "2", file) == KILLED
    assert done(house) == ["a", "b"]  # what has a strike runs alone
    assert [house.get(task).strikes for task in tasks] == [0, 0, 2, 1, 1]

    assert live(tmp_path / "3", file) == KILLED
    assert live(tmp_path / "4", file) == 0
    assert house.get(poison).state is TaskState.PARKED
    assert done(house) == ["a", "b", "c", "d"]
    assert house.count(TaskState.DONE) == 4


def live(home, file):
    words = [sys.executable, "-m", "tests.actors.dying", str(home), str(file)]
    return subprocess.run(words, cwd=ROOT, check=False, capture_output=True).returncode
