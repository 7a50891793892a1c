"""The order of another region's messages: what is missing is asked for, and its absence told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named
from hub.domain.discrepancy import Difference, Ending, Event, Level, key_of, worded
from hub.domain.region_message import RESEND
from hub.errors import Rejected
from hub.flows.events import open_event
from hub.flows.region_messages import ACCEPT, QUEUE, day_of, post, send_again

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.domain.envelope import Envelope
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

GAP_DUE: Final = "gap_due"
GAP_TRIES_MAX: Final = 5  # how often what is missing is asked for by itself
RESEND_MAX: Final = 500  # messages sent again for one request


def on_resend(
    uow: UnitOfWork, services: Services, envelope: Envelope, body: Mapping[str, Any], at: datetime
) -> None:
    """Send what a region misses once more, in order; `Rejected("resend_unusable")` if odd."""
    first, last = body.get("first"), body.get("last")
    if type(first) is not int or type(last) is not int or not 1 <= first <= last:
        raise Rejected("resend_unusable")
    last = min(last, first + RESEND_MAX - 1)
    for message in uow.region_messages.sent_between(envelope.sender, first, last):
        send_again(uow, services, message, at=at)


def gap_due(task: Task, services: Services) -> None:
    """Look whether what was missing before a message has come; if not, ask again and tell."""
    peer, number_text, time = task.subject_id.split("/")
    number, times, at = int(number_text), int(time), services.now()

    def unit(uow: UnitOfWork) -> None:
        last = uow.region_messages.lock(peer)
        if last >= number - 1:
            return
        open_event(_gap(peer), uow, on=day_of(services, at), at=at)
        uow.journal.note(
            "message.gap_stays", f"region:{peer}", at=at, actor="exchange", first=last + 1,
            last=number - 1,
        )  # fmt: skip
        if times > GAP_TRIES_MAX:
            return
        post(
            uow, services, type=RESEND, recipient=peer, case_ref=None, at=at,
            body={"first": last + 1, "last": number - 1},
        )  # fmt: skip
        due_at = at + timedelta(hours=services.settings.exchange.gap_hours)
        again = f"{peer}/{number}/{times + 1}"
        uow.tasks.add(queue=QUEUE, step=GAP_DUE, subject_id=again, at=at, due_at=due_at)

    services.store.transact(unit)


def skip(peer: str, *, person: str, reason: str, services: Services) -> int:
    """Stop waiting for what a region cannot send any more; return the number that is next.

    `Rejected("gap_missing")` when nothing waits. What comes later with a number that was passed
    over is refused.
    """
    who, why, at = named(person), worded(reason), services.now()

    def unit(uow: UnitOfWork) -> int:
        last = uow.region_messages.lock(peer)
        waiting = uow.region_messages.parked(peer)
        if not waiting or waiting[0].envelope.sequence == last + 1:
            raise Rejected("gap_missing", peer=peer)
        number = waiting[0].envelope.sequence
        uow.region_messages.take(peer, number - 1)
        uow.journal.note(
            "message.gap_skipped", f"region:{peer}", at=at, actor="person", person=who,
            first=last + 1, last=number - 1, reason=why,
        )  # fmt: skip
        uow.tasks.add(queue=QUEUE, step=ACCEPT, subject_id=str(waiting[0].arrival), at=at)
        return number

    return services.store.transact(unit)


def end_gap(peer: str, uow: UnitOfWork, *, at: datetime) -> None:
    """Note that nothing of a region waits any more."""
    uow.discrepancies.end(_gap(peer).key, Ending.ARRIVED, at=at)


def _gap(peer: str) -> Difference:
    return Difference(
        key=key_of(Level.EVENT, Event.MESSAGE_GAP, peer),
        level=Level.EVENT,
        cause=Event.MESSAGE_GAP,
        amount_fen=0,
        partner=peer,
    )
