"""TOML that people wrote: read whole within a limit; what is wrong with it is reported."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from hub.settings.reader import Reader

CONFIG_BYTES_MAX: Final = 1024 * 1024


def loads(text: str) -> dict[str, Any]:
    """Return the table of a text; `ValueError` if it is none, or holds what cannot be kept.

    That is NUL, which no name and no path may have and PostgreSQL does not take.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error
    if _holds_nul(table):
        raise ValueError("holds NUL (\\u0000), which no name and no path may have")
    return table


def read_table(path: Path, reader: Reader) -> tuple[bytes, dict[str, Any]]:
    """Return a file's bytes and its table; both are empty once the reader was told of a problem."""
    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_BYTES_MAX + 1)
        if len(content) > CONFIG_BYTES_MAX:
            reader.report("", f"is larger than {CONFIG_BYTES_MAX} bytes")
            return b"", {}
        return content, loads(content.decode("utf-8"))
    except OSError as error:
        reader.report("", f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        reader.report("", f"is not UTF-8 at byte {error.start}")
    except ValueError as error:  # also digits without end
        reader.report("", f"is not TOML: {error}")
    return b"", {}


def _holds_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any("\0" in name or _holds_nul(one) for name, one in value.items())
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\0" in value
