"""What a database error means to the hub: try again, come back later, or a bug."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy.exc import DBAPIError, OperationalError

from hub.errors import HubError, Rejected, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_PASSING_STATES: Final = frozenset({"40001", "40P01", "55P03"})  # serialization, deadlock, lock
_OUT_OF_REACH: Final = ("08", "53", "57", "58", "25P03", "28", "3D")  # by how a state begins
# https://www.sqlite.org/rescode.html; the low byte of an extended code
_SQLITE_PASSING: Final = frozenset({5, 6})  # BUSY, LOCKED
_SQLITE_OUT_OF_REACH: Final = frozenset({3, 8, 10, 13, 14})  # PERM, READONLY, IOERR, FULL, CANTOPEN
_SQLITE_DAMAGED: Final = frozenset({11, 26})  # CORRUPT, NOTADB


def is_passing(error: DBAPIError) -> bool:
    """Tell whether another unit was in the way and nothing was committed."""
    return _sqlstate(error) in _PASSING_STATES or _sqlite_code(error) in _SQLITE_PASSING


def as_refusal(error: DBAPIError | PoolTimeoutError) -> HubError | None:
    """Return what a database error means; `None` when it is a bug of ours.

    A commit whose answer is lost is among the unavailable: the step runs again and looks first.
    """
    if not isinstance(error, DBAPIError):
        return Unavailable("store_unavailable", reason="every connection is in use")
    code, state = _sqlite_code(error), _sqlstate(error)
    if code in _SQLITE_DAMAGED:
        return Rejected("store_damaged", reason=_reason(error))
    if (
        is_passing(error)
        or error.connection_invalidated
        or code in _SQLITE_OUT_OF_REACH
        or (state or "").startswith(_OUT_OF_REACH)
        or (code is None and state is None and isinstance(error, OperationalError))
    ):
        return Unavailable("store_unavailable", reason=_reason(error))
    return None


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _sqlite_code(error: DBAPIError) -> int | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _reason(error: DBAPIError) -> str:
    # the first line only: what follows may quote values
    return str(error.orig).strip().partition("\n")[0][:200]
