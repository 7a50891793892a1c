"""How much of SQLite's database a connection keeps in memory: little, except while much is written.

Each connection of the pool has a cache of its own, which fills as the database grows and is
never given back by itself. A list of a million rows needs a wide one while it is written: else
the pages of its indexes are read anew for each row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy import Connection

USUAL: Final = "cache_size=-2000"  # KiB
WIDE: Final = "cache_size=-32000"
_IS_WIDE: Final = "hub_cache_is_wide"


def widen(connection: Connection) -> None:
    """Let a connection keep more until its unit ends; PostgreSQL has one cache for all."""
    if connection.dialect.name == "sqlite" and not connection.info.get(_IS_WIDE):
        connection.exec_driver_sql(f"PRAGMA {WIDE}")
        connection.info[_IS_WIDE] = True


def narrow(connection: Any, record: Any) -> None:  # noqa: ANN401 -- sqlite3's and the pool's own
    """Give the memory back with the connection: for the pool's event `checkin`."""
    if connection is not None and record.info.pop(_IS_WIDE, False):
        connection.execute(f"PRAGMA {USUAL}")
