"""Messages come in: kept and made due in one unit for a whole batch, acknowledged after it.

Nothing is understood here. What a message means is the business of the step that is due for it;
so a message can only be lost before it is committed, and then the road brings it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.message_topology import task_of
from hub.logs import log
from hub.store.quarantine import QuarantineState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.flows.services import Services
    from hub.ports import Message
    from hub.store.engine import UnitOfWork
    from hub.store.message_arrivals import Arrived

SECURITY: frozenset[str] = frozenset({"message_id_reused"})
"""Reasons that somebody may be forging messages, and not only writing bad ones."""


def take_in(
    road: str, queue: str, messages: Sequence[Message], services: Services
) -> frozenset[str]:
    """Keep a batch and return the task queues that have work now.

    Called with nothing it only finds out whether the store is there: `Unavailable` if not.
    """
    if not messages:
        with services.store.read() as uow:
            uow.tasks.next_due_at()
        return frozenset()
    at = services.now()

    def unit(uow: UnitOfWork) -> tuple[Arrived, frozenset[str]]:
        arrived = uow.message_arrivals.take(road, queue, messages, at=at)
        due: dict[tuple[str, str], list[str]] = {}
        for row, key in arrived.new:
            due.setdefault(task_of(key), []).append(str(row))
        for (task_queue, step), subjects in due.items():
            uow.tasks.add_fresh(queue=task_queue, step=step, subject_ids=subjects, at=at)
        for message_id, reason in arrived.quarantined:
            kind = "security" if reason in SECURITY else "message"
            uow.journal.note(
                f"{kind}.quarantined", f"road:{road}", at=at, actor=f"listen:{road}",
                queue=queue, message=message_id, reason=reason,
            )  # fmt: skip
        return arrived, frozenset(task_queue for task_queue, _ in due)

    arrived, woken = services.store.transact(unit)
    if arrived.quarantined:
        log(f"listen:{road}").error(
            "message.quarantined", queue=queue, reasons=sorted({r for _, r in arrived.quarantined})
        )
    return woken


def redrive(quarantine_id: int, *, person: str, services: Services) -> str:
    """Let a quarantined message be tried again, by a person's decision; returns what is due.

    One that was received whole and refused is handled anew; one that never got so far is
    received as if it had just come, under the rules for all: what has had its effect has no
    second one.
    """
    at = services.now()

    def unit(uow: UnitOfWork) -> str:
        found = uow.quarantine.get(quarantine_id)
        uow.quarantine.end(quarantine_id, QuarantineState.REDRIVEN, person=person, at=at)
        uow.journal.note(
            "message.redriven", f"quarantine:{quarantine_id}", at=at, actor="person",
            person=person, message=found.message_id, reason=found.reason,
        )  # fmt: skip
        if found.message_in is not None:
            row, key = found.message_in, found.key
            uow.messages.reopen(row, at=at)
        else:
            queue = found.key.partition(".")[0] + ".redriven"
            arrived = uow.message_arrivals.take(found.road, queue, [found.message], at=at)
            if not arrived.new:
                return "repeat" if arrived.repeats else arrived.quarantined[0][1]
            row, key = arrived.new[0]
        task_queue, step = task_of(key)
        uow.tasks.add(queue=task_queue, step=step, subject_id=str(row), at=at)
        return f"{task_queue}/{step}"

    return services.store.transact(unit)


def drop(quarantine_id: int, *, person: str, services: Services) -> None:
    """Settle a quarantined message without any effect; it stays readable."""
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        found = uow.quarantine.get(quarantine_id)
        uow.quarantine.end(quarantine_id, QuarantineState.DROPPED, person=person, at=at)
        uow.journal.note(
            "message.dropped", f"quarantine:{quarantine_id}", at=at, actor="person",
            person=person, message=found.message_id, reason=found.reason, sha256=found.sha256,
        )  # fmt: skip

    services.store.transact(unit)
