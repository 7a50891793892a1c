"""Facts of transfers as JSON and back, strictly: the same form in the store and in messages.

The dataclass is the schema: every field by its name, days and instants as ISO text, no field more
and none less (fields with a default may be absent). What does not fit is refused with its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from hub.domain.strict_json import INTEGER_MAX
from hub.errors import Rejected

T = TypeVar("T")

FACT_TEXT_CHARACTERS_MAX: Final = 2000
FACT_ENTRIES_MAX: Final = 200  # yearly rows of a form, items of one row


def to_json(value: Any) -> Any:  # noqa: ANN401 -- any fact, rule or part of one
    """Return a value as what JSON can hold."""
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_json(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): to_json(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    return value.value if isinstance(value, StrEnum) else value


def text_of(value: Any) -> str:  # noqa: ANN401
    """Return the one JSON text of a value: keys sorted, no blanks."""
    return json.dumps(to_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(value: Any) -> str:  # noqa: ANN401
    """Return the SHA-256 of a value's JSON text: what people sign."""
    return hashlib.sha256(text_of(value).encode()).hexdigest()


def from_json(cls: type[T], table: Any, *, at: str = "") -> T:  # noqa: ANN401
    """Return the dataclass that a JSON object holds.

    `Rejected("transfer_body_invalid")` names the first field that is not as it must be.
    """
    if not isinstance(table, Mapping):
        raise _invalid(at)
    known = _shape(cast("Any", cls))
    for name in table:
        if name not in known:
            raise _invalid(f"{at}.{name}")
    values = {}
    for name, (hint, optional) in known.items():
        where = f"{at}.{name}" if at else name
        if name in table:
            values[name] = _read(hint, table[name], where)
        elif not optional:
            raise _invalid(where)
    return cls(**values)


@cache
def _shape(cls: type) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(cls)
    return {
        f.name: (hints[f.name], f.default is not MISSING or f.default_factory is not MISSING)
        for f in fields(cast("Any", cls))
    }


def _read(hint: Any, raw: Any, at: str) -> Any:  # noqa: ANN401 -- one a kind of field
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        inner = next(one for one in get_args(hint) if one is not NoneType)
        return None if raw is None else _read(inner, raw, at)
    if origin is tuple:
        _require(isinstance(raw, list) and len(raw) <= FACT_ENTRIES_MAX, at)
        return tuple(_read(get_args(hint)[0], one, f"{at}[{n}]") for n, one in enumerate(raw))
    if origin is Mapping:
        _require(isinstance(raw, Mapping) and len(raw) <= FACT_ENTRIES_MAX, at)
        return {
            _read(str, name, at): _read(get_args(hint)[1], one, f"{at}.{name}")
            for name, one in raw.items()
        }
    if is_dataclass(hint):
        return from_json(cast("type[object]", hint), raw, at=at)
    if hint is Any:
        _require(type(raw) in (str, int, bool, NoneType), at)
        hint = type(raw)
    return _plain(hint, raw, at)


def _plain(hint: Any, raw: Any, at: str) -> Any:  # noqa: ANN401
    if hint is NoneType:
        return None
    if hint in (int, bool):
        _require(type(raw) is hint and abs(raw) <= INTEGER_MAX, at)
        return raw
    _require(isinstance(raw, str) and 0 < len(raw) <= FACT_TEXT_CHARACTERS_MAX, at)
    if hint is str:
        return raw
    try:
        if hint in (date, datetime):
            read = hint.fromisoformat(raw)
            # one spelling of a day, and no instant of which nobody knows when it was
            _require(raw == read.isoformat() if hint is date else read.tzinfo is not None, at)
            return read
        return hint(raw)
    except ValueError as error:
        raise _invalid(at) from error


def _require(holds: bool, at: str) -> None:
    if not holds:
        raise _invalid(at)


def _invalid(at: str) -> Rejected:
    return Rejected("transfer_body_invalid", field=at.lstrip(".") or "body")
