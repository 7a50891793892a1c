"""The loop every working actor shares: woken, take due tasks, run one step of each.

Three things can happen to a task besides success. Rejected data parks it for a person. An
unavailable partner, or a full disk, postpones it, longer each time. Any other error is a bug: it
ends this actor and the supervisor starts another. The strike recorded before the step began is
then still there, and after three of them the task is parked: it cannot end actors for ever. A
store that goes away in the middle leaves its strike too, which this worker does not count.

Small tasks in a row, of which nothing bad is known, share units: one in which all begin, one in
which all run and end. If that fails, nothing of it has happened, the starts are taken back and
each runs alone. If it ends the process, each has a strike, and what has a strike runs alone.
"""

from __future__ import annotations

import errno
import time
from collections import Counter
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final, assert_never

import pykka
from structlog.contextvars import bound_contextvars

from hub.actors.messages import Message, Pause, Resume, Wake
from hub.actors.supervisor import RESTARTS_MAX
from hub.errors import Rejected, Unavailable
from hub.logs import log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.actors.directory import Directory
    from hub.flows.services import Services, Step, Together
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

STRIKES_MAX: Final = 3
DISK_TROUBLE: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE}
)
"""What the system says of a disk, and of too many open files: no bug, and it may pass."""

POSTPONE_S: Final = (1, 5, 30, 120, 600, 1800)  # by how often the task was postponed already

if STRIKES_MAX >= RESTARTS_MAX:  # else one poisonous task could have its actor given up
    raise RuntimeError("STRIKES_MAX must be below RESTARTS_MAX")


class Worker(pykka.ThreadingActor):
    """Runs the due tasks of one queue, oldest first. Its name is its queue's name.

    `together` has the steps of `steps` that may share a unit.
    """

    def __init__(
        self,
        name: str,
        steps: Mapping[str, Step],
        services: Services,
        directory: Directory,
        *,
        together: Mapping[str, Together] | None = None,
    ) -> None:
        super().__init__()
        self._name = name
        self._steps = steps
        self._together = together or {}
        self._services = services
        self._directory = directory
        self._excused: Counter[int] = Counter()  # strikes by task that were the store's, not its
        self._log = log(name)

    def on_receive(self, message: Message) -> None:
        """Look for work, unless the message says to stop looking."""
        match message:
            case Wake() | Resume():
                self._directory.beat(self._name)
                with self._directory.at_work(self._name) as ours:
                    if ours:
                        self._drain()
            case Pause():
                self._log.info("actor.paused")
            case _:
                assert_never(message)

    def _drain(self) -> None:
        limit = self._services.settings.limits.drain_max
        try:
            with self._services.store.read() as uow:
                tasks = uow.tasks.due(self._name, self._services.now(), limit=limit)
            for may_share, some in groupby(tasks, self._may_share):
                if not self._run_all(list(some), together=may_share):
                    return
        except Unavailable as error:  # the store itself, or another has the lane: ticks try again
            self._log.warning("store.unavailable", code=error.code)
            return
        if tasks:
            self._directory.wake(self._name)  # there may be more; lets a pause or a stop in first
        else:
            self._directory.rest(self._name)

    def _may_share(self, task: Task) -> bool:
        return task.step in self._together and task.strikes == 0

    def _run_all(self, tasks: Sequence[Task], *, together: bool) -> bool:
        """Run tasks in order; False when there was an order to begin nothing more."""
        if together and self._may_begin() and self._run_together(tasks):
            return True
        for task in tasks:
            if not self._may_begin():
                return False
            self._run(task)
        return True

    def _may_begin(self) -> bool:
        self._directory.still_here(self._name)
        return self._directory.may_work(self._name)

    def _run_together(self, tasks: Sequence[Task]) -> bool:
        """Run tasks and end them in one unit; False, and nothing has happened, if one fails."""
        store, ids = self._services.store, [task.id for task in tasks]
        store.transact(lambda uow: uow.tasks.begin(*ids))
        begun_s = time.perf_counter()
        try:
            store.transact(lambda uow: self._unit(tasks, uow))
        except Exception as error:  # noqa: BLE001 -- a bug too shows itself again in the task alone
            self._log.info("steps.part", queue=self._name, tasks=ids, reason=repr(error))
            store.transact(lambda uow: uow.tasks.take_back(*ids))
            return False
        self._log.info(
            "steps.ended",
            queue=self._name,
            tasks=ids,
            duration_ms=round((time.perf_counter() - begun_s) * 1000),
        )
        return True

    def _unit(self, tasks: Sequence[Task], uow: UnitOfWork) -> None:
        for task in tasks:
            with bound_contextvars(trace=task.trace_id, task=task.id):
                self._together[task.step](task, uow, self._services)
        uow.tasks.finish(*(task.id for task in tasks), at=self._services.now())

    def _run(self, task: Task) -> None:
        store = self._services.store
        strikes = store.transact(lambda uow: uow.tasks.begin(task.id))
        begun_s = time.perf_counter()
        outcome = "crashed"
        with bound_contextvars(trace=task.trace_id, task=task.id):
            try:
                outcome = self._outcome(task, strikes - self._excused[task.id])
                del self._excused[task.id]
            except Unavailable:
                outcome = "store_unavailable"
                self._excused[task.id] += 1
                raise
            finally:
                crashed = outcome == "crashed"
                emit = self._log.error if crashed else self._log.info
                emit(
                    "step.ended",
                    queue=self._name,
                    step=task.step,
                    subject=task.subject_id,
                    strikes=strikes,
                    duration_ms=round((time.perf_counter() - begun_s) * 1000),
                    outcome=outcome,
                    exc_info=crashed,
                )

    def _outcome(self, task: Task, strikes: int) -> str:
        if strikes > STRIKES_MAX:
            return self._park(task, f"crashed its actor {STRIKES_MAX} times; see the log")
        if task.step not in self._steps:
            return self._park(task, f"no step is called {task.step}; is this hub older?")
        try:
            self._steps[task.step](task, self._services)
        except Rejected as error:
            return self._park(task, f"{error.code}: {error.explain('en')}")
        except Unavailable as error:
            return self._postpone(task, error)
        except OSError as error:
            if error.errno not in DISK_TROUBLE:
                raise
            return self._postpone(task, _disk(error))
        at = self._services.now()
        self._services.store.transact(lambda uow: uow.tasks.finish(task.id, at=at))
        return "done"

    def _park(self, task: Task, note: str) -> str:
        at = self._services.now()
        self._services.store.transact(lambda uow: uow.tasks.park(task.id, at=at, note=note))
        self._log.error("task.parked", step=task.step, subject=task.subject_id, note=note)
        return "parked"

    def _postpone(self, task: Task, error: Unavailable) -> str:
        now = self._services.now()
        note = f"{error.code}: {error.explain('en')}"
        if task.give_up_at is not None and now >= task.give_up_at:
            return self._park(task, f"given up; {note}")
        delay_s = POSTPONE_S[min(task.postponements, len(POSTPONE_S) - 1)]
        until = now + timedelta(seconds=delay_s)
        self._services.store.transact(
            lambda uow: uow.tasks.postpone(task.id, until=until, note=note)
        )
        return "postponed"


def _disk(error: OSError) -> Unavailable:
    return Unavailable("work_folder_unavailable", reason=error.strerror or str(error))
