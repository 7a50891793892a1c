"""Partners' files are sealed after the archive and before the channel, and opened before reading.

Out: the plain file is archived; what travels is made of it once, archived too, and is what every
attempt sends, for sealing again would give other bytes. In: the file is kept as it came; what it
holds is archived beside it and read in its place. Whoever has no `[protection]` passes unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.errors import Unavailable
from hub.flows.receive import QUEUE
from hub.flows.routed import Routed
from hub.flows.scratch import scratch
from hub.mappings.unpack import plain_name
from hub.store.inbox import InboxState

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hub.flows.services import Services
    from hub.mappings.catalog import Partner
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received
    from hub.store.outbox import Outgoing

SIGNATURE_WAIT: Final = timedelta(minutes=15)  # a file and its signature do not come at once
SIGNATURE_BYTES_MAX: Final = 64 * 1024
SIGNATURES_TRIED_MAX: Final = 5  # that came under one name, the latest first
CHANNEL: Final = "channel"  # nobody signed: only the channel's own login vouches


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """What travels, in its order: the file, and its detached signature if it has one."""

    file_name: str
    sha256: str
    original_sha256: str | None = None
    signature: tuple[str, str] | None = None  # name and SHA-256

    @property
    def files(self) -> list[tuple[str, str, str | None]]:
        """Return each file's name, SHA-256 and the plain file that it was made of."""
        signature = [(*self.signature, None)] if self.signature else []
        return [(self.file_name, self.sha256, self.original_sha256), *signature]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A received file as it is to be read; `vouched` is the key that signed it, or the channel."""

    received: Received
    vouched: str


def seal(partner: str, name: str, sha256: str, services: Services) -> Outward:
    """Return what travels for an archived file. It is random: call once and keep the result."""
    protection = services.protections.get(partner)
    if protection is None:
        return Outward(file_name=name, sha256=sha256)
    with scratch(services) as folder:
        sealed, signature = protection.seal(services.archive.path(sha256), folder)
        travels = services.archive.put_file(sealed).sha256
        signed = None
        signature_name = protection.signature_of(name)
        if signature is not None and signature_name is not None:
            signed = (signature_name, services.archive.put_file(signature).sha256)
    changed = sha256 if travels != sha256 else None
    return Outward(file_name=name, sha256=travels, original_sha256=changed, signature=signed)


def signature_sent(
    partner: str, outgoing: Outgoing, services: Services, uow: UnitOfWork
) -> Outgoing | None:
    """Return the signature that goes with an outgoing file, if there is one."""
    protection = services.protections.get(partner)
    name = protection.signature_of(outgoing.file_name) if protection else None
    return uow.outbox.of_name(outgoing.channel, name) if name else None


def signed_name(received: Received, services: Services) -> str | None:
    """Return which file a received one is the detached signature of; `None` if it is none."""
    for code, protection in services.protections.items():
        if services.catalog.partner(code).channel == received.channel:
            found = protection.signed_by(received.name)
            if found is not None:
                return found
    return None


def signature(received: Received, about: str) -> Routed:
    """Keep a signature that came, and have the file read that waits for it."""

    def effect(uow: UnitOfWork, at: datetime) -> None:
        for file in uow.inbox.of_name(received.channel, about):
            code = (file.error or {}).get("code")
            if file.state is InboxState.REFUSED and code == "signature_missing":
                uow.inbox.reopen(file.id)
            elif file.state is not InboxState.RECEIVED:
                continue
            uow.tasks.add(queue=QUEUE, step="ingest", subject_id=str(file.id), at=at,
                          trace_id=file.trace_id)  # fmt: skip

    return Routed(rows=0, business_key=None, effect=effect)


def opened(received: Received, partner: Partner, services: Services, folder: Path) -> Opened | None:
    """Return a received file as it is to be read; `None` if its partner protects nothing.

    `Rejected` unless it is protected as it must be. `Unavailable("signature_awaited")` in the
    first minutes: its signature may be under way.
    """
    protection = services.protections.get(partner.code)
    if protection is None:
        return None
    sealed = services.archive.path(received.sha256)
    signatures = _signatures(received, partner, services)
    plain, vouched = protection.unseal(sealed, signatures, folder, file=received.name)
    if plain != sealed:
        received = replace(received, sha256=services.archive.put_file(plain).sha256)
    return Opened(received=received, vouched=vouched or CHANNEL)


def _signatures(received: Received, partner: Partner, services: Services) -> list[Path]:
    """Return the detached signatures that came for a file; wait for one that has not come."""
    protection, said = services.protections[partner.code], partner.protection
    name = protection.signature_of(received.name)
    if name is None or said is None or not said.verify_with:
        return []
    with services.store.read() as uow:
        found = uow.inbox.of_name(received.channel, name, limit=SIGNATURES_TRIED_MAX)
    if not found and services.now() < received.received_at + SIGNATURE_WAIT:
        raise Unavailable("signature_awaited", name=plain_name(received.name), signature=name)
    small = [one for one in found if one.size_bytes <= SIGNATURE_BYTES_MAX]
    return [services.archive.path(one.sha256) for one in small]


def repeats(read_as: Opened, partner: str, rows: int, uow: UnitOfWork) -> bool:
    """Tell whether the same content was read before: sealed again, a file has other bytes.

    Lists without rows may hold the same every day.
    """
    return rows > 0 and uow.inbox.mark_same_inside(
        read_as.received.id, partner=partner, content_sha256=read_as.received.sha256
    )
