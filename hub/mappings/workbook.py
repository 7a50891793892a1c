"""Opens a workbook in a process of its own and gives back its cells.

A damaged or hostile xls can make the library panic, or ask for terabytes of memory and abort the
process that it runs in (both seen, by changing single bytes of a real file). So this module is
also a script: it takes the workbook's bytes on standard input, limits its own memory and time,
and writes the sheets as JSON. However it ends, the hub lives on.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_BYTES_MAX: Final = 2 * 1024**3
CPU_SECONDS_MAX: Final = 60
CELLS_MAX: Final = 20_000_000  # rows times columns: empty ones take memory as well
SHEETS_MAX: Final = 50

_ENCRYPTED: Final = 3
_TOO_LARGE: Final = 4
_DAY: Final = "day"  # {"day": "2026-11-23"}: a cell that is a date; JSON has none


class WorkbookError(Exception):
    """The workbook cannot be read."""


class WorkbookEncryptedError(WorkbookError):
    """It has a password."""


class WorkbookTooLargeError(WorkbookError):
    """It has too many cells or sheets."""


def sheets(raw: bytes) -> Iterator[tuple[str, list[list[object]]]]:
    """Yield each sheet's name and rows; cells are text, numbers and dates.

    Rows begin at the first of the sheet, also where it is empty. `WorkbookError` if it is damaged,
    needs a password, or is too large.
    """
    command = [sys.executable, "-I", __file__]
    try:
        done = subprocess.run(
            command, input=raw, capture_output=True, check=False, timeout=CPU_SECONDS_MAX * 2
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookTooLargeError from error
    if done.returncode == _ENCRYPTED:
        raise WorkbookEncryptedError
    if done.returncode == _TOO_LARGE or done.returncode < 0:  # a signal: no memory, or no time
        raise WorkbookTooLargeError
    if done.returncode != 0:
        raise WorkbookError
    yield from json.loads(done.stdout, object_hook=_date)


def _date(value: dict[str, Any]) -> object:
    return date.fromisoformat(value[_DAY])


def _main() -> int:
    """Read a workbook from standard input; the exit status says why there is no output."""
    import python_calamine as calamine  # noqa: PLC0415 -- only the process of its own needs it

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    try:
        book = calamine.CalamineWorkbook.from_filelike(sys.stdin.buffer)
        names = book.sheet_names
        found = []
        for name in names:
            sheet = book.get_sheet_by_name(name)
            if len(names) > SHEETS_MAX or sheet.total_height * sheet.total_width > CELLS_MAX:
                return _TOO_LARGE
            found.append((name, sheet.to_python(skip_empty_area=False)))
    except calamine.PasswordError:
        return _ENCRYPTED
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError) as error:
        return _ENCRYPTED if "password" in str(error).lower() else 1
    json.dump(found, sys.stdout, default=_plain)
    return 0


def _plain(value: object) -> object:
    """Return a day as an object, and times and durations as text."""
    if isinstance(value, datetime):
        value = value.date()
    return {_DAY: value.isoformat()} if isinstance(value, date) else str(value)


if __name__ == "__main__":
    sys.exit(_main())
