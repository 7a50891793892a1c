"""Quarantine (隔离) of messages: what nobody can use stays readable until a person decides."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import func, select

from hub.errors import Rejected
from hub.ports import MESSAGE_BYTES_MAX, Message
from hub.store.message_checks import REASONS
from hub.store.schema.messages import quarantine
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from hub.store.message_rows import MessageIn

HEADERS_KEPT = 64  # of what is in quarantine; the rest of a header bomb is only noise
CHARACTERS_KEPT = 1000


class QuarantineState(StrEnum):
    """Whether somebody must still look at it."""

    OPEN = "open"
    REDRIVEN = "redriven"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """One message in quarantine; `body` is `None` when it was larger than the hub keeps."""

    id: int
    message_in: int | None
    road: str
    queue: str
    source: str
    message_id: str
    key: str
    type: str
    reason: str
    note: str
    sha256: str
    size_bytes: int
    body: bytes | None
    headers: Mapping[str, str]
    state: QuarantineState
    at: datetime
    ended_by: str | None
    ended_at: datetime | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return what a row of the table holds."""
        values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
        return cls(
            **{
                **values,
                "state": QuarantineState(values["state"]),
                "headers": json.loads(values["headers"]),
            }
        )

    @property
    def message(self) -> Message:
        """Return it as it arrived; `Rejected` when its body was not kept."""
        if self.body is None:
            raise Rejected("quarantine_without_body", id=self.id, size_bytes=self.size_bytes)
        return Message(
            id=self.message_id, type=self.type, key=self.key, body=self.body, at=self.at,
            headers=self.headers, sender=self.source,
        )  # fmt: skip


class Quarantine:
    """The quarantine as one unit of work sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, road: str, queue: str, message: Message, *, reason: str, at: datetime, note: str = ""
    ) -> bool:
        """Keep a message that cannot be used; False when it is there already, by a redelivery."""
        words = note or REASONS.get(reason, "")
        return self._add(road, queue, message, reason=reason, note=words, at=at, message_in=None)

    def add_refused(self, refused: MessageIn, *, error: Mapping[str, Any], at: datetime) -> bool:
        """Keep a message that was received whole, but whose content was refused."""
        return self._add(
            refused.road, refused.queue, refused.message, reason=str(error["code"]),
            note=f"{error.get('zh', '')} · {error.get('en', '')}", at=at, message_in=refused.id,
        )  # fmt: skip

    def get(self, quarantine_id: int) -> Quarantined:
        """Return one; `Rejected("quarantine_missing")` when there is none."""
        row = self._connection.execute(
            select(quarantine).where(quarantine.c.id == quarantine_id)
        ).first()
        if row is None:
            raise Rejected("quarantine_missing", id=quarantine_id)
        return Quarantined.from_row(row)

    def list(
        self, *, state: QuarantineState | None = QuarantineState.OPEN, limit: int = 100
    ) -> list[Quarantined]:
        """Return what is in quarantine, the latest first; `None` for every state."""
        query = select(quarantine).order_by(quarantine.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(quarantine.c.state == state.value)
        return [Quarantined.from_row(row) for row in self._connection.execute(query)]

    def count_open(self) -> int:
        """Return how many messages somebody must still look at."""
        still = quarantine.c.state == QuarantineState.OPEN.value
        query = select(func.count()).select_from(quarantine).where(still)
        return int(self._connection.execute(query).scalar_one())

    def end(self, quarantine_id: int, state: QuarantineState, *, person: str, at: datetime) -> None:
        """Note that a person settled it; `Rejected("quarantine_ended")` when somebody has."""
        c = quarantine.c
        ended = self._connection.execute(
            quarantine.update()
            .where(c.id == quarantine_id, c.state == QuarantineState.OPEN.value)
            .values(state=state.value, ended_by=person, ended_at=at)
        )
        if ended.rowcount != 1:
            found = self.get(quarantine_id)
            raise Rejected("quarantine_ended", id=quarantine_id, state=found.state.value)

    def _add(
        self, road: str, queue: str, message: Message, *, reason: str, note: str, at: datetime,
        message_in: int | None,
    ) -> bool:  # fmt: skip
        size = len(message.body)
        return insert_new(
            self._connection,
            quarantine,
            message_in=message_in, road=road, queue=queue, source=_clean(message.sender),
            message_id=_clean(message.id), key=_clean(message.key), type=_clean(message.type),
            reason=reason, note=note, sha256=hashlib.sha256(message.body).hexdigest(),
            size_bytes=size, body=message.body if size <= MESSAGE_BYTES_MAX else None,
            headers=headers_text(
                {_clean(k): _clean(v) for k, v in list(message.headers.items())[:HEADERS_KEPT]}
            ),
            state=QuarantineState.OPEN.value, at=at,
        )  # fmt: skip


def headers_text(headers: Mapping[str, str]) -> str:
    """Return headers as one JSON object, names in order."""
    return json.dumps(dict(headers), ensure_ascii=False, sort_keys=True) if headers else "{}"


def _clean(text: str) -> str:
    # PostgreSQL keeps no NUL in a text
    return text[:CHARACTERS_KEPT].replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
