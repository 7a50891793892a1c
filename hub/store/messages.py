"""Messages in the store: queued in the unit that causes them, kept once for ever on arrival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sqlalchemy import bindparam, func, select

from hub.domain.event import CONTENT_TYPE, event_body
from hub.domain.message_topology import EVENT
from hub.errors import Rejected
from hub.ports import MESSAGE_BYTES_MAX, Message
from hub.store.message_checks import fault
from hub.store.message_rows import InState, MessageIn, MessageOut, OutState, Queued, headers_of
from hub.store.quarantine import Quarantine, headers_text
from hub.store.schema.messages import messages_in, messages_out
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select


__all__ = ["EventRoad", "InState", "MessageIn", "MessageOut", "Messages", "OutState", "Queued"]

_SENT = tuple(
    messages_out.c[name] for name in ("id", "message_id", "type", "key", "body", "at", "headers")
)
# what every message asks, built once: to build a statement takes longer than to run it
_GET_IN: Final = select(messages_in).where(messages_in.c.id == bindparam("row"))
_HOLD_IN: Final = _GET_IN.with_for_update()
_MARK_OUT: Final = (
    messages_out.update()
    .where(
        messages_out.c.id.in_(bindparam("rows", expanding=True)),
        messages_out.c.state != OutState.CONFIRMED.value,
    )
    .values(
        state=bindparam("state"), note=bindparam("note"), changed_at=bindparam("changed_at"),
        attempts=messages_out.c.attempts + bindparam("failed"),
    )
)  # fmt: skip
_WAITING: Final = (
    messages_out.c.road == bindparam("to"),
    messages_out.c.state == OutState.QUEUED.value,
    messages_out.c.id > bindparam("after"),
)
_SIZES: Final = (
    select(messages_out.c.id, func.length(messages_out.c.body))
    .where(*_WAITING)
    .order_by(messages_out.c.id)
    .limit(bindparam("most"))
)
_BODIES: Final = (
    select(*_SENT)
    .where(*_WAITING, messages_out.c.id <= bindparam("last"))
    .order_by(messages_out.c.id)
)
_MARK_IN: Final = (
    messages_in.update()
    .where(messages_in.c.id == bindparam("row"), messages_in.c.state != InState.APPLIED.value)
    .values(state=bindparam("state"), note=bindparam("note"), changed_at=bindparam("changed_at"))
)
BATCH_BYTES: Final = 64 * 1024 * 1024  # of bodies read at once


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRoad:
    """Where the hub's events go: which road, and the agency's own region before each key."""

    road: str
    region: str


class Messages:
    """The messages that one unit of work sees."""

    def __init__(self, connection: Connection, events: EventRoad | None = None) -> None:
        self._connection = connection
        self._quarantine = Quarantine(connection)
        self.events: Final = events
        self.roads: Final[set[str]] = set()  # roads that this unit gave something to send

    def send(self, message: Message, *, road: str) -> None:
        """Queue a message; it leaves only if this unit is committed.

        The same message again changes nothing. `Rejected("message_id_taken")` when its id was
        given to other content, `message_too_large` above `MESSAGE_BYTES_MAX`, `message_odd` for
        what no road would carry.
        """
        if len(message.body) > MESSAGE_BYTES_MAX:
            raise Rejected(
                "message_too_large", size_bytes=len(message.body), size_bytes_max=MESSAGE_BYTES_MAX
            )
        odd = fault(message)
        if odd is not None:
            raise Rejected("message_odd", id=message.id[:40], reason=odd)
        is_new = insert_new(
            self._connection,
            messages_out,
            message_id=message.id, road=road, key=message.key, type=message.type,
            body=message.body, headers=headers_text(message.headers), at=message.at,
            state=OutState.QUEUED.value, attempts=0, changed_at=message.at,
        )  # fmt: skip
        if is_new:
            self.roads.add(road)
            return
        found = self._out(messages_out.c.message_id == message.id)[0].message
        if (found.key, found.type, found.body) != (message.key, message.type, message.body):
            raise Rejected("message_id_taken", id=message.id)

    def announce(self, type: str, facts: Mapping[str, Any], at: datetime) -> None:  # noqa: A002
        """Queue an event for the road that carries events; without one this does nothing."""
        to = self.events
        if to is None:
            return
        number = uuid4().hex
        self.send(
            Message(
                id=number,
                type=f"{EVENT}.{type}",
                key=f"{to.region}.{EVENT}.{type}",
                body=event_body(type, facts, region=to.region, id=number, at=at),
                at=at,
                headers={"content-type": CONTENT_TYPE},
            ),
            road=to.road,
        )

    def queued(
        self, road: str, *, limit: int, without: Collection[str] = (), after: int = 0
    ) -> list[Queued]:
        """Return what a road has to send, in order, but not for the lanes in `without`.

        Only what stands behind the row `after`; at most `limit`, and no more than `BATCH_BYTES`
        of bodies unless one alone has more.
        """
        sizes, bodies = _SIZES, _BODIES
        if without:
            wanted = [messages_out.c.key.not_like(f"{lane}.%") for lane in without]
            sizes, bodies = sizes.where(*wanted), bodies.where(*wanted)
        mine: dict[str, Any] = {"to": road, "after": after}
        last, total = after, 0
        for out_id, size in self._connection.execute(sizes, {**mine, "most": limit}):
            total += size
            if last > after and total > BATCH_BYTES:
                break
            last = out_id
        if last == after:
            return []
        return [
            Queued(
                row,
                Message(id=id, type=type, key=key, body=body, at=at, headers=headers_of(headers)),
            )
            for row, id, type, key, body, at, headers in self._connection.execute(  # noqa: A001
                bodies, {**mine, "last": last}
            )
        ]

    def mark_out(
        self, ids: Sequence[int], state: OutState, *, at: datetime, note: str | None = None
    ) -> None:
        """Note what became of an attempt to send; what is confirmed stays so."""
        failed = 0 if state is OutState.CONFIRMED else 1
        values = {"state": state.value, "note": note, "changed_at": at, "failed": failed}
        if ids:
            self._connection.execute(_MARK_OUT, {"rows": ids, **values})

    def resend(self, out_id: int, *, at: datetime) -> MessageOut:
        """Queue a blocked message again; `Rejected` when it is not blocked."""
        c = messages_out.c
        found = self._out(c.id == out_id)
        if not found or found[0].state is not OutState.BLOCKED:
            raise Rejected("message_not_blocked", id=out_id)
        self._connection.execute(
            messages_out.update()
            .where(c.id == out_id)
            .values(state=OutState.QUEUED.value, note=None, changed_at=at)
        )
        self.roads.add(found[0].road)
        return self._out(c.id == out_id)[0]

    def list_out(self, *, state: OutState | None = None, limit: int = 100) -> list[MessageOut]:
        """Return messages to send, the latest first."""
        c = messages_out.c
        wanted = () if state is None else (c.state == state.value,)
        return self._out(*wanted, order=c.id.desc(), limit=limit)

    def get_in(self, in_id: int, *, lock: bool = False) -> MessageIn:
        """Return one message that arrived; `Rejected("message_missing")` when there is none.

        With `lock`, nobody else can mark it before this unit has ended.
        """
        query = _HOLD_IN if lock else _GET_IN
        row = self._connection.execute(query, {"row": in_id}).first()
        if row is None:
            raise Rejected("message_missing", id=in_id)
        return MessageIn.from_row(row)

    def list_in(self, *, state: InState | None = None, limit: int = 100) -> list[MessageIn]:
        """Return messages that arrived, the latest first."""
        c = messages_in.c
        wanted = () if state is None else (c.state == state.value,)
        return self._in(*wanted, order=c.id.desc(), limit=limit)

    def mark_applied(self, in_id: int, *, at: datetime, note: str | None = None) -> None:
        """Note that a message had its effect, in the unit that has it; for ever."""
        self._mark_in(in_id, InState.APPLIED, note, at)

    def mark_refused(self, in_id: int, *, error: Mapping[str, Any], at: datetime) -> None:
        """Note that a message has no effect and why (`HubError.as_dict`), and show it to people.

        It stays readable in quarantine, from where a person can let it be tried again.
        """
        self._mark_in(in_id, InState.REFUSED, str(error["code"]), at)
        self._quarantine.add_refused(self.get_in(in_id), error=error, at=at)

    def park(self, in_id: int, *, at: datetime, note: str) -> None:
        """Note that a message waits: it came early, or a person must decide."""
        self._mark_in(in_id, InState.PARKED, note, at)

    def reopen(self, in_id: int, *, at: datetime) -> None:
        """Let a refused or parked message be tried again; an applied one stays applied."""
        self._mark_in(in_id, InState.NEW, None, at)

    def backlog(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return how many messages there are: `out` by road and state, `in` by queue and state."""
        counts: dict[str, dict[str, dict[str, int]]] = {"out": {}, "in": {}}
        for way, table, by in (("out", messages_out, "road"), ("in", messages_in, "queue")):
            query = select(table.c[by], table.c.state, func.count()).group_by(
                table.c[by], table.c.state
            )
            for name, state, count in self._connection.execute(query):
                counts[way].setdefault(name, {})[state] = count
        return counts

    def oldest_queued_at(self, road: str) -> datetime | None:
        """Return since when the oldest message of a road waits; `None` when none does."""
        c = messages_out.c
        mine = (c.road == road, c.state == OutState.QUEUED.value)
        found: datetime | None = self._connection.execute(
            select(c.at).where(*mine).order_by(c.id).limit(1)
        ).scalar_one_or_none()
        return found

    def _mark_in(self, in_id: int, state: InState, note: str | None, at: datetime) -> None:
        values = {"row": in_id, "state": state.value, "note": note, "changed_at": at}
        changed = self._connection.execute(_MARK_IN, values)
        if changed.rowcount != 1 and self.get_in(in_id).state is not state:
            raise Rejected("message_applied", id=in_id)

    def _out(
        self,
        *where: ColumnElement[bool],
        order: ColumnElement[Any] | None = None,
        limit: int = 1,
    ) -> list[MessageOut]:
        query = select(messages_out).where(*where).order_by(order).limit(limit)
        return [MessageOut.from_row(row) for row in self._rows(query)]

    def _in(
        self,
        *where: ColumnElement[bool],
        order: ColumnElement[Any] | None = None,
        limit: int = 1,
    ) -> list[MessageIn]:
        query = select(messages_in).where(*where).order_by(order).limit(limit)
        return [MessageIn.from_row(row) for row in self._rows(query)]

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return self._connection.execute(query).all()
