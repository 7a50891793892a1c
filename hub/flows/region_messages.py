"""Messages to other regions: sealed, signed and queued in the unit of work that decides them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.domain.envelope import (
    UNNUMBERED,
    Envelope,
    Sealed,
    canonical,
    open_wire,
    sha256_of,
)
from hub.domain.region_message import (
    UNNUMBERED_TYPES,
    Direction,
    MessageState,
    RegionMessage,
)
from hub.errors import Rejected
from hub.ports import Message

if TYPE_CHECKING:
    from hub.domain.region_directory import Office
    from hub.flows.services import Services
    from hub.ports import Signing
    from hub.store.engine import UnitOfWork

QUEUE: Final = "transfer"
ACCEPT: Final = "accept"
RECEIPT_DUE: Final = "receipt_due"
REPEATS_MAX: Final = 20  # how often one message is sent once more

Handler = Callable[["UnitOfWork", "Services", Envelope, Mapping[str, Any], datetime], None]
"""What a type of message does, in the unit that accepts it at an instant.

`Rejected` refuses the message, and the receipt tells its sender the code. The message itself is
in the store already: it can be answered (`in_reply_to`), and `delivered_at` is when it came.
"""


def post(
    uow: UnitOfWork,
    services: Services,
    *,
    type: str,  # noqa: A002 -- the envelope's own word
    recipient: str,
    body: Mapping[str, Any],
    case_ref: str | None,
    in_reply_to: str | None = None,
    expires_working_days: int | None = None,
    at: datetime,
) -> Envelope:
    """Seal, sign and queue a message; it leaves when this unit of work is committed.

    `in_reply_to` is the id of a message that the recipient sent us: the answer is bound to its
    bytes. Without `expires_working_days` it is good for `[exchange] expires_days` calendar days.
    `Rejected`: no key of ours (`signing_missing`) or one that is not in the directory
    (`signing_key_unlisted`), no such office (`region_office_missing`), one without a hub
    (`region_without_hub`), no such request (`envelope_request_unknown`).
    """
    if numbered := type not in UNNUMBERED_TYPES:
        uow.restores.require_none()  # the number may be one that the other side has already
    signing = require_signing(uow, services, at=at)
    office = reachable(uow, services, recipient, at=at)
    request = None if in_reply_to is None else uow.region_messages.request(in_reply_to, recipient)
    text = canonical(body)
    envelope = Envelope(
        id=uuid.uuid4().hex,
        type=type,
        sender=services.settings.agency.region,
        recipient=recipient,
        case_ref=case_ref,
        in_reply_to=in_reply_to,
        request_sha256=None if request is None else request.sha256,
        sequence=uow.region_messages.next_sequence(recipient) if numbered else UNNUMBERED,
        created_at=at.astimezone(UTC),
        expires_at=_expiry(services, at, expires_working_days),
        body_sha256=sha256_of(text),
        key_id=signing.key_id,
        algorithm=signing.algorithm,
    )
    signature = signing.sign(envelope.signed_bytes())
    wire = Sealed(envelope=envelope, body=text, signature=signature).wire()
    open_wire(wire)  # what we send, everybody must be able to read
    due_at = at + timedelta(hours=services.settings.exchange.receipt_hours) if numbered else None
    message = RegionMessage(
        direction=Direction.OUT, peer=recipient, wire=wire, sha256=sha256_of(wire),
        envelope=envelope, state=MessageState.SENT, at=at, due_at=due_at,
    )  # fmt: skip
    uow.region_messages.add(message)
    _queue(uow, message, transport_id=envelope.id, road=office.road, at=at)
    if due_at is not None:
        uow.tasks.add(
            queue=QUEUE, step=RECEIPT_DUE, subject_id=f"{envelope.id}/1", at=at, due_at=due_at
        )
    uow.journal.note(
        "message.posted", subject_of(envelope), at=at, actor="exchange", type=type,
        peer=recipient, case=case_ref, sequence=envelope.sequence, sha256=message.sha256,
    )  # fmt: skip
    return envelope


def send_again(
    uow: UnitOfWork, services: Services, message: RegionMessage, *, at: datetime
) -> bool:
    """Queue the same bytes once more; False, and nothing happens, after `REPEATS_MAX` times."""
    repeats = uow.region_messages.again(message)
    if repeats > REPEATS_MAX:
        return False
    office = reachable(uow, services, message.peer, at=at)
    # the road takes an id once; who it is for knows the message by the id inside
    _queue(uow, message, transport_id=f"{message.id}.{repeats}", road=office.road, at=at)
    uow.journal.note(
        "message.sent_again", subject_of(message.envelope), at=at, actor="exchange",
        peer=message.peer, time=repeats,
    )  # fmt: skip
    return True


def delivered_at(uow: UnitOfWork, envelope: Envelope) -> datetime:
    """Return when the bytes of a message reached us: the legal delivery time (送达时间)."""
    return uow.region_messages.request(envelope.id, envelope.sender).at


def require_signing(uow: UnitOfWork, services: Services, *, at: datetime) -> Signing:
    """Return our own key; `Rejected` when there is none or the directory does not have it today.

    A key that nobody was told of would make every message of ours a forgery.
    """
    if services.signing is None:
        raise Rejected("signing_missing")
    own, key_id = services.settings.agency.region, services.signing.key_id
    if uow.regions.public_key(own, key_id, on=day_of(services, at)) is None:
        raise Rejected("signing_key_unlisted", region=own, key_id=key_id)
    return services.signing


def reachable(uow: UnitOfWork, services: Services, region: str, *, at: datetime) -> Office:
    """Return the office of a region when messages can go to it today."""
    if region == services.settings.agency.region:
        raise Rejected("region_is_our_own", region=region)
    office = uow.regions.office(region, on=day_of(services, at))
    if not office.has_hub:
        raise Rejected("region_without_hub", region=region)
    if office.road not in services.settings.roads:
        raise Rejected("region_road_unknown", region=region, road=office.road)
    return office


def day_of(services: Services, at: datetime) -> date:
    """Return the day of an instant where the agency is."""
    return at.astimezone(services.settings.time_zone).date()


def subject_of(envelope: Envelope) -> str:
    """Return what the journal calls a message: `message:<sender>/<id>`."""
    return f"message:{envelope.sender}/{envelope.id}"


def _expiry(services: Services, at: datetime, working_days: int | None) -> datetime:
    if working_days is None:
        return (at + timedelta(days=services.settings.exchange.expires_days)).astimezone(UTC)
    last = services.calendar.add(day_of(services, at), working_days)
    midnight = datetime.combine(last + timedelta(days=1), time(), services.settings.time_zone)
    return midnight.astimezone(UTC)


def _queue(
    uow: UnitOfWork, message: RegionMessage, *, transport_id: str, road: str, at: datetime
) -> None:
    uow.messages.send(
        Message(
            id=transport_id, type=message.envelope.type, body=message.wire, at=at,
            key=f"{message.peer}.{message.envelope.type}",
        ),
        road=road,
    )  # fmt: skip
