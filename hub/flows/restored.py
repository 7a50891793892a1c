"""Has the store gone back (数据回退)? Asked before anything leaves; while it has, nothing leaves.

The mark outside the database names the last decision that it had when something left. A store
without that decision is an older one: payments that it does not know are with the banks. That is
a new epoch (恢复纪元), and it is closed until two people have reconciled what is outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.approval import named
from hub.domain.discrepancy import worded
from hub.domain.restore import Restore, RestoreCause
from hub.errors import Unavailable
from hub.logs import log
from hub.store.outbox import OutboxState
from hub.store.outside import RECEIVED, SENT, Line, Mark, Outside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.outbox import Outgoing

NOTE = "store_went_back"  # of outgoing files that are looked for before they are sent


def outside_of(services: Services) -> Outside:
    """Return mark and books of this hub: in the work folder, the archive, and a third place."""
    folders = services.settings.folders
    third = [folders.mark] if folders.mark is not None else []
    return Outside([folders.work, folders.archive, *third])


def notice(services: Services) -> Restore | None:
    """Compare the store with its mark; return what is open, opening it when it is found now."""
    outside = outside_of(services)
    with services.store.read() as uow:
        found, cause = uow.restores.open(), _compare(outside.mark(), uow)
    if cause is None:
        return found
    with outside.locked():
        return _begin(cause, outside, services)


def keep_mark(services: Services, *, messages: bool = False) -> Restore | None:
    """Write how far the store has come outside it; return what is open, as `notice` does.

    Of `messages` only the numbers matter that regions see; the rest is written every second.
    """
    outside = outside_of(services)
    mark = outside.mark()
    with services.store.read() as uow:
        found, cause = uow.restores.open(), _compare(mark, uow)
        now = _mark_of(uow)
        is_marked = uow.restores.is_marked()
    known = mark is not None and (now == mark or (messages and now.streams == mark.streams))
    if cause is None and known and is_marked:
        return found
    with outside.locked():
        mark = outside.mark()
        with services.store.read() as uow:
            found, cause = uow.restores.open(), _compare(mark, uow)
            now = _mark_of(uow)
        if cause is not None:
            return _begin(cause, outside, services)
        if mark is None or (now.epoch, now.n) > (mark.epoch, mark.n) or now.streams != mark.streams:
            outside.write_mark(now)
        if not is_marked:
            at = services.now()
            services.store.transact(lambda uow: uow.restores.note_marked(at))
    return found


def before_leaving(services: Services, *, messages: bool = False) -> None:
    """Write the mark before something leaves; `Unavailable("store_went_back")` while it may not."""
    found = keep_mark(services, messages=messages)
    if found is not None:
        raise refusal(found)


def require_answerable(channel: str, services: Services, uow: UnitOfWork) -> None:
    """Let a bank's file wait while it may answer a file that the store does not know yet."""
    found = uow.restores.open()
    if found is None or (found.scanned_at is not None and uow.restores.files_open() == 0):
        return
    kinds = {one.kind for one in services.catalog.partners.values() if one.channel == channel}
    if "bank" in kinds:
        raise refusal(found)


def refusal(found: Restore) -> Unavailable:
    """Return what everything that may not leave is told."""
    return Unavailable(
        "store_went_back", epoch=found.epoch, cause=found.cause.zh,
        found_at=found.found_at.isoformat(timespec="seconds"),
    )  # fmt: skip


def note_leaving(outgoing: Outgoing, services: Services, facts: Mapping[str, object]) -> None:
    """Write a file into the sending book before its first byte leaves."""
    before_leaving(services)
    outside_of(services).note(SENT, _line("began", outgoing, services, facts))


def note_delivered(outgoing: Outgoing, services: Services) -> None:
    """Write into the sending book that a file's delivery is certain."""
    outside_of(services).note(SENT, _line("delivered", outgoing, services, {}))


def note_came(channel: str, name: str, sha256: str, services: Services) -> None:
    """Write a received file into the book of those before the store says that it has it."""
    line = Line(
        what="came", channel=channel, name=name, sha256=sha256, at=services.now().isoformat()
    )
    outside_of(services).note(RECEIVED, line)


