"""The one way to the database: units of work on SQLite or PostgreSQL.

SQLite: rollback journal with full syncs (its version in Debian 12 can corrupt a WAL), one writer
at a time from the first statement on (`BEGIN IMMEDIATE`), so a read-then-update loses nothing.
PostgreSQL: READ COMMITTED with row locks, compare-and-set and unique constraints.
"""

from __future__ import annotations

import random
import secrets
import time
from contextlib import ExitStack, contextmanager, nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hub.domain.way import Way
from hub.store import migrating, page_cache
from hub.store.failures import as_refusal, is_passing
from hub.store.fencing import require_lane
from hub.store.turns import LOCK_WAIT_S, Turns
from hub.store.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

    from hub.store.messages import EventRoad

__all__ = ["Store", "UnitOfWork"]

R = TypeVar("R")

SQLITE_PRAGMAS: Final = (
    "journal_mode=TRUNCATE",
    "synchronous=EXTRA",
    "foreign_keys=ON",
    page_cache.USUAL,
    "trusted_schema=OFF",
)
POSTGRES_OPTIONS: Final = (
    f"-c timezone=UTC -c lock_timeout={int(LOCK_WAIT_S * 1000)} -c statement_timeout=120000"
    " -c idle_in_transaction_session_timeout=300000"
)
CONNECT_TIMEOUT_S: Final = 5
# a network that swallows everything is told by nobody: without these the system waits for two hours
SILENCE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # milliseconds
}
RECYCLE_S: Final = 1800
TRIES_MAX: Final = 8
BACKOFF_S: Final = 0.02  # at most this after the first failure, twice as long after each further


class Store:
    """The hub's database. Shared by all threads; holds no transaction between calls.

    `name` is its own for every store that is opened; PostgreSQL shows its sessions under it.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.way = Way.PAYOUT
        self._engine = engine
        self.name = name
        self.events: EventRoad | None = None  # where events go; nowhere costs nothing
        self.on_queued: Callable[[str], None] = _nobody_waits  # told of a road once committed
        self._turns = Turns() if engine.dialect.name == "sqlite" else None
        self._writing = engine.execution_options(hub_write=True)
        self._reading = engine.execution_options(hub_write=False)
        if engine.dialect.name == "postgresql":
            # one snapshot for the whole unit, as SQLite gives
            self._reading = self._reading.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @classmethod
    def open(cls, url: str, pool_size: int = 16) -> Self:
        """Return a store; nothing is connected to before the first unit of work."""
        sqlite = make_url(url).get_backend_name() == "sqlite"
        name = f"hub-{secrets.token_hex(6)}"
        options: dict[str, Any] = {
            "pool_size": pool_size,
            "max_overflow": pool_size,
            "pool_use_lifo": True,  # the rest stay small: see `hub.store.page_cache`
        }
        if sqlite:
            engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_S}, **options)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            event.listen(engine, "checkin", page_cache.narrow)
        else:
            engine = create_engine(
                url,
                isolation_level="READ COMMITTED",
                pool_pre_ping=True,
                pool_recycle=RECYCLE_S,
                connect_args={
                    "connect_timeout": CONNECT_TIMEOUT_S,
                    "options": POSTGRES_OPTIONS,
                    "application_name": name,
                    **SILENCE,
                },
                **options,
            )
        return cls(engine, name)

    @property
    def is_shared(self) -> bool:
        """Tell whether several hub processes may work on this database: not on SQLite."""
        return self._engine.dialect.name == "postgresql"

    def on(self, way: Way) -> Self:
        """Return the same database, whose units are those of a way."""
        if way is self.way:
            return self
        other = copy(self)
        other.way = way
        return other

    def close(self) -> None:
        """Close every connection that no unit of work uses."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the schema up to date; `Rejected` when it is newer than this hub."""
        with self._refusals():
            with self._reading.begin() as connection:
                if migrating.is_current(connection):
                    return
            with self._writing.begin() as connection:
                UnitOfWork(connection).take_time()  # an index over years of payments takes minutes
                migrating.upgrade(connection)

    def require_current(self) -> None:
        """Refuse to work with a schema that is older or newer than this hub."""
        with self._refusals(), self._reading.begin() as connection:
            migrating.require_current(connection)

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        """Open a unit that writes: all of it is committed at the end, or nothing."""
        with self._refusals(), self._unit() as uow:
            yield uow

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a unit that sees one state of the database and cannot write."""
        turn = self._turns.reading() if self._turns else nullcontext()
        with self._refusals(), turn, self._reading.begin() as connection:
            yield UnitOfWork(connection).on(self.way)

    def transact(self, unit: Callable[[UnitOfWork], R]) -> R:
        """Run a unit that writes, and the whole of it again when another one was in its way.

        `unit` must have no effect outside the database. `Unavailable("store_unavailable")` when
        others stay in the way or the database cannot be reached.
        """
        with self._refusals():
            for failures in range(1, TRIES_MAX):
                try:
                    with self._unit() as uow:
                        return unit(uow)
                except DBAPIError as error:
                    if not is_passing(error):
                        raise
                time.sleep(random.uniform(0, BACKOFF_S * 2**failures))  # noqa: S311 -- jitter
            with self._unit() as uow:
                return unit(uow)

    @contextmanager
    def _unit(self) -> Iterator[UnitOfWork]:
        turns = self._turns
        with (
            turns.writing() if turns else nullcontext(),
            ExitStack() as gate,  # left after the commit, or the rollback of one that failed
            self._writing.begin() as connection,
        ):
            require_lane(connection)
            uow = UnitOfWork(connection, self.events).on(self.way)
            yield uow
            uow.journal.write()
            if turns:
                gate.enter_context(turns.committing())
        for road in uow.messages.roads:
            self.on_queued(road)

    @staticmethod
    @contextmanager
    def _refusals() -> Iterator[None]:
        try:
            yield
        except (DBAPIError, PoolTimeoutError) as error:
            refusal = as_refusal(error)
            if refusal is None:
                raise
            raise refusal from error


def _nobody_waits(_road: str) -> None:
    """Tell nobody: no sender runs in this process, so another's looks for itself."""


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 -- sqlite3's own
    connection.isolation_level = None  # the driver would begin late, and deferred
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("hub_write", True)
    if connection.info.get("hub_write") is not write:  # it stays with the connection
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if write else 'ON'}")
        connection.info["hub_write"] = write
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
