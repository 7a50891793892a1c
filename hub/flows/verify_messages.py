"""`hub verify` of messages between regions: what is kept is what the journal saw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hub.domain.envelope import sha256_of
from hub.domain.region_directory import RecordState
from hub.domain.region_message import Direction
from hub.flows.region_directory import digest_of
from hub.store.audit import Answer

if TYPE_CHECKING:
    from hub.store.engine import UnitOfWork
    from hub.store.journal import Entry

_EVENTS: Final = ("message.posted", "message.applied", "message.refused", "message.parked")


def messages_as_journalled(uow: UnitOfWork) -> Answer:
    """Compare each message's bytes with the digest that the journal took when they were kept."""
    noted: dict[tuple[Direction, str], str] = {}
    for entry in uow.journal.happened(*_EVENTS):
        way, sender, message_id = _named(entry)
        key = (way, f"{sender}/{message_id}" if way is Direction.IN else message_id)
        noted.setdefault(key, json.loads(entry.facts)["sha256"])
    looked, first = 0, None
    for way, peer, message_id, wire in uow.region_messages.stream():
        looked += 1
        told = noted.pop((way, f"{peer}/{message_id}" if way is Direction.IN else message_id), None)
        if sha256_of(wire) != told:
            first = first or f"message:{message_id}"
    left = sorted(f"message:{key}" for _, key in noted)
    return Answer(looked=looked, first=first or next(iter(left), None))


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
    way = Direction.OUT if entry.event == "message.posted" else Direction.IN
    return way, sender, message_id
