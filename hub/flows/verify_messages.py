"""`hub verify` of messages between regions: what is kept is what the journal saw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from hub.domain.envelope import open_wire, sha256_of
from hub.domain.region_directory import RecordState
from hub.domain.region_message import Direction
from hub.errors import Rejected
from hub.flows.region_directory import digest_of
from hub.flows.region_messages import subject_of
from hub.flows.verify_journalled import Row, as_journalled
from hub.store.audit import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from collections.abc import Set as AbstractSet

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.journal import Entry
    from hub.store.region_messages import Kept

_POSTED: Final = "message.posted"


class _Messages:
    """Messages, and the digests that the journal took of their bytes when they were kept."""

    events: tuple[str, ...] = (_POSTED, "message.applied", "message.refused", "message.parked")
    first_key = ("", "", "")

    def page(self, uow: UnitOfWork, after: tuple[str, str, str], limit: int) -> Sequence[Row]:
        return [
            Row(
                key=(one.direction, one.peer, one.id),
                subject=_subject(one),
                holds=sha256_of(one.wire),
            )
            for one in uow.region_messages.page(after, limit=limit)
        ]

    def noted(self, facts: dict[str, Any]) -> object | None:
        return str(facts["sha256"])

    def there(self, uow: UnitOfWork, entries: Collection[Entry]) -> AbstractSet[str]:
        named = {entry.subject: _named(entry) for entry in entries}
        keys = uow.region_messages.keys({message_id for _, _, message_id in named.values()})
        ours = {message_id for way, _, message_id in keys if way == Direction.OUT}
        return {
            subject
            for subject, (way, sender, message_id) in named.items()
            if (message_id in ours if way is Direction.OUT else (way, sender, message_id) in keys)
        }


def messages_as_journalled(services: Services) -> Answer:
    """Compare each message's bytes with the digest that the journal took when they were kept."""
    return as_journalled(services, _Messages())


def directory_as_journalled(uow: UnitOfWork) -> Answer:
    """Compare each entry that holds with the digest that the journal took when it was confirmed."""
    noted: dict[int, tuple[str, str | None]] = {}
    for entry in uow.journal.happened("region.confirmed"):
        facts = json.loads(entry.facts)
        noted[facts["record"]] = (facts["sha256"], entry.person)
    records = uow.regions.list(state=RecordState.CONFIRMED)
    first = None
    for record in records:
        if noted.pop(record.id, None) != (digest_of(record), record.decided_by):
            first = first or f"region_record:{record.id}"
    gone = min(noted, default=None)
    first = first or (None if gone is None else f"region_record:{gone}")
    return Answer(looked=len(records), first=first)


def _named(entry: Entry) -> tuple[Direction, str, str]:
    sender, _, message_id = entry.subject.removeprefix("message:").partition("/")
    way = Direction.OUT if entry.event == _POSTED else Direction.IN
    return way, sender, message_id


def _subject(message: Kept) -> str:
    """Return what the journal calls a message; of ours only the bytes name the sender."""
    if message.direction == Direction.IN:
        return f"message:{message.peer}/{message.id}"
    try:
        return subject_of(open_wire(message.wire).envelope)
    except Rejected:  # somebody changed it
        return f"message:{message.id}"
