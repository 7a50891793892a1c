"""Outbox (发件): files to send, in the order in which it was decided to send them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Self

from sqlalchemy import func, select

from hub.errors import Rejected
from hub.store.schema.spine import outbox
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select


class OutboxState(StrEnum):
    """Where a file is on its way out."""

    READY = "ready"  # not sent, or an attempt is known to have failed
    SENDING = "sending"  # an attempt was begun; after a crash its outcome is unknown
    UNKNOWN = "unknown"  # an attempt broke off at its end
    BLOCKED = "blocked"  # a person must settle something with the other side
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"  # two people have taken it back: it never leaves


ENDED: Final = frozenset({OutboxState.DELIVERED, OutboxState.WITHDRAWN})
"""The states that nothing follows: what is delivered stays so, what is withdrawn never leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One file to send; its bytes are in the archive.

    `original_sha256` is the plain file that they were made of, when they are encrypted or marked.
    """

    id: int
    channel: str
    file_name: str
    content_sha256: str
    state: OutboxState
    attempts: int
    note: str | None
    added_at: datetime
    changed_at: datetime
    original_sha256: str | None = None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the file that a row of the table holds."""
        values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
        return cls(**{**values, "state": OutboxState(values["state"])})


_ENDED: Final = sorted(state.value for state in ENDED)
_OPEN: Final = sorted(state.value for state in OutboxState if state not in ENDED)


class Outbox:
    """The outgoing files that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, *, channel: str, file_name: str, content_sha256: str, at: datetime,
        original_sha256: str | None = None,
    ) -> Outgoing:  # fmt: skip
        """Queue a file; the same file again is the one that is there.

        `Rejected("outbox_name_taken")` when the name was given to other bytes: a partner could
        not tell which of them holds.
        """
        insert_new(
            self._connection,
            outbox,
            channel=channel, file_name=file_name, content_sha256=content_sha256,
            state=OutboxState.READY.value, attempts=0, added_at=at, changed_at=at,
            original_sha256=original_sha256,
        )  # fmt: skip
        mine = (outbox.c.channel == channel, outbox.c.file_name == file_name)
        found = self._all(select(outbox).where(*mine))[0]
        if found.content_sha256 != content_sha256:
            raise Rejected("outbox_name_taken", channel=channel, name=file_name)
        return found

    def get(self, outbox_id: int) -> Outgoing:
        """Return one outgoing file; `Rejected` when there is none."""
        found = self._all(select(outbox).where(outbox.c.id == outbox_id))
        if not found:
            raise Rejected("outbox_missing", id=outbox_id)
        return found[0]

    def next(self, channel: str) -> Outgoing | None:
        """Return the first file of a channel that is to leave: the head of its lane."""
        c = outbox.c
        waiting = (c.channel == channel, c.state.in_(_OPEN))  # by index: of years, few are open
        found = self._all(select(outbox).where(*waiting).order_by(c.id).limit(1))
        return found[0] if found else None

    def waiting(self) -> Sequence[Outgoing]:
        """Return every file that has not left for certain and was not taken back, in order."""
        query = select(outbox).where(outbox.c.state.not_in(_ENDED)).order_by(outbox.c.id)
        return self._all(query)

    def every(self) -> dict[tuple[str, str], Outgoing]:
        """Return every file by channel and name."""
        return {(one.channel, one.file_name): one for one in self._all(select(outbox))}

    def resealed(self, outbox_id: int, content_sha256: str) -> None:
        """Note that what left is another sealing of the same file; one that is delivered stays."""
        c = outbox.c
        self._connection.execute(
            outbox.update()
            .where(c.id == outbox_id, c.state.not_in(_ENDED))
            .values(content_sha256=content_sha256)
        )

    def mark(
        self, outbox_id: int, state: OutboxState, *, at: datetime, note: str | None = None
    ) -> None:
        """Note how far a file has come; what is delivered stays so."""
        c = outbox.c
        begun = 1 if state is OutboxState.SENDING else 0
        changed = self._connection.execute(
            outbox.update()
            .where(c.id == outbox_id, c.state.not_in(_ENDED))
            .values(state=state.value, changed_at=at, note=note, attempts=c.attempts + begun)
        )
        if changed.rowcount != 1:
            if self.get(outbox_id).state is OutboxState.WITHDRAWN:
                raise Rejected("outbox_withdrawn", id=outbox_id)
            if state is not OutboxState.DELIVERED:
                raise Rejected("outbox_delivered", id=outbox_id)

    def withdraw(self, seen: Outgoing, *, at: datetime, note: str) -> None:
        """Take a file back for ever, if it is as it was seen; `Rejected("outbox_moved")` if not.

        Whoever was about to send it finds it withdrawn.
        """
        c = outbox.c
        same = (
            c.state == seen.state.value, c.attempts == seen.attempts,
            c.changed_at == seen.changed_at,
        )  # fmt: skip
        done = self._connection.execute(
            outbox.update()
            .where(c.id == seen.id, *same)
            .values(state=OutboxState.WITHDRAWN.value, changed_at=at, note=note)
        )
        if done.rowcount != 1:
            raise Rejected("outbox_moved", id=seen.id)

    def of_name(self, channel: str, file_name: str) -> Outgoing | None:
        """Return the file of a name on a channel, if there is one."""
        mine = (outbox.c.channel == channel, outbox.c.file_name == file_name)
        found = self._all(select(outbox).where(*mine))
        return found[0] if found else None

    def list(
        self, *, state: OutboxState | None = None, channel: str | None = None, limit: int = 100
    ) -> list[Outgoing]:
        """Return outgoing files, the latest first."""
        query = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(outbox.c.state == state.value)
        if channel is not None:
            query = query.where(outbox.c.channel == channel)
        return list(self._all(query))

    def backlog(self) -> dict[str, dict[str, int]]:
        """Return how many files each channel has in each state."""
        c = outbox.c
        query = select(c.channel, c.state, func.count()).group_by(c.channel, c.state)
        counts: dict[str, dict[str, int]] = {}
        for channel, state, count in self._connection.execute(query):
            counts.setdefault(channel, {})[state] = count
        return counts

    def _all(self, query: Select[Any]) -> Sequence[Outgoing]:
        return [Outgoing.from_row(row) for row in self._connection.execute(query)]
