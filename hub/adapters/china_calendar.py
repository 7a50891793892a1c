"""China's working days: the library `chinesecalendar`, corrected by a dated override file.

The library holds the years 2004 to 2026 as the State Council published them. The override file
(`config/calendar.toml`, its head explains it) changes single days, each with its source, and adds
whole years that the library does not have yet. A year counts as known only when it is complete.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, TypeGuard

from chinese_calendar import constants

from hub.domain.calendar import WorkingDays
from hub.domain.whole import whole
from hub.errors import Place, Rejected
from hub.settings import toml_file

if TYPE_CHECKING:
    from pathlib import Path

OVERRIDE_SIZE_BYTES_MAX: Final = 1_000_000
_SINGLE_KEYS: Final = frozenset({"on", "working", "source", "name"})
_YEAR_KEYS: Final = frozenset({"complete", "source", "holidays", "make_up_days"})
_CENTURY: Final = range(2000, 2100)


@dataclass(slots=True)
class _Notice:
    """What the override file says, and every mistake found in it."""

    holidays: set[date] = field(default_factory=set)
    make_up_days: set[date] = field(default_factory=set)
    years: set[int] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def load(override_file: Path | None = None) -> WorkingDays:
    """Return China's working days; `calendar_override_invalid` names every mistake at once.

    Reads the file each time it is called and keeps nothing; about 10 ms.
    """
    notice = _read(override_file) if override_file else _Notice()
    published = {day.year for day in constants.holidays}
    years = sorted(published | notice.years)
    if years != list(range(years[0], years[-1] + 1)):
        notice.problems.append(f"years {years[0]}..{years[-1]} have a gap")
    if notice.problems:
        name = override_file.name if override_file else None
        raise Rejected(
            "calendar_override_invalid", place=Place(file=name), problems="; ".join(notice.problems)
        )
    return WorkingDays.of_years(
        range(years[0], years[-1] + 1),
        holidays=(constants.holidays.keys() | notice.holidays) - notice.make_up_days,
        make_up_days=(constants.workdays.keys() | notice.make_up_days) - notice.holidays,
    )


def _read(path: Path) -> _Notice:
    notice = _Notice()
    try:
        with path.open("rb") as file:
            raw = file.read(OVERRIDE_SIZE_BYTES_MAX + 1)
        content = toml_file.loads(raw.decode("utf-8"))
    except (OSError, ValueError) as error:  # TOML and UTF-8 errors are ValueErrors
        notice.problems.append(str(error))
        return notice
    if len(raw) > OVERRIDE_SIZE_BYTES_MAX:
        notice.problems.append("the file is larger than a calendar can be")
    for name in content.keys() - {"day", "years"}:
        notice.problems.append(f'"{name}" is not known; use [[day]] or [years.YYYY]')
    singles, years = content.get("day", []), content.get("years", {})
    if not isinstance(singles, list) or not isinstance(years, dict):
        notice.problems.append("write single days as [[day]] and years as [years.YYYY]")
        return notice
    for number, entry in enumerate(singles, start=1):
        _read_single(f"day {number}", entry, notice)
    for name, entry in years.items():
        _read_year(name, entry, notice)
    for day in sorted(notice.holidays & notice.make_up_days):
        notice.problems.append(f"{day}: both a day of rest and a working day")
    return notice


def _read_single(where: str, entry: object, notice: _Notice) -> None:
    if not _has_keys(where, entry, _SINGLE_KEYS, notice):
        return
    assert isinstance(entry, dict)  # noqa: S101 -- _has_keys has just looked
    on, working = entry.get("on"), entry.get("working")
    if not _is_date(on) or not isinstance(working, bool):
        notice.problems.append(f"{where}: needs `on`, a date, and `working`, true or false")
        return
    (notice.make_up_days if working else notice.holidays).add(on)


def _read_year(name: str, entry: object, notice: _Notice) -> None:
    where = f"years.{name}"
    if not _has_keys(where, entry, _YEAR_KEYS, notice):
        return
    assert isinstance(entry, dict)  # noqa: S101 -- _has_keys has just looked
    complete = entry.get("complete")
    year = whole(name)
    if year is None or year not in _CENTURY:
        notice.problems.append(f"{where}: not a year")
        return
    if not isinstance(complete, bool):
        notice.problems.append(f"{where}: needs `complete`, true or false")
        return
    for key, into in (("holidays", notice.holidays), ("make_up_days", notice.make_up_days)):
        days = entry.get(key, [])
        if not isinstance(days, list) or any(not _is_date(day) or day.year != year for day in days):
            notice.problems.append(f"{where}.{key}: needs a list of dates in {name}")
        elif complete:
            into.update(days)
    if complete and not entry.get("holidays"):
        notice.problems.append(f"{where}: a complete year has holidays")
    if complete:
        notice.years.add(year)


def _has_keys(where: str, entry: object, known: frozenset[str], notice: _Notice) -> bool:
    if not isinstance(entry, dict):
        notice.problems.append(f"{where}: is not a table")
        return False
    for key in sorted(entry.keys() - known):
        names = ", ".join(sorted(known))
        notice.problems.append(f'{where}: "{key}" is not known; known are {names}')
    if not isinstance(entry.get("source"), str) or not entry["source"].strip():
        notice.problems.append(f"{where}: needs `source`, where the date comes from")
    return True


def _is_date(value: object) -> TypeGuard[date]:
    return isinstance(value, date) and not isinstance(value, datetime)
