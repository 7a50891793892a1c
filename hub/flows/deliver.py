"""Bytes go out: one channel's outbox, in order, each file once.

Sending is not a transaction with the other side, so its outcome may be unknown. The rule is:
look before sending again. What is there with our bytes was delivered; what is not there is sent;
other bytes under our name stop the lane until a person has settled it. Nothing is overwritten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.lanes import delivery_lane
from hub.errors import DeliveryUnknown, Place, Rejected, Unavailable
from hub.flows import restored
from hub.flows.outgoing import DELIVER
from hub.flows.payout_sending import (
    OUTCOME_UNKNOWN,
    batch_facts,
    is_too_late,
    note_delivered,
    was_answered,
)
from hub.store.outbox import ENDED, OutboxState

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing
    from hub.store.tasks import Task

LANE_MAX: Final = 100  # files of one lane that one task may deliver before its own


def deliver(task: Task, services: Services) -> None:
    """Deliver the outgoing file that the task names, after all that stand before it.

    A second run finds it delivered, or withdrawn, and does nothing.
    `Rejected("delivery_name_conflict")` parks the task; an operator who has settled the matter
    retries it, and the hub looks again. What stops a file before it, parks that file's own task.
    """
    restored.before_leaving(services)
    for _ in range(LANE_MAX):
        with services.store.read() as uow:
            own = uow.outbox.get(int(task.subject_id))
            head = uow.outbox.next(own.channel)
        if own.state in ENDED or head is None:
            return
        if head.state is OutboxState.BLOCKED and head.id != own.id:
            raise _lane_blocked(head)
        try:
            _deliver(head, services)
        except Rejected as error:
            if head.id == own.id:
                raise
            raise _lane_blocked(head) from error
    raise Unavailable("delivery_lane_long", channel=own.channel)


def _lane_blocked(head: Outgoing) -> Unavailable:
    return Unavailable("delivery_lane_blocked", channel=head.channel, name=head.file_name)


def found_delivered(outgoing: Outgoing, services: Services, *, note: str) -> None:
    """Note that a file is at the other side, as something else than an attempt has proved."""
    _mark(outgoing, OutboxState.DELIVERED, services, note=note)


def _deliver(outgoing: Outgoing, services: Services) -> None:
    if outgoing.state is not OutboxState.READY and _is_there(outgoing, services):
        _mark(outgoing, OutboxState.DELIVERED, services, note="was there already")
        return
    # whatever became of an attempt: only a person sends what is late, by retrying what is blocked
    if outgoing.state is not OutboxState.BLOCKED and is_too_late(outgoing, services):
        _mark(outgoing, OutboxState.BLOCKED, services, note="payout_deadline_passed")
        raise Rejected("payout_deadline_passed", place=Place(file=outgoing.file_name))
    if outgoing.state is not OutboxState.SENDING:
        _mark(outgoing, OutboxState.SENDING, services)
    try:
        restored.note_leaving(outgoing, services, batch_facts(outgoing, services))
        _send(outgoing, services)
    except DeliveryUnknown as error:
        _mark(outgoing, OutboxState.UNKNOWN, services, note=error.code)
        raise
    except Unavailable as error:  # the channel promises that nothing arrived
        _mark(outgoing, OutboxState.READY, services, note=error.code)
        raise
    except Rejected as error:
        _mark(outgoing, OutboxState.BLOCKED, services, note=error.code)
        raise
    _mark(outgoing, OutboxState.DELIVERED, services)


def _is_there(outgoing: Outgoing, services: Services) -> bool:
    """Look at the other side; what cannot be told apart stops the lane for a person."""
    found = services.channels[outgoing.channel].fingerprint(outgoing.file_name)
    if found == outgoing.content_sha256:
        return True
    asked_to_retry = outgoing.state is OutboxState.BLOCKED
    may_be_taken = services.settings.channels[outgoing.channel].partner_removes
    if found is None and may_be_taken and outgoing.attempts and was_answered(outgoing, services):
        return True
    if found is None and (asked_to_retry or not may_be_taken):
        return False
    code = OUTCOME_UNKNOWN if found is None else "delivery_name_conflict"
    if not asked_to_retry:
        _mark(outgoing, OutboxState.BLOCKED, services, note=code)
    raise Rejected(code, place=Place(file=outgoing.file_name))


def _send(outgoing: Outgoing, services: Services) -> None:
    with services.archive.open(outgoing.content_sha256) as content:
        services.channels[outgoing.channel].put(
            outgoing.file_name, content, sha256=outgoing.content_sha256
        )


def _mark(
    outgoing: Outgoing, state: OutboxState, services: Services, *, note: str | None = None
) -> None:
    """Commit the new state and, in the same unit, the journal's row.

    An attempt has one too: a store that has gone back to before it is found out.
    """
    at, lane = services.now(), delivery_lane(outgoing.channel)

    def unit(uow: UnitOfWork) -> None:
        uow.outbox.mark(outgoing.id, state, at=at, note=note)
        uow.journal.note(
            f"delivery.{state.value}",
            f"outbox:{outgoing.id}",
            at=at,
            actor=lane,
            name=outgoing.file_name,
            sha256=outgoing.content_sha256,
            note=note,
        )
        if state is OutboxState.DELIVERED:
            note_delivered(outgoing, services, uow, at=at)
        if state is OutboxState.BLOCKED:  # from now on whoever makes it due again has been asked
            uow.tasks.park_for(
                queue=lane, step=DELIVER, subject_id=str(outgoing.id), at=at, note=str(note)
            )

    services.store.transact(unit)
    if state is OutboxState.DELIVERED:
        restored.note_delivered(outgoing, services)
