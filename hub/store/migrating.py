"""Brings the schema up to date, and refuses one that this hub does not know.

Alembic is imported only when there is something to do; commands start faster without it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from hub.errors import Rejected

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6875625F6D6967  # "hub_mig": one process migrates at a time


@cache
def revisions() -> tuple[str, ...]:
    """Return the numbers of the revisions that this hub brings, in order."""
    return tuple(sorted(p.name[:4] for p in (FOLDER / "versions").glob("[0-9]*.py")))


def is_current(connection: Connection) -> bool:
    """Tell whether the schema is the one that this hub knows."""
    return _revision(connection) == revisions()[-1]


def require_current(connection: Connection) -> None:
    """Refuse a schema that is older (it can be migrated) or newer (a newer hub wrote it)."""
    _require_known(connection)
    if not is_current(connection):
        found = _revision(connection) or "0000"
        raise Rejected("store_schema_old", found=found, expected=revisions()[-1])


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision within the connection's transaction: all of it or nothing."""
    from alembic import command  # noqa: PLC0415 -- see above
    from alembic.config import Config  # noqa: PLC0415

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _require_known(connection)
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _require_known(connection: Connection) -> None:
    found = _revision(connection)
    if found is not None and found not in revisions():
        raise Rejected("store_schema_newer", found=found, expected=revisions()[-1])


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
