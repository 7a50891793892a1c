"""Takes a batch of messages off a road: each counts once for ever, whatever is sent again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from hub.domain.message_topology import dead_queue
from hub.store.bulk_writes import insert_new_rows
from hub.store.message_checks import fault
from hub.store.messages import InState
from hub.store.quarantine import Quarantine, headers_text
from hub.store.schema.messages import messages_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from hub.ports import Message


ID_SHOWN: Final = 40
_COLUMNS: Final = (
    "source", "message_id", "road", "queue", "key", "type", "sha256", "body", "headers", "state",
    "at", "received_at", "changed_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What a batch brought: the rows that are new, and what was put into quarantine and why."""

    new: tuple[tuple[int, str], ...]  # row of `messages_in`, routing key
    quarantined: tuple[tuple[str, str], ...]  # message id, reason
    repeats: int


class MessageArrivals:
    """Writes what arrives, in one unit for a whole batch."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._quarantine = Quarantine(connection)

    def take(self, road: str, queue: str, messages: Sequence[Message], *, at: datetime) -> Arrived:
        """Keep a batch. The same message again is a repeat and has no effect.

        The same id with other content, what cannot be a message, and what the broker gave up
        delivering go to quarantine.
        """
        is_grave = queue == dead_queue(queue.partition(".")[0])
        quarantined = []
        sound = []
        for message in messages:
            reason = "message_dead" if is_grave else fault(message)
            if reason is None:
                sound.append((message, hashlib.sha256(message.body).hexdigest()))
            else:
                self._quarantine.add(road, queue, message, reason=reason, at=at)
                quarantined.append((message.id[:ID_SHOWN], reason))
        new = self._insert(road, queue, sound, at)
        known = self._known(sound) if len(new) < len(sound) else {}
        for message, sha256 in sound:
            if known.get((message.sender, message.id), sha256) != sha256:
                self._quarantine.add(road, queue, message, reason="message_id_reused", at=at)
                quarantined.append((message.id, "message_id_reused"))
        repeats = len(messages) - len(new) - len(quarantined)
        return Arrived(new=tuple(new), quarantined=tuple(quarantined), repeats=repeats)

    def _insert(
        self, road: str, queue: str, sound: Sequence[tuple[Message, str]], at: datetime
    ) -> list[tuple[int, str]]:
        rows = [
            (m.sender, m.id, road, queue, m.key, m.type, sha256, m.body, headers_text(m.headers),
             InState.NEW.value, m.at, at, at)
            for m, sha256 in sound
        ]  # fmt: skip
        return insert_new_rows(self._connection, messages_in, _COLUMNS, rows, returning="key")

    def _known(self, sound: Sequence[tuple[Message, str]]) -> dict[tuple[str, str], str]:
        c = messages_in.c
        ids: dict[str, list[str]] = {}
        for message, _ in sound:
            ids.setdefault(message.sender, []).append(message.id)
        known: dict[tuple[str, str], str] = {}
        for sender, some in ids.items():  # SQLite reads the whole index for pairs of values
            query = select(c.message_id, c.sha256).where(c.source == sender, c.message_id.in_(some))
            rows = self._connection.execute(query)
            known |= {(sender, row.message_id): row.sha256 for row in rows}
        return known
