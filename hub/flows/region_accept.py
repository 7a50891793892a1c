"""A message from another region is accepted: proved, put in order, obeyed, and its receipt signed.

What cannot be proved has no effect at all, leaves a security event in the journal, and gets no
answer. What is proved but wrong is refused with a signed receipt that says why. What comes early
waits until what is missing has come. Good messages, nearly all, share a unit (`accept_together`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.envelope import UNNUMBERED, Sealed, open_wire, sha256_of
from hub.domain.region_message import RECEIPT, RESEND, Direction, MessageState, RegionMessage
from hub.errors import Rejected, Unavailable
from hub.flows.region_checks import authenticate, require_current
from hub.flows.region_handlers import HANDLERS
from hub.flows.region_messages import (
    ACCEPT,
    QUEUE,
    post,
    reachable,
    require_signing,
    send_again,
    subject_of,
)
from hub.flows.region_order import GAP_DUE, end_gap
from hub.flows.region_receipts import give_receipt
from hub.store.messages import InState

if TYPE_CHECKING:
    from datetime import datetime

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.message_rows import MessageIn
    from hub.store.tasks import Task

_SETTLED: Final = (InState.APPLIED, InState.REFUSED)
_NEVER_ITS_TURN: Final = frozenset({"envelope_id_reused", "envelope_sequence_reused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A proved message, and the row that brought it."""

    row: MessageIn
    sealed: Sealed

    @property
    def peer(self) -> str:
        return self.sealed.envelope.sender

    @property
    def number(self) -> int:
        return self.sealed.envelope.sequence


def accept(task: Task, services: Services) -> None:
    """Accept the message in row `task.subject_id` of `messages_in`; running twice is harmless.

    `Unavailable("exchange_not_ready")` while we could not answer: no key of ours that the
    directory has, no road back. The message waits until people have seen to that.
    """
    at = services.now()
    with services.store.read() as uow:
        row = uow.messages.get_in(int(task.subject_id))
        if row.state in _SETTLED:
            return
        proved = _proved(row, uow, services, at)
    if isinstance(proved, Rejected):
        _turn_away(row, proved, services, at)
        return
    arrival = _Arrival(row=row, sealed=proved)

    def unit(uow: UnitOfWork) -> None:
        if not _is_settled(row, uow):  # another process was faster, or this one was here before
            _take(arrival, uow, services, at)

    try:
        services.store.transact(unit)
    except Rejected as error:
        wrong = error
        services.store.transact(lambda uow: _refuse(arrival, wrong, uow, services, at))


def accept_together(task: Task, uow: UnitOfWork, services: Services) -> None:
    """Accept a message as `accept` does, in a unit with others; raises whatever is wrong with it.

    The unit sees one directory of regions, which each message would ask for by itself.
    """
    at = services.now()
    row = uow.messages.get_in(int(task.subject_id), lock=True)
    if row.state in _SETTLED:
        return
    proved = _proved(row, uow, services, at)
    if isinstance(proved, Rejected):
        raise proved
    _take(_Arrival(row=row, sealed=proved), uow, services, at)


def _proved(row: MessageIn, uow: UnitOfWork, services: Services, at: datetime) -> Sealed | Rejected:
    """Return a message whose sender is proved, or why it is not."""
    try:
        signing = require_signing(uow, services, at=at)
    except Rejected as error:
        raise Unavailable("exchange_not_ready", why=error.code) from error
    try:
        sealed = open_wire(row.message.body)
        authenticate(
            sealed, uow, services, signing, account=row.message.sender, received_at=row.received_at
        )
    except Rejected as error:
        return error
    try:
        reachable(uow, services, sealed.envelope.sender, at=at)
    except Rejected as error:
        raise Unavailable("exchange_not_ready", why=error.code) from error
    return sealed