def declare(services: Services, *, person: str, reason: str) -> Restore:
    """Say that the store was restored, when nothing here could notice it; what is open stays."""
    who, why = named(person), worded(reason)
    found = notice(services)
    if found is not None:
        return found
    outside = outside_of(services)
    with outside.locked():
        return _begin(RestoreCause.DECLARED, outside, services, person=who, reason=why)


def from_backup(services: Services, *, person: str, backup: str) -> Restore:
    """Open the epoch of a store that was restored from a backup."""
    outside = outside_of(services)
    with outside.locked():
        return _begin(
            RestoreCause.FROM_BACKUP, outside, services, person=named(person), reason=backup
        )


def _compare(mark: Mark | None, uow: UnitOfWork) -> RestoreCause | None:
    """Return why the store is not the one that the mark is of; a mark of an epoch past is none."""
    if mark is None:
        return RestoreCause.MARK_LOST if uow.restores.is_marked() else None
    epoch = uow.restores.epoch()
    if mark.epoch < epoch:
        return None
    same = mark.n == 0 or uow.restores.hash_of(mark.n) == mark.hash
    return None if same and mark.epoch == epoch else RestoreCause.WENT_BACK


def _mark_of(uow: UnitOfWork) -> Mark:
    head = uow.journal.head()
    return Mark(
        epoch=uow.restores.epoch(), n=head.n, hash=head.hash, streams=uow.restores.streams()
    )


def _begin(
    cause: RestoreCause,
    outside: Outside,
    services: Services,
    *,
    person: str | None = None,
    reason: str | None = None,
) -> Restore:
    """Open a new epoch in the store, then outside; whoever was quicker has done it."""
    mark, at = outside.mark(), services.now()

    def unit(uow: UnitOfWork) -> Restore:
        known = uow.restores.open()
        if known is not None and cause in _NOTICED and _compare(mark, uow) is None:
            return known
        epoch = max(uow.restores.epoch(), mark.epoch if mark else 0) + 1
        head = uow.journal.head()
        begun = uow.restores.begin(
            Restore(
                id=0, epoch=epoch, cause=cause, found_at=at, person=person, head_n=head.n,
                head_hash=head.hash, mark_n=mark.n if mark else None,
                mark_hash=mark.hash if mark else None,
            )
        )  # fmt: skip
        skipped = uow.restores.skip_numbers(begun.id, mark.streams if mark else {})
        unsure = _look_before_sending(uow, services)
        uow.restores.note_marked(at)
        uow.journal.note(
            "store.went_back", f"restore:{begun.id}", at=at, actor="person" if person else "hub",
            person=person, cause=cause.value, epoch=epoch, head=begun.head_n, mark=begun.mark_n,
            numbers=skipped, unsure=unsure, reason=reason,
        )  # fmt: skip
        return begun

    begun = services.store.transact(unit)
    with services.store.read() as uow:
        outside.write_mark(_mark_of(uow))
    log("hub").critical("store.went_back", epoch=begun.epoch, cause=begun.cause.value)
    return begun


_NOTICED = frozenset({RestoreCause.WENT_BACK, RestoreCause.MARK_LOST})


def _look_before_sending(uow: UnitOfWork, services: Services) -> list[int]:
    """Let every file that waits to be sent be looked for first: it may have gone already."""
    at, found = services.now(), []
    for outgoing in uow.outbox.waiting():
        if outgoing.state is OutboxState.READY:
            uow.outbox.mark(outgoing.id, OutboxState.UNKNOWN, at=at, note=NOTE)
            found.append(outgoing.id)
    return found


def _line(what: str, outgoing: Outgoing, services: Services, facts: Mapping[str, object]) -> Line:
    return Line(
        what=what, channel=outgoing.channel, name=outgoing.file_name,
        sha256=outgoing.content_sha256, original_sha256=outgoing.original_sha256,
        at=services.now().isoformat(), facts=facts,
    )  # fmt: skip
