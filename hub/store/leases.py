"""Who lives and who works in which lane, by the database's own clock.

A process says that it lives by moving `nodes.expires_at`; its lanes live with it, so a lane's row
is written only when it changes hands. Each change raises the token. Rows that a running unit
holds are left for the next time: nothing here waits for work.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, text

from hub.domain.lanes import assign
from hub.errors import Unavailable
from hub.store.schema.leases import leases, nodes
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection, Row

_LOCK: Final = 0x6875625F6C6561  # "hub_lea": one process settles at a time
_END_SESSIONS: Final = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :node"
    " AND datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)

_HURRY: Final = text("SELECT set_config('idle_in_transaction_session_timeout', :most, true)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A hub process as its row has it. `able`: lanes that it can work in; `said`: of its actors.

    `alone`: it tolerates no other process; instants are the database's.
    """

    id: str
    host: str
    pid: int
    version: str
    alone: bool
    able: tuple[str, ...]
    said: Mapping[str, Any]
    started_at: datetime
    beat_at: datetime
    expires_at: datetime

    def lives(self, now: datetime) -> bool:
        """Tell whether it has said so lately."""
        return self.expires_at > now


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of a look: our lanes with their tokens, and those of them that another waits for.

    `ended`: processes that were found dead. `left`: a lane could not be taken yet; look again
    soon. `paused` and `revived`: what people ordered, by lane.
    """

    held: Mapping[str, int] = field(default_factory=dict)
    surplus: frozenset[str] = frozenset()
    ended: tuple[str, ...] = ()
    left: bool = False
    paused: frozenset[str] = frozenset()
    revived: Mapping[str, int] = field(default_factory=dict)


class Leases:
    """The processes and lanes that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._server = connection.dialect.name == "postgresql"

    def now(self) -> datetime:
        """Return the database's present instant; SQLite's is this machine's."""
        if not self._server:
            return datetime.now(UTC)
        found: datetime = self._connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        return found.astimezone(UTC)

    def nodes(self) -> list[Node]:
        """Return every process that has not left or been found dead, the oldest first."""
        query = select(nodes).order_by(nodes.c.started_at, nodes.c.id)
        return [_node(row) for row in self._connection.execute(query)]

    def holders(self) -> dict[str, str | None]:
        """Return who works in each lane; `None` when nobody does."""
        c = leases.c
        query = select(c.lane, c.owner).order_by(c.lane)
        return {row.lane: row.owner for row in self._connection.execute(query)}

    def join(
        self,
        node_id: str,
        *,
        host: str,
        pid: int,
        version: str,
        lease: timedelta,
        alone: bool = False,
        sole: bool = False,
    ) -> list[Node]:
        """Enter a process, and return the others that live; it has no lane yet.

        `sole`: the caller knows that no other lives. `Unavailable("hub_not_alone")` when it, or
        one that lives, must be alone. When nobody else lives, pauses of an earlier time end.
        """
        self._lock(wait=True)
        now = self.now()
        others = [] if sole else [n for n in self.nodes() if n.lives(now) and n.id != node_id]
        for other in others:
            if alone or other.alone:
                raise Unavailable("hub_not_alone", node=other.id, host=other.host, pid=other.pid)
        # the dead stay on the list for `settle`, which ends their sessions too
        gone = nodes.c.id.is_not(None) if sole else nodes.c.id == node_id
        self._connection.execute(nodes.delete().where(gone))
        if not others:
            self._connection.execute(leases.update().values(paused=0))
        self._connection.execute(
            nodes.insert().values(
                id=node_id, host=host, pid=pid, version=version, alone=int(alone), able="[]",
                said="{}", started_at=now, beat_at=now, expires_at=now + lease,
            )
        )  # fmt: skip
        return others

    def beat(
        self, node_id: str, *, able: Collection[str], said: Mapping[str, Any], lease: timedelta
    ) -> datetime | None:
        """Say that a process lives; the database's instant, or `None` when it was found dead."""
        self._hurry(lease)
        now = self.now()
        done = self._connection.execute(
            nodes.update()
            .where(nodes.c.id == node_id)
            .values(
                able=json.dumps(sorted(able)),
                said=json.dumps(said, ensure_ascii=False),
                beat_at=now,
                expires_at=now + lease,
            )
        )
        return now if done.rowcount == 1 else None

    def settle(self, node_id: str, *, lease: timedelta) -> Settled:
        """Bury the dead, take what is our share, and name what others should have instead."""
        self._hurry(lease)
        if not self._lock():
            return Settled(**self._mine(node_id), left=True)
        ended = self._bury(self.now(), but=node_id)
        alive = {n.id: n.able for n in self.nodes()}
        for lane in alive.get(node_id, ()):
            insert_new(self._connection, leases, lane=lane, token=0, paused=0, revived=0)
        holders = {
            lane: owner if owner in alive else None for lane, owner in self.holders().items()
        }
        target = assign(holders, alive)
        wanted = [ln for ln, to in target.items() if to == node_id and holders.get(ln) is None]
        taken = [lane for lane in wanted if self._pass_on(leases.c.lane == lane, to=node_id)]
        mine = self._mine(node_id)
        surplus = frozenset(lane for lane in mine["held"] if target.get(lane, node_id) != node_id)
        return Settled(**mine, surplus=surplus, ended=ended, left=len(taken) < len(wanted))

    def give(self, node_id: str, lane: str) -> None:
        """Give a lane up for whoever needs it."""
        self._pass_on(leases.c.lane == lane, leases.c.owner == node_id, to=None)

    def leave(self, node_id: str) -> None:
        """Give every lane of a process up and take it off the list."""
        c = leases.c
        self._connection.execute(nodes.delete().where(nodes.c.id == node_id))
        self._connection.execute(
            leases.update().where(c.owner == node_id).values(owner=None, token=c.token + 1)
        )

    def pause(self, lane: str, *, paused: bool) -> None:
        """Note an order to every process: no work in a lane, whoever has it, or work again."""
        self._connection.execute(
            leases.update().where(leases.c.lane == lane).values(paused=int(paused))
        )

    def is_given_up(self, lane: str) -> bool:
        """Tell whether a process that lives has given a lane's actor up."""
        now = self.now()
        return any(lane in n.said.get("given_up", ()) for n in self.nodes() if n.lives(now))

    def revive(self, lane: str) -> None:
        """Note an order to every process: a given-up actor may live again."""
        c = leases.c
        self._connection.execute(
            leases.update().where(c.lane == lane).values(revived=c.revived + 1)
        )

    def _lock(self, *, wait: bool = False) -> bool:
        """Keep others from settling until this unit ends; tell whether that could be had."""
        if not self._server:
            return True
        how = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        got = self._connection.execute(text(f"SELECT {how}(:lock)"), {"lock": _LOCK})
        return wait or bool(got.scalar_one())

    def _hurry(self, lease: timedelta) -> None:
        """Let the server end this unit when its process stands still in the middle of it."""
        if self._server:
            most = str(max(1000, round(lease.total_seconds() * 1000)))
            self._connection.execute(_HURRY, {"most": most})

    def _bury(self, now: datetime, *, but: str) -> tuple[str, ...]:
        """Take the dead off the list and end their sessions, which may hold locks for ever."""
        c = nodes.c
        dead = select(c.id).where(c.expires_at <= now, c.id != but)
        ended = tuple(self._connection.execute(dead.with_for_update(skip_locked=True)).scalars())
        self._connection.execute(nodes.delete().where(c.id.in_(ended)))
        if self._server:
            for node_id in ended:
                self._connection.execute(_END_SESSIONS, {"node": node_id})
        return ended

    def _pass_on(self, *which: ColumnElement[bool], to: str | None) -> bool:
        """Let lanes change hands unless a running unit stands under one of their tokens."""
        c = leases.c
        found = self._connection.execute(
            select(c.lane).where(*which).with_for_update(skip_locked=True)
        ).scalar_one_or_none()
        if found is None:
            return False
        self._connection.execute(
            leases.update().where(c.lane == found).values(owner=to, token=c.token + 1)
        )
        return True

    def _mine(self, node_id: str) -> dict[str, Any]:
        rows = self._connection.execute(select(leases)).all()
        return {
            "held": {row.lane: row.token for row in rows if row.owner == node_id},
            "paused": frozenset(row.lane for row in rows if row.paused),
            "revived": {row.lane: row.revived for row in rows},
        }


def _node(row: Row[Any]) -> Node:
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
    values |= {"alone": bool(row.alone), "able": tuple(json.loads(row.able))}
    return Node(**{**values, "said": json.loads(row.said)})
