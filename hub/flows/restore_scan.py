"""What is outside and not in the store (清点库外): books, channels and archive are looked through.

Received files that the store has lost are taken in again from the archive. Files that left are
compared with the outbox: what it has as well was delivered, or is looked for before it is sent
again; what it does not have is listed for people. It may be run as often as one likes.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hub.domain.payout import PayoutKind
from hub.domain.payout_form import letter, message_id
from hub.domain.restore import OutsideFile, OutsideState, Restore, RestoreCause
from hub.domain.way import Way
from hub.errors import HubError, Rejected
from hub.flows.deliver import found_delivered
from hub.flows.payout_banks import Banks
from hub.flows.payout_release import SHARED, scope_of
from hub.flows.receive import receive
from hub.flows.restored import NOTE, notice, outside_of
from hub.mappings.file_names import match
from hub.settings import FolderSettings
from hub.store.outbox import OutboxState
from hub.store.outside import RECEIVED, SENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing

DONE: Final = "done"
FOUND: Final = "found after a restore"


@dataclass(slots=True)
class Scan:
    """What a scan did: files taken in again, outgoing ones settled, what is open or unseen."""

    taken_in: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # received, but their bytes are nowhere
    delivered: list[str] = field(default_factory=list)
    not_sent: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)  # channels that could not be looked at


def scan(services: Services) -> Scan:
    """Look through everything outside; `Rejected("restore_none")` if the store did not go back."""
    restore = notice(services)
    if restore is None:
        raise Rejected("restore_none")
    done = Scan()
    _take_in(services, done)
    _note_sent(restore, services)
    _look_at_channels(restore, services, done)
    _settle(restore, services, done)
    at = services.now()

    def unit(uow: UnitOfWork) -> None:
        uow.restores.scanned(restore.id, at)
        if uow.restores.files_open() == 0:
            uow.tasks.hurry("ingest", at)  # banks' files that waited for this
        uow.journal.note(
            "store.scanned", f"restore:{restore.id}", at=at, actor="hub",
            taken_in=len(done.taken_in), lost=len(done.lost), delivered=len(done.delivered),
            not_sent=len(done.not_sent), open=done.open, unseen=done.unseen,
        )  # fmt: skip

    services.store.transact(unit)
    return done


def _take_in(services: Services, done: Scan) -> None:
    """Take every received file in again that the store has lost, in the order of their coming."""
    with services.store.read() as uow:
        known = uow.inbox.digests()
    gone: dict[str, tuple[str, str]] = {}  # not in the archive any more; a folder may have it
    for channel, name, sha256, path in _came(services):
        if sha256 in known or channel not in services.settings.channels:
            continue
        try:
            content = services.archive.open(sha256) if path is None else path.open("rb")
        except (Rejected, OSError):
            gone.setdefault(sha256, (channel, name))
            continue
        known.add(sha256)
        channel_was, name_was = gone.pop(sha256, (channel, name))
        with content:
            receive(channel_was, name_was, content, services)
        done.taken_in.append(f"{channel_was}/{name_was}")
    done.lost += ["/".join(one) for one in gone.values()]


def _came(services: Services) -> Iterator[tuple[str, str, str, Path | None]]:
    """Yield channel, name, SHA-256 of what came: of the book, then of folders of finished files."""
    for line in outside_of(services).lines(RECEIVED):
        yield line.channel, line.name, line.sha256, None
    for channel in services.settings.channels.values():
        if channel.direction != "in" or not isinstance(channel, FolderSettings):
            continue
        folder = channel.path / DONE
        files = [
            p
            for p in folder.glob("*")
            if p.is_file() and not p.is_symlink()
            and not (channel.settle_marker and p.name.endswith(channel.settle_marker))
        ]  # fmt: skip
        for path in sorted(files, key=lambda p: (p.stat().st_mtime_ns, p.name)):
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            yield channel.name, path.name.rpartition("~")[2], digest, path


def _note_sent(restore: Restore, services: Services) -> None:
    """List what the sending book has and the outbox has not, or has with other bytes."""
    at = services.now()
    lines = outside_of(services).lines(SENT)
    delivered = {(one.channel, one.name) for one in lines if one.what == "delivered"}
    with services.store.read() as uow:
        known = uow.outbox.every()
        noted = {(one.channel, one.name) for one in uow.restores.files()}
    files = [
        OutsideFile(
            id=0, restore_id=restore.id, channel=one.channel, name=one.name, sha256=one.sha256,
            original_sha256=one.original_sha256, source="book", state=OutsideState.OPEN,
            delivered=(one.channel, one.name) in delivered, found_at=at, facts=one.facts,
        )
        for one in lines
        if one.what == "began" and (one.channel, one.name) not in noted
        and not _is(known.get((one.channel, one.name)), one.original_sha256 or one.sha256)
    ]  # fmt: skip
    services.store.transact(lambda uow: _add(files, services, uow))


def _look_at_channels(restore: Restore, services: Services, done: Scan) -> None:
    """List what lies in the banks' folders under a name of ours that nobody here knows."""
    at = services.now()
    with services.store.read() as uow:
        known = {*uow.outbox.every(), *((f.channel, f.name) for f in uow.restores.files())}
    files = []
    for channel, way, bank, layout in _outbound(services):
        try:
            names = [one.name for one in services.channels[channel].list()]
            for name in sorted(set(names)):
                said = match(layout.file_name, name)
                if said is None or (channel, name) in known:
                    continue
                sha256 = services.channels[channel].fingerprint(name)
                if sha256 is None:
                    continue
                known.add((channel, name))
                files.append(
                    OutsideFile(
                        id=0, restore_id=restore.id, channel=channel, name=name, sha256=sha256,
                        original_sha256=None, delivered=True, source="channel",
                        state=OutsideState.OPEN, found_at=at,
                        facts=_facts(said, way, bank, services),
                    )
                )  # fmt: skip
        except HubError as error:
            if channel not in done.unseen:
                done.unseen.append(f"{channel}: {error.code}")
    services.store.transact(lambda uow: _add(files, services, uow))