def _turn_away(row: MessageIn, error: Rejected, services: Services, at: datetime) -> None:
    """Note what cannot be proved; it may have been written by anybody."""

    def unit(uow: UnitOfWork) -> None:
        if _is_settled(row, uow):
            return
        uow.messages.mark_refused(row.id, error=error.as_dict(), at=at)
        uow.journal.note(
            "security.message_refused", f"message_in:{row.id}", at=at, actor="exchange",
            code=error.code, account=row.message.sender, road=row.road, sha256=row.sha256,
        )  # fmt: skip

    services.store.transact(unit)


def _take(arrival: _Arrival, uow: UnitOfWork, services: Services, at: datetime) -> None:
    """Apply a proved message if it is new and its turn; `Rejected` when it must be refused."""
    envelope, row = arrival.sealed.envelope, arrival.row
    last = uow.region_messages.lock(arrival.peer)
    known = uow.region_messages.find(Direction.IN, arrival.peer, envelope.id)
    if not _may_go_on(arrival, known=known, last=last, uow=uow, services=services, at=at):
        return
    message = _message(arrival, known, MessageState.APPLIED, at)
    require_current(envelope, uow, received_at=message.at)
    body = arrival.sealed.read_body()
    handler = HANDLERS.get(envelope.type)
    if handler is None:
        raise Rejected("envelope_type_unknown", type=envelope.type)
    _keep(message, known, arrival, uow)
    handler(uow, services, envelope, body, at)
    uow.messages.mark_applied(row.id, at=at)
    uow.journal.note(
        "message.applied", subject_of(envelope), at=at, actor="exchange", type=envelope.type,
        peer=arrival.peer, case=envelope.case_ref, sequence=arrival.number, sha256=message.sha256,
        received_at=message.at,
    )  # fmt: skip
    _finish(arrival, message, uow, services, at)


def _may_go_on(
    arrival: _Arrival,
    *,
    known: RegionMessage | None,
    last: int,
    uow: UnitOfWork,
    services: Services,
    at: datetime,
) -> bool:
    """Tell whether it is a message's first time and its turn; note what it is otherwise."""
    envelope, row = arrival.sealed.envelope, arrival.row
    if known is not None:
        if known.sha256 != sha256_of(row.message.body):
            raise Rejected("envelope_id_reused", id=envelope.id, sender=arrival.peer)
        waits = known.state is MessageState.PARKED
        if waits and arrival.number == last + 1:
            return True
        if not waits or known.arrival != row.id:
            _repeat(arrival, known, uow, services, at)
        return False
    if arrival.number != UNNUMBERED and arrival.number <= last:
        raise Rejected("envelope_sequence_reused", id=envelope.id, number=arrival.number)
    if arrival.number > last + 1:
        _park(arrival, last, uow, services, at)
        return False
    return True


def _is_settled(row: MessageIn, uow: UnitOfWork) -> bool:
    """Hold the row to the end of the unit; tell whether its message had its turn meanwhile."""
    return uow.messages.get_in(row.id, lock=True).state in _SETTLED


def _refuse(
    arrival: _Arrival, error: Rejected, uow: UnitOfWork, services: Services, at: datetime
) -> None:
    """Note that a proved message has no effect, and tell its sender so with a receipt."""
    envelope = arrival.sealed.envelope
    if _is_settled(arrival.row, uow):
        return
    last = uow.region_messages.lock(arrival.peer)
    uow.messages.mark_refused(arrival.row.id, error=error.as_dict(), at=at)
    never = error.code in _NEVER_ITS_TURN
    uow.journal.note(
        "security.message_refused" if never else "message.refused", subject_of(envelope), at=at,
        actor="exchange", code=error.code, type=envelope.type, peer=arrival.peer,
        case=envelope.case_ref, sequence=arrival.number, sha256=arrival.row.sha256,
    )  # fmt: skip
    if never or arrival.number not in (UNNUMBERED, last + 1):
        return
    known = uow.region_messages.find(Direction.IN, arrival.peer, envelope.id)
    refused = replace(_message(arrival, known, MessageState.REFUSED, at), code=error.code)
    _keep(refused, known, arrival, uow)
    _finish(arrival, refused, uow, services, at)


