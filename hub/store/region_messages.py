"""Signed messages of the exchange between regions in the store, and each region's order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select, tuple_

from hub.domain.envelope import UNNUMBERED, open_wire
from hub.domain.region_message import RECEIPT, Direction, MessageState, RegionMessage
from hub.errors import Rejected
from hub.store.audit import Answer
from hub.store.schema.regions import region_messages, region_streams
from hub.store.schema.restores import region_numbers_lost
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row


# what every message asks, built once: to build a statement takes longer than to run it
_FIND: Final = select(region_messages).where(
    region_messages.c.direction == bindparam("way"),
    region_messages.c.peer == bindparam("of"),
    region_messages.c.id == bindparam("number"),
)
_STREAM: Final = (
    select(region_streams.c.received, region_streams.c.asked_to)
    .where(region_streams.c.peer == bindparam("of"))
    .with_for_update()
)
_OF_PEER: Final = region_streams.update().where(region_streams.c.peer == bindparam("of"))
_TAKE: Final = _OF_PEER.values(received=bindparam("number"))
_COUNT: Final = _OF_PEER.values(sent=region_streams.c.sent + 1).returning(region_streams.c.sent)


class Kept(NamedTuple):
    """A message as it is kept: `in` or `out`, the other region, its id and its bytes, unread."""

    direction: str
    peer: str
    id: str
    wire: bytes


@dataclass(slots=True)
class _Stream:
    """A region's order, held by this unit: nobody else can change it meanwhile."""

    received: int
    asked_to: int


