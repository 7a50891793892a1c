"""Turns a TOML table into a dataclass, noting every problem instead of stopping at the first.

The dataclass is the schema: its fields are the keys, its annotations the types, `key(...)` the
ranges. So a key cannot be read without being declared, nor declared without being checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from hub.settings.problems import Problem, suggest

T = TypeVar("T")

TEXT_CHARACTERS_MAX: Final = 1000
KEYS_MAX: Final = 1000  # keys of one table

_BAD: Final = object()  # a value that was reported and must not be used


_hints = cache(get_type_hints)  # evaluates annotations, which takes longer than all the rest


class Reader:
    """Reads one file's tables; relative paths refer to `home`; problems add up."""

    def __init__(self, file: str, home: Path) -> None:
        self.problems: list[Problem] = []
        self._file = file
        self._home = home

    def report(self, key: str, message: str, suggestion: str | None = None) -> object:
        """Note a problem at a dotted key."""
        self.problems.append(
            Problem(file=self._file, key=key, message=message, suggestion=suggestion)
        )
        return _BAD

    def read(
        self,
        cls: type[T],
        table: object,
        *,
        at: str = "",
        given: Mapping[str, object] | None = None,
    ) -> T | None:
        """Return `cls` read from a table, or `None` when anything in it was reported.

        `given` are fields that do not come from the file.
        """
        given = given or {}
        if not isinstance(table, dict):
            self.report(at, "must be a table")
            return None
        known = {f.name: f for f in fields(cast("Any", cls)) if f.name not in given}
        for name in list(table)[:KEYS_MAX]:
            if name not in known:
                self.report(_join(at, name), f'"{name}" is not known', suggest(name, known))
        hints = _hints(cast("Any", cls))
        values = {
            name: self._field(hints[name], f, table, _join(at, name)) for name, f in known.items()
        }
        if any(value is _BAD for value in values.values()):
            return None
        return cls(**given, **{n: v for n, v in values.items() if v is not MISSING})

    def take(self, table: dict[str, Any], name: str, *, at: str = "") -> dict[str, Any]:
        """Take a sub-table out of the table at `at`; empty where there is none."""
        found = table.pop(name, {})
        if isinstance(found, dict):
            return found
        self.report(_join(at, name), "must be a table")
        return {}

    def take_list(self, cls: type[T], table: dict[str, Any], name: str) -> list[T]:
        """Take a list of tables out of a table, each read as `cls`, without those with problems."""
        found = table.pop(name, [])
        if not isinstance(found, list):
            self.report(name, "must be a list")
            return []
        read = (self.read(cls, one, at=f"{name}[{n}]") for n, one in enumerate(found, start=1))
        return [one for one in read if one is not None]

    def read_each(
        self, cls: type[T], table: Mapping[str, object], *, pattern: str, what: str
    ) -> dict[str, T]:
        """Return one `cls` for each sub-table; its name becomes the field `name`."""
        read: dict[str, T] = {}
        for name, value in list(table.items())[:KEYS_MAX]:
            if not re.fullmatch(pattern, name):
                self.report(name, f"a {what} is named like {pattern}")
            elif (one := self.read(cls, value, at=name, given={"name": name})) is not None:
                read[name] = one
        return read

    def _field(self, hint: object, f: Field[Any], table: dict[str, Any], at: str) -> object:
        if f.name in table:
            return self._value(hint, table[f.name], at, f.metadata)
        if f.default is MISSING and f.default_factory is MISSING:
            if is_dataclass(hint):  # an absent table still reports the keys it must have
                return self._value(hint, {}, at, f.metadata)
            return self.report(at, "is missing")
        return MISSING

    def _value(  # noqa: PLR0911 -- one return for each kind of annotation
        self, hint: object, raw: object, at: str, rules: Mapping[str, Any]
    ) -> object:
        origin = get_origin(hint)
        if origin in (Union, UnionType):
            hint = next(a for a in get_args(hint) if a is not NoneType)
            return self._value(hint, raw, at, rules)
        if is_dataclass(hint):
            read = self.read(cast("type[object]", hint), raw, at=at)
            return _BAD if read is None else read
        if origin is Mapping:
            return self._mapping(get_args(hint)[1], raw, at, rules)
        if origin is tuple:
            return self._list(get_args(hint)[0], raw, at, rules)
        if origin is Literal:
            return self._choice(get_args(hint), raw, at)
        if isinstance(hint, type) and issubclass(hint, StrEnum):
            chosen = self._choice(tuple(hint), raw, at)
            return chosen if chosen is _BAD else hint(str(chosen))
        return self._plain(cast("type[object]", hint), raw, at, rules)

    def _mapping(self, hint: object, raw: object, at: str, rules: Mapping[str, Any]) -> object:
        if not isinstance(raw, dict):
            return self.report(at, "must be a table")
        read = {k: self._value(hint, v, _join(at, k), rules) for k, v in raw.items()}
        return _BAD if any(v is _BAD for v in read.values()) else read

    def _list(self, hint: object, raw: object, at: str, rules: Mapping[str, Any]) -> object:
        if not isinstance(raw, list):
            return self.report(at, "must be a list")
        if len(raw) > KEYS_MAX:
            return self.report(at, f"must have at most {KEYS_MAX} entries")
        read = [self._value(hint, v, f"{at}[{n}]", rules) for n, v in enumerate(raw, start=1)]
        return _BAD if any(v is _BAD for v in read) else tuple(read)

    def _choice(self, choices: tuple[str, ...], raw: object, at: str) -> object:
        if raw in choices:
            return raw
        wanted = ", ".join(f'"{c}"' for c in choices)
        return self.report(at, f"{raw!r} is not one of {wanted}", suggest(str(raw), choices))

    def _plain(self, kind: type, raw: Any, at: str, rules: Mapping[str, Any]) -> object:  # noqa: ANN401
        accepted, what, convert = _PLAIN[kind]
        odd = (isinstance(raw, bool) and kind is not bool) or isinstance(raw, datetime)
        if odd or not isinstance(raw, accepted):
            return self.report(at, f"must be {what}, not {raw!r}")
        if isinstance(raw, str) and not 0 < len(raw) <= TEXT_CHARACTERS_MAX:
            return self.report(at, f"must have 1 to {TEXT_CHARACTERS_MAX} characters")
        minimum, maximum = rules.get("minimum"), rules.get("maximum")
        if minimum is not None and maximum is not None and not minimum <= raw <= maximum:
            return self.report(at, f"must be between {minimum} and {maximum}, not {raw}")
        if "pattern" in rules and not re.fullmatch(rules["pattern"], str(raw)):
            return self.report(at, f"must look like {rules['pattern']}, not {raw!r}")
        try:
            return self._home / str(raw) if kind is Path else convert(raw)
        except (ValueError, OSError):
            return self.report(at, f"must be {what}, not {raw!r}")


def _clock_time(raw: object) -> time:
    if not isinstance(raw, str) or not re.fullmatch(r"[0-9]{2}:[0-9]{2}", raw, re.ASCII):
        raise ValueError(raw)
    return time.fromisoformat(raw)


def _zone(raw: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(raw))
    except KeyError as error:  # ZoneInfoNotFoundError is one
        raise ValueError(raw) from error


# kind -> accepted TOML types, words for people, conversion
_PLAIN: Final[dict[type, tuple[tuple[type, ...], str, Callable[[Any], object]]]] = {
    str: ((str,), "text", str),
    int: ((int,), "a whole number", int),
    float: ((int, float), "a number", float),
    bool: ((bool,), "true or false", bool),
    Path: ((str,), "a path", str),
    time: ((str,), 'an hour such as "16:30"', _clock_time),
    date: ((date,), "a day such as 2026-11-24, without quotes", lambda day: day),
    ZoneInfo: ((str,), 'a time zone such as "Asia/Shanghai"', _zone),
}


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