def _finish(
    arrival: _Arrival, message: RegionMessage, uow: UnitOfWork, services: Services, at: datetime
) -> None:
    """Count the number, sign the receipt, and call the next one that waits."""
    if arrival.number == UNNUMBERED:
        return
    uow.region_messages.take(arrival.peer, arrival.number)
    give_receipt(message, uow, services, at=at)
    if arrival.number > uow.region_messages.asked_to(arrival.peer):
        return  # nothing has ever been missing before this one or a later one
    waiting = uow.region_messages.parked(arrival.peer)
    if not waiting:
        end_gap(arrival.peer, uow, at=at)
    elif waiting[0].envelope.sequence == arrival.number + 1:
        uow.tasks.add(queue=QUEUE, step=ACCEPT, subject_id=str(waiting[0].arrival), at=at)


def _park(arrival: _Arrival, last: int, uow: UnitOfWork, services: Services, at: datetime) -> None:
    """Let a message wait for what must come before it, and ask for that."""
    envelope, number = arrival.sealed.envelope, arrival.number
    due_at = at + timedelta(hours=services.settings.exchange.gap_hours)
    parked = replace(_message(arrival, None, MessageState.PARKED, at), due_at=due_at)
    uow.region_messages.add(parked, arrival=arrival.row.id)
    uow.messages.park(arrival.row.id, at=at, note=f"waits for number {last + 1}")
    uow.journal.note(
        "message.parked", subject_of(envelope), at=at, actor="exchange", peer=arrival.peer,
        case=envelope.case_ref, sequence=number, missing_from=last + 1, sha256=parked.sha256,
    )  # fmt: skip
    asked = uow.region_messages.ask_to(arrival.peer, number)
    first = max(last, asked) + 1
    if first < number:
        post(
            uow, services, type=RESEND, recipient=arrival.peer, case_ref=None, at=at,
            body={"first": first, "last": number - 1},
        )  # fmt: skip
        uow.tasks.add(
            queue=QUEUE, step=GAP_DUE, subject_id=f"{arrival.peer}/{number}/1", at=at,
            due_at=due_at,
        )  # fmt: skip


def _repeat(
    arrival: _Arrival, known: RegionMessage, uow: UnitOfWork, services: Services, at: datetime
) -> None:
    """Give a message that was here before no second effect; its receipt may have been lost."""
    times = uow.region_messages.again(known)
    uow.messages.mark_applied(arrival.row.id, at=at, note="repeat")
    uow.journal.note(
        "security.message_repeated", subject_of(known.envelope), at=at, actor="exchange",
        peer=arrival.peer, time=times, account=arrival.row.message.sender,
    )  # fmt: skip
    receipt = uow.region_messages.receipt_of(known) if known.envelope.type != RECEIPT else None
    if receipt is not None:
        send_again(uow, services, receipt, at=at)


def _message(
    arrival: _Arrival, known: RegionMessage | None, state: MessageState, at: datetime
) -> RegionMessage:
    """Return the message to keep; one that waited keeps the time it came first."""
    row = arrival.row
    return RegionMessage(
        direction=Direction.IN, peer=arrival.peer, wire=row.message.body,
        sha256=sha256_of(row.message.body), envelope=arrival.sealed.envelope, state=state,
        at=row.received_at if known is None else known.at,
        settled_at=None if state is MessageState.PARKED else at,
    )  # fmt: skip


def _keep(
    message: RegionMessage, known: RegionMessage | None, arrival: _Arrival, uow: UnitOfWork
) -> None:
    if known is None:
        uow.region_messages.add(message, arrival=arrival.row.id)
    else:
        settled_at = message.settled_at or message.at
        uow.region_messages.settle(known, message.state, at=settled_at, code=message.code)
