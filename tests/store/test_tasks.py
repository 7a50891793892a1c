"""Tasks: there once while open, due in order, struck, postponed, parked, retried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.errors import Rejected, Unavailable
from hub.store.tasks import TaskState

HOUR = timedelta(hours=1)


@pytest.fixture
def do(store):
    """Run one unit of work: `do(lambda uow: ...)`."""
    return store.transact


@pytest.fixture
def add(do, now):
    def add(subject="1", *, queue="q", step="s", at=now, **options):
        return do(
            lambda u: u.tasks.add(queue=queue, step=step, subject_id=subject, at=at, **options)
        )

    return add


def test_a_task_keeps_what_it_was_added_with(add, do, now):
    task = add("7", due_at=now + HOUR, give_up_at=now + 2 * HOUR, trace_id="t")

    assert do(lambda u: u.tasks.get(task.id)) == task
    assert (task.queue, task.step, task.subject_id, task.trace_id) == ("q", "s", "7", "t")
    assert (task.state, task.due_at, task.give_up_at) == (TaskState.DUE, now + HOUR, now + 2 * HOUR)
    assert (task.strikes, task.postponements, task.added_at) == (0, 0, now)


def test_work_asked_for_again_is_due_at_the_earlier_time(add, now):
    later = add(due_at=now + HOUR)
    sooner = add()
    again = add(due_at=now + 2 * HOUR)

    assert later.id == sooner.id == again.id
    assert again.due_at == now


def test_done_work_can_be_asked_for_anew(add, do, now):
    first = add()
    do(lambda u: u.tasks.finish(first.id, at=now))

    second = add()

    assert second.id != first.id
    assert do(lambda u: u.tasks.get(first.id)).ended_at == now


def test_work_asked_for_while_it_runs_is_done_once_more(add, do, now):
    task = add()
    do(lambda u: u.tasks.begin(task.id))
    add()  # a file came meanwhile, which the running step may not have seen

    do(lambda u: u.tasks.finish(task.id, at=now))

    assert do(lambda u: u.tasks.get(task.id)).state is TaskState.DUE
    do(lambda u: u.tasks.begin(task.id))
    do(lambda u: u.tasks.finish(task.id, at=now))
    assert do(lambda u: u.tasks.get(task.id)).state is TaskState.DONE


def test_a_parked_task_asked_for_again_is_due_with_a_clean_record(add, do, now):
    task = add()
    do(lambda u: u.tasks.begin(task.id))
    do(lambda u: u.tasks.park(task.id, at=now, note="why"))

    again = add(at=now + HOUR)

    assert again.id == task.id
    assert (again.state, again.strikes, again.due_at) == (TaskState.DUE, 0, now + HOUR)


def test_due_tasks_come_oldest_first_and_only_from_their_queue(add, do, now):
    add("late", due_at=now + HOUR)
    second, first = add("b", due_at=now), add("a", due_at=now - HOUR)
    third = add("c", due_at=now)
    add("other", queue="elsewhere")

    def due(at, limit=9):
        return [t.id for t in do(lambda u: u.tasks.due("q", at, limit=limit))]

    assert due(now) == [first.id, second.id, third.id]
    assert due(now, limit=2) == [first.id, second.id]
    assert len(due(now + HOUR)) == 4


def test_a_strike_stays_after_a_crash_and_a_postponement_takes_back_only_its_own(add, do, now):
    task = add()
    assert do(lambda u: u.tasks.begin(task.id)) == 1  # and the step crashes
    assert do(lambda u: u.tasks.begin(task.id)) == 2

    do(lambda u: u.tasks.postpone(task.id, until=now + HOUR, note="busy"))

    found = do(lambda u: u.tasks.get(task.id))
    assert (found.strikes, found.postponements, found.due_at) == (1, 1, now + HOUR)
    assert found.note == "busy"


def test_a_parked_task_is_not_due_until_a_person_retries_it(add, do, now):
    task = add()
    do(lambda u: u.tasks.park(task.id, at=now, note="why"))
    assert do(lambda u: u.tasks.due("q", now, limit=9)) == []

    do(lambda u: u.tasks.retry(task.id, at=now + HOUR))

    found = do(lambda u: u.tasks.get(task.id))
    assert (found.state, found.due_at, found.ended_at) == (TaskState.DUE, now + HOUR, None)


def test_only_a_parked_task_can_be_retried(add, do, now):
    task = add()
    with pytest.raises(Rejected, match="is due, not parked"):
        do(lambda u: u.tasks.retry(task.id, at=now))
    with pytest.raises(Rejected, match="no task 99"):
        do(lambda u: u.tasks.retry(99, at=now))


@pytest.mark.parametrize("act", ["begin", "finish", "park", "postpone"])
def test_what_another_process_has_ended_meanwhile_is_left_alone(add, do, now, act):
    task = add()
    do(lambda u: u.tasks.finish(task.id, at=now))
    acts = {
        "begin": lambda u: u.tasks.begin(task.id),
        "finish": lambda u: u.tasks.finish(task.id, at=now),
        "park": lambda u: u.tasks.park(task.id, at=now, note=""),
        "postpone": lambda u: u.tasks.postpone(task.id, until=now, note=""),
    }

    with pytest.raises(Unavailable, match="no longer due"):
        do(acts[act])


def test_lists_counts_and_memory(add, do, now):
    one, two = add("1"), add("2", due_at=now - HOUR)
    add("3", queue="other", due_at=now - 2 * HOUR)
    do(lambda u: u.tasks.finish(one.id, at=now))

    assert [t.id for t in do(lambda u: u.tasks.list(queue="q"))] == [two.id, one.id]
    assert [t.id for t in do(lambda u: u.tasks.list(state=TaskState.DONE))] == [one.id]
    assert len(do(lambda u: u.tasks.list(limit=2))) == 2
    assert do(lambda u: u.tasks.backlog()) == {"q": {"due": 1, "done": 1}, "other": {"due": 1}}
    assert do(lambda u: u.tasks.next_due_at()) == now - 2 * HOUR
    assert do(lambda u: u.tasks.exists(queue="q", step="s", subject_id="1"))
    assert not do(lambda u: u.tasks.exists(queue="q", step="other", subject_id="1"))


def test_nothing_due_has_no_time(do):
    assert do(lambda u: u.tasks.next_due_at()) is None
