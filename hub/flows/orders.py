"""What people order of the hub itself: try a parked task again; pause, resume, revive an actor.

Actors live in another process than the command line, so an order is a task like all work; the
journal keeps who gave it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

OPERATOR: Final = "operator"  # the queue, and the actor, that carry out orders


def retry(task_id: int, *, person: str | None, services: Services) -> Task:
    """Make a parked task due again with a clean record."""
    at = services.now()

    def unit(uow: UnitOfWork) -> Task:
        uow.tasks.retry(task_id, at=at)
        uow.journal.note("task.retried", f"task:{task_id}", at=at, actor="person", person=person)
        return uow.tasks.get(task_id)

    return services.store.transact(unit)


def give(order: str, *, actor: str, person: str, services: Services) -> Task:
    """Give an order about an actor; giving it twice before it is obeyed is giving it once."""
    at = services.now()

    def unit(uow: UnitOfWork) -> Task:
        task = uow.tasks.add(queue=OPERATOR, step=order, subject_id=actor, at=at)
        uow.journal.note(f"actor.{order}", f"actor:{actor}", at=at, actor="person", person=person)
        return task

    return services.store.transact(unit)
