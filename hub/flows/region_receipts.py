"""Receipts (回执): a signed answer to every message says when it reached the other side.

That instant is its legal delivery time (送达时间), proved by the signature of who received it. A
message without a receipt in time is sent again and shown to people.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.domain.discrepancy import Difference, Ending, Event, Level, key_of
from hub.domain.envelope import instant_text
from hub.domain.region_message import RECEIPT, Direction, MessageState, RegionMessage
from hub.errors import Rejected
from hub.flows.events import open_event
from hub.flows.region_checks import CLOCK_SKEW_S
from hub.flows.region_messages import QUEUE, RECEIPT_DUE, day_of, post, send_again, subject_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.envelope import Envelope
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

RECEIPT_TRIES_MAX: Final = 5  # how often a message without a receipt is sent again by itself


def give_receipt(
    message: RegionMessage, uow: UnitOfWork, services: Services, *, at: datetime
) -> None:
    """Sign when a message reached us, and whether it was applied or refused and why."""
    outcome = "refused" if message.state is MessageState.REFUSED else "applied"
    post(
        uow, services, type=RECEIPT, recipient=message.peer, case_ref=message.envelope.case_ref,
        in_reply_to=message.id, at=at,
        body={"received_at": message.at, "outcome": outcome, "code": message.code},
    )  # fmt: skip


def on_receipt(
    uow: UnitOfWork, services: Services, envelope: Envelope, body: Mapping[str, Any], at: datetime
) -> None:
    """Note the legal delivery time of what we sent; the first receipt counts.

    `Rejected("receipt_unusable")` when it names no outcome, or a time at which it cannot be.
    """
    message = uow.region_messages.find(Direction.OUT, envelope.sender, envelope.in_reply_to or "")
    if message is None:
        raise Rejected("receipt_unusable", field="in_reply_to")
    received_at, code = _read(body)
    skew = timedelta(seconds=CLOCK_SKEW_S)
    if not message.envelope.created_at - skew <= received_at <= at + skew:
        raise Rejected("receipt_unusable", field="received_at")
    if message.state is not MessageState.SENT:
        return
    state = MessageState.DELIVERED if code is None else MessageState.DECLINED
    uow.region_messages.settle(message, state, at=received_at, code=code)
    uow.journal.note(
        f"message.{state.value}", subject_of(message.envelope), at=at, actor="exchange",
        peer=message.peer, case=message.envelope.case_ref, received_at=received_at, code=code,
        receipt=envelope.id,
    )  # fmt: skip
    uow.discrepancies.end(_undelivered(message).key, Ending.ARRIVED, at=at)
    if code is not None:
        declined = _event(Event.MESSAGE_DECLINED, message, note=code)
        open_event(declined, uow, on=day_of(services, at), at=at)


def receipt_due(task: Task, services: Services) -> None:
    """Look whether a message's receipt has come; if not, send it again and tell people."""
    message_id, time = task.subject_id.rsplit("/", 1)
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        message = uow.region_messages.sent(message_id)
        if message is None or message.state is not MessageState.SENT:
            return
        open_event(_undelivered(message), uow, on=day_of(services, at), at=at)
        uow.journal.note(
            "message.undelivered", subject_of(message.envelope), at=at, actor="exchange",
            peer=message.peer, case=message.envelope.case_ref, since=message.at,
        )  # fmt: skip
        times = int(time)
        if times > RECEIPT_TRIES_MAX or at >= message.envelope.expires_at:
            return
        send_again(uow, services, message, at=at)
        due_at = at + timedelta(hours=services.settings.exchange.receipt_hours)
        again = f"{message_id}/{times + 1}"
        uow.tasks.add(queue=QUEUE, step=RECEIPT_DUE, subject_id=again, at=at, due_at=due_at)

    services.store.transact(unit)


def proof_of_delivery(message: RegionMessage) -> datetime | None:
    """Return when a message legally reached whom it was for; `None` while nothing proves it."""
    if message.direction is Direction.IN:
        return message.at
    delivered = message.state in (MessageState.DELIVERED, MessageState.DECLINED)
    return message.settled_at if delivered else None


def _read(body: Mapping[str, Any]) -> tuple[datetime, str | None]:
    received, outcome, code = (body.get(name) for name in ("received_at", "outcome", "code"))
    try:
        received_at = datetime.fromisoformat(str(received))
    except ValueError as error:
        raise Rejected("receipt_unusable", field="received_at") from error
    if received_at.tzinfo is None or instant_text(received_at) != received:
        raise Rejected("receipt_unusable", field="received_at")
    refused = outcome == "refused" and isinstance(code, str) and 0 < len(code) <= 64  # noqa: PLR2004 -- as long as any code
    if not refused and (outcome != "applied" or code is not None):
        raise Rejected("receipt_unusable", field="outcome")
    return received_at, code if refused else None


def _undelivered(message: RegionMessage) -> Difference:
    return _event(Event.MESSAGE_UNDELIVERED, message)


def _event(event: Event, message: RegionMessage, *, note: str = "") -> Difference:
    words = [message.envelope.type, message.envelope.case_ref or "", note]
    return Difference(
        key=key_of(Level.EVENT, event, message.peer, message.id),
        level=Level.EVENT,
        cause=event,
        amount_fen=0,
        partner=message.peer,
        note=" ".join(word for word in words if word),
    )