def _outbound(services: Services) -> Iterator[tuple[str, Way, str, Layout]]:
    """Yield channel, way, bank and layout of every file that goes to a bank."""
    seen = set()
    for way in Way:
        banks = Banks(services.catalog, way)
        for code, partner in services.catalog.partners.items():
            for kind in PayoutKind:
                if partner.payout is None or partner.payout.channel is None:
                    continue
                with suppress(Rejected):
                    layout = banks.layout(code, kind)
                    if (code, layout.name) not in seen:
                        seen.add((code, layout.name))
                        yield partner.payout.channel, way, code, layout


def _facts(said: dict[str, object], way: Way, bank: str, services: Services) -> dict[str, Any]:
    """Return what a file's name says of its batch; without day and number it says nothing."""
    facts: dict[str, Any] = {"way": way.value, "bank": bank}
    day, sequence = said.get("day"), said.get("sequence")
    if not isinstance(day, date) or not isinstance(sequence, int):
        return facts
    facts |= {"business_on": day.isoformat(), "sequence": sequence}
    for kind in PayoutKind:
        if said.get("any") == letter(kind):
            region = services.settings.agency.region
            facts |= {
                "kind": kind.value, "message_id": message_id(region, kind, day, sequence),
            }  # fmt: skip
    return facts


def _add(files: list[OutsideFile], services: Services, uow: UnitOfWork) -> None:
    """Note files that are outside, and give their numbers to nobody else."""
    for file in files:
        uow.restores.add_file(file)
        facts = file.facts
        if "sequence" in facts:
            way, scope = Way(facts["way"]), SHARED
            if "kind" in facts:
                kind = PayoutKind(facts["kind"])
                scope = scope_of(kind, Banks(services.catalog, way).layout(facts["bank"], kind))
            day = date.fromisoformat(facts["business_on"])
            uow.on(way).payout_batches.reserve(facts["bank"], scope, day, int(facts["sequence"]))


def _settle(restore: Restore, services: Services, done: Scan) -> None:
    """Compare what left with the outbox as it is now; what it has again is known."""
    delivered = {
        (one.channel, one.name)
        for one in outside_of(services).lines(SENT)
        if one.what == "delivered"
    }
    began = {(one.channel, one.name) for one in outside_of(services).lines(SENT)}
    with services.store.read() as uow:
        known, files = uow.outbox.every(), uow.restores.files(state=OutsideState.OPEN)
    for file in files:
        mine = known.get((file.channel, file.name))
        if mine is None or not (_is(mine, file.plain_sha256) or _is_signature(file, services)):
            done.open.append(f"{file.channel}/{file.name}")
            continue
        _know(file, mine, services)
        if file.delivered:
            delivered.add((file.channel, file.name))
    with services.store.read() as uow:
        waiting = uow.outbox.waiting()
    for outgoing in waiting:
        key = (outgoing.channel, outgoing.file_name)
        label = "/".join(key)
        if any(label == one for one in done.open):
            continue
        if key in delivered or _seen(outgoing, services, done):
            found_delivered(outgoing, services, note=FOUND)
            done.delivered.append(label)
        elif restore.cause is RestoreCause.WENT_BACK and key not in began:
            _mark(outgoing, OutboxState.READY, services)  # the book has everything that left
            done.not_sent.append(label)
        elif outgoing.state is OutboxState.READY:
            _mark(outgoing, OutboxState.UNKNOWN, services)


def _know(file: OutsideFile, mine: Outgoing, services: Services) -> None:
    def unit(uow: UnitOfWork) -> None:
        uow.restores.save_file(replace(file, state=OutsideState.KNOWN), seen=file)
        uow.outbox.resealed(mine.id, file.sha256)  # sealed anew it has other bytes than what left

    services.store.transact(unit)


def _mark(outgoing: Outgoing, state: OutboxState, services: Services) -> None:
    at = services.now()
    if outgoing.state is not state and outgoing.note in (None, NOTE):
        services.store.transact(lambda uow: uow.outbox.mark(outgoing.id, state, at=at, note=NOTE))


def _seen(outgoing: Outgoing, services: Services, done: Scan) -> bool:
    """Tell whether the other side has a file's very bytes under its name."""
    try:
        found = services.channels[outgoing.channel].fingerprint(outgoing.file_name)
    except HubError as error:
        if outgoing.channel not in done.unseen:
            done.unseen.append(f"{outgoing.channel}: {error.code}")
        return False
    return found == outgoing.content_sha256


def _is(outgoing: Outgoing | None, plain_sha256: str) -> bool:
    """Tell whether an outgoing file is one of these bytes before sealing; an ended one stays."""
    if outgoing is None:
        return False
    return (outgoing.original_sha256 or outgoing.content_sha256) == plain_sha256


def _is_signature(file: OutsideFile, services: Services) -> bool:
    """Tell whether a file that left is the signature of another; made anew it has other bytes."""
    return any(one.signed_by(file.name) is not None for one in services.protections.values())
