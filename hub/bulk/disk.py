"""A disk that is full, or a file that cannot be reached, is nobody's fault and may pass."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from hub.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def disk_refusals() -> Iterator[None]:
    """Say `Unavailable("intake_unavailable")` for what the system or DuckDB says of a disk."""
    try:
        yield
    except OSError as error:
        raise Unavailable("intake_unavailable", reason=error.strerror or str(error)) from error
    except duckdb.IOException as error:
        reason = str(error).partition("\n")[0][:200]
        raise Unavailable("intake_unavailable", reason=reason) from error
