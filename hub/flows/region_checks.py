"""What must be true of a message from another region before anything of it is believed.

`authenticate` proves who wrote it, with the body unread; `require_current` whether it may have an
effect now. Each way to be wrong has a code of its own.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.envelope import UNNUMBERED, VERSION, Envelope, Sealed, sha256_of
from hub.domain.region_message import UNNUMBERED_TYPES
from hub.errors import Rejected
from hub.flows.region_messages import day_of

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.region_directory import PublicKey
    from hub.flows.services import Services
    from hub.ports import Signing
    from hub.store.engine import UnitOfWork

CLOCK_SKEW_S: Final = 300  # how far ahead of ours another office's clock may be


def authenticate(
    sealed: Sealed,
    uow: UnitOfWork,
    services: Services,
    signing: Signing,
    *,
    account: str,
    received_at: datetime,
) -> None:
    """Prove that a message is for us and from whom it says; `Rejected` with what is not so.

    `account` is the broker's login that brought it, empty where the road knows none. The key must
    be its office's, on the day it was sealed and on the day it came: a stolen key that was
    withdrawn cannot sign for the past.
    """
    envelope = sealed.envelope
    if envelope.recipient != services.settings.agency.region:
        raise Rejected("envelope_not_ours", recipient=envelope.recipient)
    try:
        office = uow.regions.office(envelope.sender, on=day_of(services, received_at))
    except Rejected as error:
        raise Rejected("envelope_sender_unknown", sender=envelope.sender) from error
    if account and office.broker_user and account != office.broker_user:
        raise Rejected("envelope_account_foreign", sender=envelope.sender, account=account[:40])
    days = (envelope.created_at, received_at)
    keys = [_key(envelope, uow, services, on=day) for day in days]
    if keys[0].algorithm != envelope.algorithm:
        raise Rejected("envelope_algorithm", algorithm=envelope.algorithm)
    if not signing.is_good(sealed.signature, envelope.signed_bytes(), keys[0]):
        raise Rejected("envelope_signature", sender=envelope.sender)
    if sha256_of(sealed.body) != envelope.body_sha256:
        raise Rejected("envelope_body_altered", sender=envelope.sender)
    if (envelope.sequence == UNNUMBERED) != (envelope.type in UNNUMBERED_TYPES):
        raise Rejected("envelope_malformed", field="sequence")
    if envelope.created_at > received_at + timedelta(seconds=CLOCK_SKEW_S):
        raise Rejected("envelope_early", sender=envelope.sender)


def require_current(envelope: Envelope, uow: UnitOfWork, *, received_at: datetime) -> None:
    """Refuse a message that came too late, or answers what its sender was not asked."""
    if envelope.version != VERSION:
        raise Rejected("envelope_version", found=envelope.version, known=VERSION)
    if received_at >= envelope.expires_at:
        raise Rejected("envelope_expired", id=envelope.id)
    if envelope.in_reply_to is None:
        return
    asked = uow.region_messages.sent(envelope.in_reply_to)
    if asked is None:
        raise Rejected("envelope_request_unknown", id=envelope.in_reply_to, peer=envelope.sender)
    if asked.peer != envelope.sender:
        raise Rejected("envelope_request_foreign", sender=envelope.sender)
    if asked.sha256 != envelope.request_sha256:
        raise Rejected("envelope_request_altered", sender=envelope.sender)


def _key(envelope: Envelope, uow: UnitOfWork, services: Services, *, on: datetime) -> PublicKey:
    known = uow.regions.key(envelope.key_id)
    if not known:
        raise Rejected("envelope_key_unknown", key_id=envelope.key_id)
    if all(record.code != envelope.sender for record in known):
        raise Rejected("envelope_key_foreign", key_id=envelope.key_id, sender=envelope.sender)
    day = day_of(services, on)
    key = uow.regions.public_key(envelope.sender, envelope.key_id, on=day)
    if key is None:
        raise Rejected("envelope_key_not_valid", key_id=envelope.key_id, day=day.isoformat())
    return key
