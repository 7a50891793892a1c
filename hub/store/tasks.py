"""Tasks (待办): which step is due for what. The queue of every actor is in this table."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, func, select, text

from hub.errors import Rejected, Unavailable
from hub.store.bulk_writes import insert_rows
from hub.store.schema.spine import tasks
from hub.store.task_rows import Task, TaskState
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

__all__ = ["Task", "TaskState", "Tasks"]

_FRESH = (
    "queue", "step", "subject_id", "state", "due_at", "strikes", "postponements", "asked",
    "added_at",
)  # fmt: skip
_SELECTED = tuple(tasks.c[field.name] for field in fields(Task))
_STILL = text("state <> 'done'")  # in the words of the indexes over open tasks

# what every task is asked, built once: to build a statement takes longer than to run it
_DUE: Final = (
    select(*_SELECTED)
    .where(
        tasks.c.queue == bindparam("of"),
        tasks.c.state == TaskState.DUE.value,
        tasks.c.due_at <= bindparam("now"),
    )
    .order_by(tasks.c.due_at, tasks.c.id)
    .limit(bindparam("most"))
)
_THESE: Final = tasks.update().where(
    tasks.c.id.in_(bindparam("these", expanding=True)), tasks.c.state == TaskState.DUE.value
)
_BEGIN: Final = _THESE.values(strikes=tasks.c.strikes + 1, begun=tasks.c.asked).returning(
    tasks.c.strikes
)
_TAKE_BACK: Final = _THESE.where(tasks.c.strikes > 0).values(
    strikes=tasks.c.strikes - 1, begun=None
)
_AGAIN: Final = tasks.c.asked > func.coalesce(tasks.c.begun, tasks.c.asked)
_FINISH: Final = _THESE.values(
    state=case((_AGAIN, TaskState.DUE.value), else_=TaskState.DONE.value),
    ended_at=case((_AGAIN, None), else_=bindparam("ended", type_=tasks.c.ended_at.type)),
    strikes=0,
    begun=None,
)


class Tasks:
    """The tasks that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        queue: str,
        step: str,
        subject_id: str,
        at: datetime,
        due_at: datetime | None = None,
        give_up_at: datetime | None = None,
        trace_id: str | None = None,
    ) -> Task:
        """Ask for a step; what is asked for again while it is open stays one task.

        It is then due at the earlier of both times, a parked one with a clean record, and one
        that runs just now is run once more.
        """
        is_new = insert_new(
            self._connection,
            tasks,
            queue=queue, step=step, subject_id=subject_id, state=TaskState.DUE.value,
            due_at=due_at or at, give_up_at=give_up_at, strikes=0, postponements=0, asked=1,
            trace_id=trace_id, added_at=at,
        )  # fmt: skip
        c = tasks.c
        mine = _named(queue, step, subject_id)
        is_open = c.state != TaskState.DONE.value
        if not is_new:
            self._ask_again(*mine, is_open, due_at=due_at or at)
        return self._one(select(*_SELECTED).where(*mine, is_open))

    def add_fresh(self, *, queue: str, step: str, subject_ids: Sequence[str], at: datetime) -> None:
        """Ask for a step for many subjects that are new, so that none can have a task yet."""
        rows = [
            (queue, step, subject_id, TaskState.DUE.value, at, 0, 0, 1, at)
            for subject_id in subject_ids
        ]
        insert_rows(self._connection, tasks, _FRESH, rows)

    def due(self, queue: str, now: datetime, *, limit: int) -> list[Task]:
        """Return the tasks of a queue that are due, the longest due first."""
        found = self._connection.execute(_DUE, {"of": queue, "now": now, "most": limit})
        return [Task.from_row(row) for row in found]

    def begin(self, *task_ids: int) -> int:
        """Note that tasks are started, and return the most strikes of any, with this one.

        The strike is committed before the step runs; only its end takes it back.
        """
        begun = self._connection.execute(_BEGIN, {"these": task_ids}).scalars().all()
        _require_all(len(begun), task_ids)
        return int(max(begun))

    def take_back(self, *task_ids: int) -> None:
        """Note that tasks were not started after all: it costs them no strike."""
        self._connection.execute(_TAKE_BACK, {"these": task_ids})

    def finish(self, *task_ids: int, at: datetime) -> None:
        """Note that steps were done; what was asked for meanwhile is due once more."""
        done = self._connection.execute(_FINISH, {"these": task_ids, "ended": at})
        _require_all(done.rowcount, task_ids)

    def postpone(self, task_id: int, *, until: datetime, note: str) -> None:
        """Put a task off because somebody is not ready; the start costs no strike."""
        c = tasks.c
        put_off = self._connection.execute(
            tasks.update()
            .where(c.id == task_id, c.state == TaskState.DUE.value)
            .values(
                due_at=until,
                note=note,
                postponements=c.postponements + 1,
                strikes=case((c.strikes > 0, c.strikes - 1), else_=0),
                begun=None,
            )
        )
        _require_all(put_off.rowcount, [task_id])

    def park(self, task_id: int, *, at: datetime, note: str) -> None:
        """Set a task aside for a person; its step may have done so itself, in fewer words."""
        c = tasks.c
        parked = self._set_aside(c.id == task_id, c.state != TaskState.DONE.value, at=at, note=note)
        _require_all(parked, [task_id])

    def park_for(self, *, queue: str, step: str, subject_id: str, at: datetime, note: str) -> None:
        """Set the task of a subject aside in the unit that says why, whoever runs it just now.

        So nobody but a person can make it due again, wherever the process dies.
        """
        mine = _named(queue, step, subject_id)
        self._set_aside(*mine, tasks.c.state == TaskState.DUE.value, at=at, note=note)

    def retry(self, task_id: int, *, at: datetime) -> None:
        """Make a parked task due again with a clean record; `Rejected` when it is not parked."""
        c = tasks.c
        parked = (c.id == task_id, c.state == TaskState.PARKED.value)
        if self._ask_again(*parked, due_at=at) != 1:
            found = self.get(task_id)
            raise Rejected("task_not_parked", id=task_id, state=found.state.value)

    def hurry(self, step: str, at: datetime) -> None:
        """Make every postponed task of a step due now: what it waited for is there."""
        self._connection.execute(
            tasks.update()
            .where(tasks.c.step == step, tasks.c.state == "due", tasks.c.postponements > 0)
            .values(due_at=at, postponements=0)
        )

    def get(self, task_id: int) -> Task:
        """Return one task; `Rejected` when there is none."""
        found = self._all(select(*_SELECTED).where(tasks.c.id == task_id))
        if not found:
            raise Rejected("task_missing", id=task_id)
        return found[0]

    def list(
        self, *, state: TaskState | None = None, queue: str | None = None, limit: int = 100
    ) -> list[Task]:
        """Return tasks, the latest first."""
        c = tasks.c
        query = select(*_SELECTED).order_by(c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(c.state == state.value)
        if queue is not None:
            query = query.where(c.queue == queue)
        return list(self._all(query))

    def exists(self, *, queue: str, step: str, subject_id: str) -> bool:
        """Tell whether a task was ever added, whatever became of it."""
        c = tasks.c
        mine = _named(queue, step, subject_id)
        return self._connection.execute(select(c.id).where(*mine).limit(1)).first() is not None

    def backlog(self) -> dict[str, dict[str, int]]:
        """Return how many tasks each queue has in each state."""
        c = tasks.c
        query = select(c.queue, c.state, func.count()).group_by(c.queue, c.state)
        counts: dict[str, dict[str, int]] = {}
        for queue, state, count in self._connection.execute(query):
            counts.setdefault(queue, {})[state] = count
        return counts

    def due_counts(self, *queues: str) -> dict[str, int]:
        """Return how many tasks some queues have to do (all, if none is named).

        For who asks all the time: what is done is not counted, and not read.
        """
        c = tasks.c
        wanted = [c.queue.in_(queues)] if queues else []
        query = select(c.queue, func.count()).where(*wanted, _STILL, c.state == TaskState.DUE.value)
        rows = self._connection.execute(query.group_by(c.queue))
        return {queue: int(count) for queue, count in rows}

    def parked_count(self) -> int:
        """Return how many tasks wait for a person."""
        query = select(func.count()).where(_STILL, tasks.c.state == TaskState.PARKED.value)
        return int(self._connection.execute(query.select_from(tasks)).scalar_one())

    def next_due_at(self, *, fresh: bool = False) -> datetime | None:
        """Return when the next task of any queue is due; it may be past.

        `fresh`: of those only that were never postponed.
        """
        c = tasks.c
        query = select(func.min(c.due_at)).where(_STILL, c.state == TaskState.DUE.value)
        if fresh:
            query = query.where(c.postponements == 0)
        found: datetime | None = self._connection.execute(query).scalar_one()
        return found

    def _ask_again(self, *which: ColumnElement[bool], due_at: datetime) -> int:
        c = tasks.c
        was_parked = c.state == TaskState.PARKED.value
        return self._connection.execute(
            tasks.update()
            .where(*which)
            .values(
                state=TaskState.DUE.value,
                ended_at=None,
                due_at=case((was_parked | (c.due_at > due_at), due_at), else_=c.due_at),
                strikes=case((was_parked, 0), else_=c.strikes),
                postponements=case((was_parked, 0), else_=c.postponements),
                asked=c.asked + 1,
            )
        ).rowcount

    def _set_aside(self, *which: ColumnElement[bool], at: datetime, note: str) -> int:
        parked = {"state": TaskState.PARKED.value, "ended_at": at, "note": note, "begun": None}
        return self._connection.execute(tasks.update().where(*which).values(parked)).rowcount

    def _one(self, query: Select[Any]) -> Task:
        return Task.from_row(self._connection.execute(query).one())

    def _all(self, query: Select[Any]) -> Sequence[Task]:
        return [Task.from_row(row) for row in self._connection.execute(query)]


def _named(queue: str, step: str, subject_id: str) -> tuple[ColumnElement[bool], ...]:
    return tasks.c.queue == queue, tasks.c.step == step, tasks.c.subject_id == subject_id


def _require_all(changed: int, task_ids: Sequence[int]) -> None:
    if changed != len(task_ids):
        raise Unavailable("task_not_due", id=task_ids[0])
