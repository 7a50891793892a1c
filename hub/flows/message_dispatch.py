"""Messages go out: one road's queue in order, some hundreds under way at once.

A row is marked only after the road has confirmed its message. Whatever happens in between, the
message goes again with the same id, and the recipient keeps the first.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hub.errors import Unavailable
from hub.flows.restored import before_leaving
from hub.ports import Sent
from hub.store.messages import OutState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.messages import MessageOut, Queued

WINDOWS: Final = 4  # read and marked together, so that the road is seldom idle
PACE_S: Final = 0.02  # while messages come one by one, those of so long leave together
MARK_S: Final = 0.1  # and those of so long are marked in one unit
_NOTES = {
    Sent.NACKED: "refused: the queue is full",
    Sent.UNKNOWN: "the connection broke before the answer",
    Sent.UNROUTABLE: "no queue wants this key, or our login may not write it",
}


@dataclass(slots=True)
class Dispatched:
    """What a call did: messages read, confirmed, blocked; lanes that are full; broken off.

    `left`: there may be more to send.
    """

    read: int = 0
    confirmed: int = 0
    blocked: int = 0
    full_lanes: set[str] = field(default_factory=set)
    broken: bool = False
    left: bool = False


@dataclass(slots=True)
class _Flight:
    """A batch under way, and who waits for its outcomes."""

    batch: Sequence[Queued]
    wait: Callable[[], Sequence[Sent]]
    begun_s: float = field(default_factory=time.monotonic)


@dataclass(slots=True)
class _Landed:
    """What became of messages that no row says yet."""

    outcomes: list[tuple[Queued, Sent]] = field(default_factory=list)
    since_s: float = field(default_factory=time.monotonic)

    def add(self, batch: Sequence[Queued], outcomes: Sequence[Sent]) -> None:
        self.outcomes += zip(batch, outcomes, strict=True)

    def is_due(self, enough: int) -> bool:
        """Tell whether to write it down though more is under way."""
        return len(self.outcomes) >= enough or time.monotonic() - self.since_s > MARK_S


def dispatch(
    road: str,
    services: Services,
    *,
    without: Collection[str] = (),
    go_on: Callable[[], bool] = lambda: True,
) -> Dispatched:
    """Send what waits, except for the lanes in `without`, until nothing does or one is refused.

    While a batch is under way, the one before it is marked and the next one is read. `go_on` is
    asked before each. `Unavailable` when the road cannot be reached; what was not marked then
    goes again.
    """
    done = Dispatched()
    batch = _read(road, services, without, after=0)
    if batch:  # the mark knows every number that is in it
        before_leaving(services, messages=True)
    flight = (
        _Flight(batch, services.roads[road].begin([m.message for m in batch])) if batch else None
    )
    landed = _Landed()
    while flight is not None:
        done.read += len(flight.batch)
        if len(flight.batch) < services.settings.roads[road].window:
            time.sleep(max(0.0, flight.begun_s + PACE_S - time.monotonic()))
        may = go_on()
        following = _read(road, services, without, after=flight.batch[-1].id) if may else []
        outcomes = flight.wait()
        smooth = all(outcome is Sent.CONFIRMED for outcome in outcomes)
        done.left = not may or not smooth
        landed.add(flight.batch, outcomes)
        flight, trouble = None, None
        if following and smooth:
            try:
                before_leaving(services, messages=True)
                wait = services.roads[road].begin([m.message for m in following])
                flight = _Flight(following, wait)
            except Unavailable as error:  # what has landed is marked first
                trouble = error
        if flight is None or landed.is_due(WINDOWS * services.settings.roads[road].window):
            _mark(road, landed, done, services)
            landed = _Landed()
        if trouble is not None:
            raise trouble
    return done


def _read(road: str, services: Services, without: Collection[str], *, after: int) -> list[Queued]:
    limit = WINDOWS * services.settings.roads[road].window
    with services.store.read() as uow:
        return uow.messages.queued(road, limit=limit, without=without, after=after)


def _mark(
    road: str,
    landed: _Landed,
    done: Dispatched,
    services: Services,
) -> None:
    """Write down what became of messages, in one unit."""
    at = services.now()
    by_outcome: dict[Sent, list[int]] = defaultdict(list)
    for one, outcome in landed.outcomes:
        by_outcome[outcome].append(one.id)
        if outcome is Sent.NACKED:
            done.full_lanes.add(lane_of(one.message.key))
    keys = {one.id: one.message.key for one, _ in landed.outcomes}

    def unit(uow: UnitOfWork) -> None:
        uow.messages.mark_out(by_outcome[Sent.CONFIRMED], OutState.CONFIRMED, at=at)
        for outcome in (Sent.NACKED, Sent.UNKNOWN):
            uow.messages.mark_out(by_outcome[outcome], OutState.QUEUED, at=at, note=_NOTES[outcome])
        blocked = by_outcome[Sent.UNROUTABLE]
        uow.messages.mark_out(blocked, OutState.BLOCKED, at=at, note=_NOTES[Sent.UNROUTABLE])
        for out_id in blocked:
            uow.journal.note(
                "message.blocked", f"message_out:{out_id}", at=at, actor=f"send:{road}",
                key=keys[out_id],
            )  # fmt: skip

    services.store.transact(unit)
    done.confirmed += len(by_outcome[Sent.CONFIRMED])
    done.blocked += len(by_outcome[Sent.UNROUTABLE])
    done.broken = done.broken or bool(by_outcome[Sent.UNKNOWN])


def resend(out_id: int, *, person: str, services: Services) -> MessageOut:
    """Let a blocked message go again, by a person's order; `Rejected` when it is not blocked."""
    at = services.now()

    def unit(uow: UnitOfWork) -> MessageOut:
        queued = uow.messages.resend(out_id, at=at)
        uow.journal.note(
            "message.resent", f"message_out:{out_id}", at=at, actor="person", person=person,
            key=queued.message.key,
        )  # fmt: skip
        return queued

    return services.store.transact(unit)


def lane_of(key: str) -> str:
    """Return what shares a queue: the recipient and the kind, such as `330100.event`."""
    return ".".join(key.split(".")[:2])
