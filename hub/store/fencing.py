"""The fence (隔栏): nothing that was begun for a lane is committed once the lane is another's.

A process can stand still at any place for any time: a lock that expires does not hold it back
when it goes on. So every unit of work that is done for a lane carries the lane's token, which
rises at every change of hands, and the database compares it inside the same transaction.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select

from hub.errors import Unavailable
from hub.store.schema.leases import leases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

_MINE: Final = (
    select(leases.c.token)
    .where(leases.c.lane == bindparam("mine"), leases.c.token == bindparam("given"))
    .with_for_update(read=True)
)


@dataclass(frozen=True, slots=True)
class Fence:
    """The lane that a thread works in, and the token that it was given for it."""

    lane: str
    token: int


_current: ContextVar[Fence | None] = ContextVar("hub_fence", default=None)


@contextmanager
def fenced(fence: Fence | None) -> Iterator[None]:
    """Let every unit that this thread begins within the block stand under a fence."""
    reset = _current.set(fence)
    try:
        yield
    finally:
        _current.reset(reset)


def require_lane(connection: Connection) -> None:
    """Refuse a unit whose lane is another's by now: `Unavailable("lease_lost")`.

    On PostgreSQL the row stays share-locked until the unit ends, so the lane cannot change hands
    between this look and the commit; whoever takes it over waits, or ends the session that it
    waits for (`hub.store.leases`). On SQLite the whole database is this unit's.
    """
    fence = _current.get()
    if fence is None:
        return
    mine = {"mine": fence.lane, "given": fence.token}
    if connection.execute(_MINE, mine).first() is None:
        raise Unavailable("lease_lost", lane=fence.lane)
