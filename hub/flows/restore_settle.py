"""How the block after a restore ends (解除冻结): all outside is known, and two people say so."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from hub.domain.approval import named
from hub.domain.payout import BatchState
from hub.domain.region_message import RESEND
from hub.domain.restore import OutsideState, RestoreCause
from hub.domain.way import Way
from hub.errors import Rejected
from hub.flows.region_messages import post
from hub.flows.region_order import RESEND_MAX
from hub.flows.restore_scan import scan
from hub.flows.restored import notice

if TYPE_CHECKING:
    from datetime import datetime

    from hub.domain.restore import OutsideFile, Restore
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

PEER_TOLD: Final = "store.peer_told"


def explain(
    file_id: int, *, person: str, services: Services, reason: str | None = None
) -> OutsideFile:
    """Say what a file outside was, or agree as another person: it is then not in the store.

    What it pays is never given out again from the same list. `Rejected("outside_file_settled")`
    when it is known or explained already.
    """
    at = services.now()

    def unit(uow: UnitOfWork) -> OutsideFile:
        seen = uow.restores.file(file_id)
        if seen.state is not OutsideState.OPEN:
            raise Rejected("outside_file_settled", id=file_id, state=seen.state.zh)
        first = seen.proposed_by is None
        now = seen.propose(person, reason or "") if first else seen.explain(person, at=at)
        uow.restores.save_file(now, seen=seen)
        uow.journal.note(
            "store.outside_proposed" if first else "store.outside_explained",
            f"outside_file:{file_id}", at=at, actor="person", person=named(person),
            channel=seen.channel, name=seen.name, sha256=seen.sha256, reason=now.reason,
        )  # fmt: skip
        return now

    return services.store.transact(unit)


def peer_told(peer: str, last: int, *, person: str, services: Services) -> None:
    """Note which of our numbers another region has last, as it told us; ours go on after it."""
    who, at = named(person), services.now()
    restore = _open(services)

    def unit(uow: UnitOfWork) -> None:
        skipped = uow.restores.skip_numbers(restore.id, {peer: last})
        uow.journal.note(
            PEER_TOLD, f"restore:{restore.id}", at=at, actor="person", person=who, peer=peer,
            last=last, skipped=skipped.get(peer),
        )  # fmt: skip

    services.store.transact(unit)


def missing(uow: UnitOfWork, restore: Restore) -> list[str]:
    """Return what must be settled before the block can end, as codes with what they are about."""
    found = [] if restore.scanned_at is not None else ["not_scanned"]
    found += [
        f"outside:{one.id} {one.channel}/{one.name}"
        for one in uow.restores.files(state=OutsideState.OPEN)
    ]
    for way in Way:
        unbuilt = [
            b.id
            for b in uow.on(way).payout_batches.list(state=BatchState.READY)
            if b.outgoing_id is None
        ]
        found += [f"unbuilt:{way.batch(one)}" for one in unbuilt]
    if restore.cause is not RestoreCause.WENT_BACK:
        told = {
            json.loads(entry.facts)["peer"]
            for entry in uow.journal.list(
                subject=f"restore:{restore.id}", event=PEER_TOLD, limit=1000
            )
        }
        found += [f"peer:{peer}" for peer in sorted(uow.restores.peers() - told)]
    return found


def lift(*, person: str, services: Services, reason: str | None = None) -> Restore:
    """Propose to end the block, or as another person end it: then what waits leaves.

    Both look through everything outside again first. `Rejected("restore_unsettled")` with what is
    missing.
    """
    who, at = named(person), services.now()
    restore = _open(services)
    found = scan(services)
    if found.unseen:
        raise Rejected("restore_unsettled", missing=", ".join(found.unseen))
    with services.store.read() as uow:
        restore = uow.restores.open() or restore
        lacking = missing(uow, restore)
        files = [asdict(one) for one in uow.restores.files()]
        lost = uow.restores.numbers_lost()
    if lacking:
        raise Rejected("restore_unsettled", missing=", ".join(lacking))
    if restore.proposed_by is None:
        return _propose(restore, who, reason, services, at=at)
    report = {
        "restore": asdict(restore), "files": files, "numbers_lost": lost, "scan": asdict(found),
        "lifted_by": who,
    }  # fmt: skip
    sha256 = services.archive.put_bytes(
        json.dumps(report, ensure_ascii=False, sort_keys=True, default=str).encode()
    ).sha256
    lifted = restore.lift(who, report_sha256=sha256, at=at)

    def unit(uow: UnitOfWork) -> Restore:
        if missing(uow, restore):
            raise Rejected("restore_changed")
        uow.restores.lift(lifted)
        uow.journal.note(
            "store.reconciled", f"restore:{restore.id}", at=at, actor="person", person=who,
            proposed_by=restore.proposed_by, reason=restore.reason, report_sha256=sha256,
            epoch=restore.epoch,
        )  # fmt: skip
        for queue in ("deliver", "resend", "build", "ingest"):
            uow.tasks.hurry(queue, at)
        return lifted

    services.store.transact(unit)
    _ask_regions(services, at=at)
    return lifted


def _propose(
    restore: Restore, who: str, reason: str | None, services: Services, *, at: datetime
) -> Restore:
    proposed = restore.propose(who, reason or "", at=at)

    def unit(uow: UnitOfWork) -> Restore:
        uow.restores.propose(proposed)
        uow.journal.note(
            "store.lift_proposed", f"restore:{restore.id}", at=at, actor="person", person=who,
            reason=proposed.reason,
        )  # fmt: skip
        return proposed

    return services.store.transact(unit)


def _ask_regions(services: Services, *, at: datetime) -> None:
    """Ask every region for the messages that it sent us and that the store has lost."""
    with services.store.read() as uow:
        taken = uow.restores.taken()
    for peer, number in taken.items():
        body: dict[str, Any] = {"first": number + 1, "last": number + RESEND_MAX}

        def unit(uow: UnitOfWork, peer: str = peer, body: dict[str, Any] = body) -> None:
            try:
                post(uow, services, type=RESEND, recipient=peer, case_ref=None, at=at, body=body)
            except Rejected as error:  # no hub any more, no key: people ask by other ways
                uow.journal.note(
                    "store.region_not_asked", f"region:{peer}", at=at, actor="hub",
                    code=error.code,
                )  # fmt: skip

        services.store.transact(unit)


def _open(services: Services) -> Restore:
    found = notice(services)
    if found is None:
        raise Rejected("restore_none")
    return found
