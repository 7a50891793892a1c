"""Inbox (收件): what came in, whether it came before, and what became of it.

Four things can be true of a file: it is new; its content came before, under whatever name; its
name came before with other content; its business key was read before from other bytes. The
constraints of the table decide which, so that of two equal files that come at once one counts.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import func, select

from hub.errors import Rejected
from hub.store.schema.spine import CONTENT_KEY, business_keys, inbox
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row


class InboxState(StrEnum):
    """What became of a file."""

    RECEIVED = "received"  # to be read
    READ = "read"
    REFUSED = "refused"
    HELD = "held"  # a person decides
    DUPLICATE = "duplicate"  # no effect, for ever


class Novelty(StrEnum):
    """What is true of a file when it is compared with all that came before."""

    NEW = "new"
    REPEAT = "repeat"
    NAME_REUSED = "name_reused"
    KEY_CONFLICT = "key_conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One received file; `earlier_id` is the file that it repeats or contradicts.

    `error` is why it was refused, `deviations` what was odd about it though it was read.
    """

    id: int
    channel: str
    name: str
    sha256: str
    size_bytes: int
    state: InboxState
    novelty: Novelty
    earlier_id: int | None
    partner: str | None
    layout: str | None
    layout_sha256: str | None
    rows: int | None
    business_key: str | None
    deviations: tuple[Mapping[str, Any], ...]
    error: Mapping[str, Any] | None
    received_at: datetime
    read_at: datetime | None
    released_by: str | None
    released_at: datetime | None
    trace_id: str

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the file that a row of the table holds."""
        values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
        values |= {
            "state": InboxState(values["state"]),
            "novelty": Novelty(values["novelty"]),
            "deviations": tuple(json.loads(values["deviations"])),
            "error": json.loads(values["error"]) if values["error"] else None,
        }
        return cls(**values)


_SELECTED = tuple(inbox.c[field.name] for field in fields(Received))


class Inbox:
    """The received files that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, *, channel: str, name: str, sha256: str, size_bytes: int, at: datetime, trace_id: str
    ) -> Received:
        """Record a file whose bytes are in the archive, and find out whether it is new.

        A repeat is a row of its own, without effect. A name with other content is held.
        """
        file = {
            "channel": channel, "name": name, "sha256": sha256, "size_bytes": size_bytes,
            "received_at": at, "trace_id": trace_id,
        }  # fmt: skip
        c = inbox.c
        while True:
            if self._insert(file, InboxState.RECEIVED, Novelty.NEW):
                return self._counting(sha256)
            twin = self._find(c.sha256 == sha256, c.novelty != Novelty.REPEAT.value)
            if twin is not None:
                return self._repeat(file, twin)
            other = self._find(c.channel == channel, c.name == name, c.holds_name == 1)
            if self._insert(file, InboxState.HELD, Novelty.NAME_REUSED, earlier=other):
                return self._counting(sha256)
            # the same content came through another door meanwhile: it is seen now

    def mark_read(
        self,
        inbox_id: int,
        *,
        partner: str,
        layout: str,
        layout_sha256: str,
        rows: int,
        business_key: str | None,
        at: datetime,
        deviations: Iterable[Any] = (),
    ) -> Received:
        """Record that a file was read; or hold it, when its business key has other bytes.

        A held file that a person released is read nevertheless. Marking again is harmless.
        """
        known = self._locked(inbox_id)
        if known.state is InboxState.HELD:
            return known
        owner = self._owner_of(partner, business_key, known) if business_key else known.id
        values: dict[str, Any] = {
            "partner": partner,
            "layout": layout,
            "layout_sha256": layout_sha256,
            "business_key": business_key,
        }
        if owner != known.id and known.novelty is not Novelty.KEY_CONFLICT:
            values |= {"earlier_id": owner, "novelty": Novelty.KEY_CONFLICT.value}
            return self._set(known, InboxState.HELD, **values)
        odd = [asdict(d) if not isinstance(d, dict) else d for d in deviations]
        values |= {"rows": rows, "read_at": at, "deviations": _json(odd), "error": None}
        return self._set(known, InboxState.READ, **values)

    def mark_refused(self, inbox_id: int, *, error: Mapping[str, Any], at: datetime) -> Received:
        """Record that a file cannot be used, and why; its bytes stay in the archive."""
        known = self._locked(inbox_id)
        return self._set(known, InboxState.REFUSED, error=_json(dict(error)), read_at=at)

    def hold(self, inbox_id: int, *, error: Mapping[str, Any] | None = None) -> Received:
        """Let a file that was not read yet wait for a person; holding again is harmless."""
        known = self._locked(inbox_id)
        if known.state is InboxState.HELD:
            return known
        return self._set(known, InboxState.HELD, error=_json(dict(error)) if error else None)

    def release(self, inbox_id: int, *, person: str, at: datetime) -> Received:
        """Let a held file be read, by a person's decision; `Rejected` when it is not held."""
        known = self._locked(inbox_id)
        if known.state is not InboxState.HELD:
            raise Rejected("inbox_not_held", id=inbox_id, state=known.state.value)
        return self._write(
            known, state=InboxState.RECEIVED.value, released_by=person, released_at=at
        )

    def reopen(self, inbox_id: int) -> Received:
        """Let a file that was read or refused be read again."""
        known = self._locked(inbox_id)
        if known.state not in (InboxState.READ, InboxState.REFUSED):
            raise ValueError(f"inbox {inbox_id} is {known.state} and cannot be read again")
        return self._write(known, state=InboxState.RECEIVED.value)

    def get(self, inbox_id: int) -> Received:
        """Return one received file; `Rejected` when there is none."""
        found = self._find(inbox.c.id == inbox_id)
        if found is None:
            raise Rejected("inbox_missing", id=inbox_id)
        return found

    def list(
        self, *, state: InboxState | None = None, channel: str | None = None, limit: int = 100
    ) -> list[Received]:
        """Return received files, the latest first."""
        query = select(*_SELECTED).order_by(inbox.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(inbox.c.state == state.value)
        if channel is not None:
            query = query.where(inbox.c.channel == channel)
        return [Received.from_row(row) for row in self._connection.execute(query)]

    def after(self, inbox_id: int, *, limit: int) -> Sequence[Received]:
        """Return what was received after one, in order."""
        query = select(*_SELECTED).where(inbox.c.id > inbox_id).order_by(inbox.c.id).limit(limit)
        return [Received.from_row(row) for row in self._connection.execute(query)]

    def present(self, ids: Collection[int]) -> set[int]:
        """Return those of some numbers that are there."""
        return set(self._connection.scalars(select(inbox.c.id).where(inbox.c.id.in_(ids))))

    def digests(self) -> set[str]:
        """Return the SHA-256 of everything that was ever received."""
        return set(self._connection.execute(select(inbox.c.sha256).distinct()).scalars())

    def of_name(self, channel: str, name: str, *, limit: int = 5) -> Sequence[Received]:
        """Return what came through a channel under a name, the latest first."""
        c = inbox.c
        query = select(*_SELECTED).where(c.channel == channel, c.name == name)
        rows = self._connection.execute(query.order_by(c.id.desc()).limit(limit))
        return [Received.from_row(row) for row in rows]

    def mark_same_inside(self, inbox_id: int, *, partner: str, content_sha256: str) -> bool:
        """Mark a file as a repeat if what it holds was read from another one; tell whether so."""
        known = self._locked(inbox_id)
        owner = self._owner_of(partner, f"{CONTENT_KEY}{content_sha256}", known)
        if owner != inbox_id:
            self._set(known, InboxState.DUPLICATE, novelty=Novelty.REPEAT.value, earlier_id=owner)
        return owner != inbox_id

    def backlog(self) -> dict[str, dict[str, int]]:
        """Return how many files each channel has in each state."""
        c = inbox.c
        query = select(c.channel, c.state, func.count()).group_by(c.channel, c.state)
        counts: dict[str, dict[str, int]] = {}
        for channel, state, count in self._connection.execute(query):
            counts.setdefault(channel, {})[state] = count
        return counts

    def _insert(
        self,
        file: Mapping[str, Any],
        state: InboxState,
        novelty: Novelty,
        earlier: Received | None = None,
    ) -> bool:
        return insert_new(
            self._connection,
            inbox,
            **file,
            state=state.value,
            novelty=novelty.value,
            holds_name=int(novelty is Novelty.NEW),
            earlier_id=earlier.id if earlier else None,
        )

    def _repeat(self, file: Mapping[str, Any], twin: Received) -> Received:
        values = {"state": InboxState.DUPLICATE.value, "novelty": Novelty.REPEAT.value}
        insert = inbox.insert().values(**file, **values, holds_name=0, earlier_id=twin.id)
        return self.get(self._connection.execute(insert.returning(inbox.c.id)).scalar_one())

    def _owner_of(self, partner: str, business_key: str, known: Received) -> int:
        insert_new(
            self._connection,
            business_keys,
            partner=partner,
            business_key=business_key,
            inbox_id=known.id,
        )
        c = business_keys.c
        mine = select(c.inbox_id).where(c.partner == partner, c.business_key == business_key)
        return int(self._connection.execute(mine).scalar_one())

    def _set(self, known: Received, state: InboxState, **values: Any) -> Received:  # noqa: ANN401
        if known.state not in (InboxState.RECEIVED, state):
            raise ValueError(f"inbox {known.id} is {known.state} and cannot become {state}")
        return self._write(known, state=state.value, **values)

    def _write(self, known: Received, **values: Any) -> Received:  # noqa: ANN401 -- by column
        self._connection.execute(inbox.update().where(inbox.c.id == known.id).values(**values))
        return self.get(known.id)

    def _counting(self, sha256: str) -> Received:
        found = self._find(inbox.c.sha256 == sha256, inbox.c.novelty != Novelty.REPEAT.value)
        assert found is not None  # noqa: S101 -- written in this unit
        return found

    def _locked(self, inbox_id: int) -> Received:
        found = self._find(inbox.c.id == inbox_id, lock=True)
        if found is None:
            raise Rejected("inbox_missing", id=inbox_id)
        return found

    def _find(self, *conditions: ColumnElement[bool], lock: bool = False) -> Received | None:
        query = select(*_SELECTED).where(*conditions)
        if lock:
            query = query.with_for_update()  # SQLite has the whole file already
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Received.from_row(row)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