class RegionMessages:
    """The messages that one unit of work sees, and the order of each other region's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._streams: dict[str, _Stream] = {}
        self._added: dict[tuple[Direction, str, str], RegionMessage] = {}  # and unchanged since

    def add(self, message: RegionMessage, *, arrival: int | None = None) -> None:
        """Keep a message; `arrival` is the row of `messages_in` that brought it.

        `Rejected("envelope_sequence_reused")` when its id or its number was used before.
        """
        envelope = message.envelope
        is_new = insert_new(
            self._connection, region_messages,
            direction=message.direction.value, peer=message.peer, id=message.id,
            type=envelope.type, case_ref=envelope.case_ref, in_reply_to=envelope.in_reply_to,
            sequence=envelope.sequence, sha256=message.sha256, wire=message.wire,
            state=message.state.value, code=message.code, at=message.at, due_at=message.due_at,
            settled_at=message.settled_at, arrival=arrival, repeats=0,
        )  # fmt: skip
        if not is_new:
            raise Rejected("envelope_sequence_reused", id=message.id, number=envelope.sequence)
        self._added[_key(message)] = replace(message, arrival=arrival)

    def find(self, direction: Direction, peer: str, message_id: str) -> RegionMessage | None:
        """Return a message of ours to another region, or of that region to us."""
        added = self._added.get((direction, peer, message_id))
        if added is not None:
            return added
        wanted = {"way": direction.value, "of": peer, "number": message_id}
        row = self._connection.execute(_FIND, wanted).first()
        return None if row is None else _message_of(row)

    def sent(self, message_id: str) -> RegionMessage | None:
        """Return a message that we sent, whomever to."""
        c = region_messages.c
        found = self._where(c.direction == Direction.OUT.value, c.id == message_id)
        return found[0] if found else None

    def of_id(self, message_id: str) -> Sequence[RegionMessage]:
        """Return the messages of an id: one, unless two regions gave the same."""
        return self._where(region_messages.c.id == message_id)

    def request(self, message_id: str, peer: str) -> RegionMessage:
        """Return what a region asked us; `Rejected("envelope_request_unknown")` if it did not."""
        found = self.find(Direction.IN, peer, message_id)
        if found is None:
            raise Rejected("envelope_request_unknown", id=message_id, peer=peer)
        return found

    def settle(
        self, message: RegionMessage, state: MessageState, *, at: datetime, code: str | None = None
    ) -> None:
        """Note what became of a message, once."""
        self._update(
            message, state=state.value, settled_at=at, code=code,
            due_at=None if message.direction is Direction.IN else message.due_at,
        )  # fmt: skip

    def again(self, message: RegionMessage) -> int:
        """Count that a message is sent once more, or came once more; return how often so far."""
        c = region_messages.c
        counted = (
            region_messages.update()
            .where(*_same(message))
            .values(repeats=c.repeats + 1)
            .returning(c.repeats)
        )
        return int(self._connection.execute(counted).scalar_one())

    def next_sequence(self, peer: str) -> int:
        """Return the number of our next message to a region; kept only if the unit is."""
        self.lock(peer)
        return int(self._connection.execute(_COUNT, {"of": peer}).scalar_one())

    def lock(self, peer: str) -> int:
        """Hold a region's order to the end of the unit; return the last number taken from it."""
        return self._stream(peer).received

    def take(self, peer: str, number: int) -> None:
        """Note that a region's message of this number has had its turn."""
        stream = self._stream(peer)
        self._connection.execute(_TAKE, {"of": peer, "number": number})
        stream.received = number

    def ask_to(self, peer: str, number: int) -> int:
        """Note that we ask a region for what is missing before a number.

        Return up to which number we had asked before.
        """
        stream = self._stream(peer)
        before = stream.asked_to
        if number > before:
            self._connection.execute(
                region_streams.update().where(region_streams.c.peer == peer).values(asked_to=number)
            )
            stream.asked_to = number
        return before

    def asked_to(self, peer: str) -> int:
        """Return up to which number we ever asked a region for what was missing.

        Whatever waits has asked for what is before it, so nothing waits beyond it.
        """
        return self._stream(peer).asked_to

    def parked(self, peer: str) -> Sequence[RegionMessage]:
        """Return what waits for an earlier message of a region, in order."""
        c = region_messages.c
        query = select(region_messages).where(
            c.direction == Direction.IN.value, c.peer == peer,
            c.state == MessageState.PARKED.value,
        )  # fmt: skip
        rows = self._connection.execute(query.order_by(c.sequence))
        return [_message_of(row) for row in rows]

    def sent_between(self, peer: str, first: int, last: int) -> Sequence[RegionMessage]:
        """Return our messages to a region with these numbers, in order."""
        c = region_messages.c
        numbered = c.sequence.between(max(first, 1), last)
        mine = (c.direction == Direction.OUT.value, c.peer == peer, numbered)
        return self._where(*mine, order=c.sequence)

    def of_case(self, *case_refs: str) -> Sequence[RegionMessage]:
        """Return every message about a case, by any of its references, by our own clock."""
        c = region_messages.c
        return self._where(c.case_ref.in_(case_refs), order=c.at)

    def receipt_of(self, message: RegionMessage) -> RegionMessage | None:
        """Return the receipt that was given for a message."""
        # asked by the one id alone: SQLite would rather read all of the region's messages in order
        answers = self._where(region_messages.c.in_reply_to == message.id)
        given = (
            one for one in answers
            if one.direction is not message.direction and one.peer == message.peer
            and one.envelope.type == RECEIPT
        )  # fmt: skip
        return next(given, None)

    def numbers_missing(self) -> Answer:
        """Every number that we gave a message to a region is one message's."""
        c, s = region_messages.c, region_streams.c
        mine = (c.direction == Direction.OUT.value, c.peer == s.peer, c.sequence > 0)
        count = select(func.count()).where(*mine).scalar_subquery()
        highest = select(func.coalesce(func.max(c.sequence), 0)).where(*mine).scalar_subquery()
        g = region_numbers_lost.c  # a store that went back gives no number twice
        gone = func.coalesce(func.sum(g.last - g.first + 1), 0)
        lost = select(gone).where(g.peer == s.peer).scalar_subquery()
        last_lost = func.coalesce(func.max(g.last), 0)
        passed = select(last_lost).where(g.peer == s.peer).scalar_subquery()
        wrong = select(func.min(s.peer)).where(
            or_(count + lost != s.sent, and_(highest != s.sent, passed != s.sent))
        )
        looked = self._connection.execute(select(func.count()).select_from(region_streams))
        first = self._connection.execute(wrong).scalar()
        return Answer(
            looked=int(looked.scalar_one()), first=None if first is None else f"region:{first}"
        )

    def page(self, after: tuple[str, str, str], *, limit: int) -> Sequence[Kept]:
        """Return the messages that follow way, other region and id, their bytes unread."""
        c = region_messages.c
        key = (c.direction, c.peer, c.id)
        query = select(*key, c.wire).where(tuple_(*key) > after).order_by(*key).limit(limit)
        return [Kept(*row) for row in self._connection.execute(query)]

    def keys(self, message_ids: Collection[str]) -> set[tuple[str, str, str]]:
        """Return way, other region and id of those messages of some ids that are there."""
        c = region_messages.c
        query = select(c.direction, c.peer, c.id).where(c.id.in_(message_ids))
        return {tuple(row) for row in self._connection.execute(query)}

    def list(
        self, *, peer: str | None = None, state: MessageState | None = None, limit: int = 100
    ) -> Sequence[RegionMessage]:
        """Return messages, the latest first; a receipt has no number and is not waited for."""
        c = region_messages.c
        wanted = [] if peer is None else [c.peer == peer]
        if state is not None:
            wanted.append(c.state == state.value)
        if state is MessageState.SENT:
            wanted.append(c.sequence > UNNUMBERED)
        return self._where(*wanted, order=c.at.desc(), limit=limit)

    def _stream(self, peer: str) -> _Stream:
        """Return a region's order, held to the end of the unit, so that it is read once."""
        if peer not in self._streams:
            row = self._connection.execute(_STREAM, {"of": peer}).first()
            if row is None:
                none = {"sent": 0, "received": 0, "asked_to": 0}
                insert_new(self._connection, region_streams, peer=peer, **none)
                row = self._connection.execute(_STREAM, {"of": peer}).one()
            self._streams[peer] = _Stream(*row)
        return self._streams[peer]

    def _update(self, message: RegionMessage, **values: Any) -> None:  # noqa: ANN401
        self._added.pop(_key(message), None)
        self._connection.execute(region_messages.update().where(*_same(message)).values(**values))

    def _where(
        self,
        *conditions: ColumnElement[bool],
        order: ColumnElement[Any] | None = None,
        limit: int | None = None,
    ) -> Sequence[RegionMessage]:
        c = region_messages.c
        query = select(region_messages).where(*conditions)
        query = query.order_by(c.at if order is None else order, c.sequence, c.id).limit(limit)
        return [_message_of(row) for row in self._connection.execute(query)]


def _key(message: RegionMessage) -> tuple[Direction, str, str]:
    return message.direction, message.peer, message.id


def _same(message: RegionMessage) -> tuple[ColumnElement[bool], ...]:
    c = region_messages.c
    return (
        c.direction == message.direction.value, c.peer == message.peer, c.id == message.id,
    )  # fmt: skip


def _message_of(row: Row[Any]) -> RegionMessage:
    return RegionMessage(
        direction=Direction(row.direction), peer=row.peer, wire=row.wire, sha256=row.sha256,
        envelope=open_wire(row.wire).envelope, state=MessageState(row.state), at=row.at,
        due_at=row.due_at, settled_at=row.settled_at, code=row.code, arrival=row.arrival,
    )  # fmt: skip
