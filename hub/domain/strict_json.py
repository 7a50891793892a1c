"""JSON that others wrote, read so that all it holds can be kept."""

from __future__ import annotations

import json
import re
from typing import Any, Final

INTEGER_MAX: Final = 2**53 - 1  # what every JSON reader keeps exactly
# how NUL and half a character are written, which may be one of two halves of a whole one
_DOUBTFUL: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def loads(content: bytes) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    r"""Return what JSON holds; `ValueError` or `RecursionError` if it is none.

    Also refused, though Python would take them: `NaN` and the infinities, whole numbers above
    `INTEGER_MAX`, a key that stands twice in an object, and what PostgreSQL or no file takes: NUL
    and half a character (`"\ud800"`).
    """
    text = content.decode("utf-8")
    value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_integer)
    if _DOUBTFUL.search(text):
        _require_kept(value)
    return value


def _require_kept(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text holds NUL")
        value.encode()
    elif isinstance(value, dict):
        for name, one in value.items():
            _require_kept(name)
            _require_kept(one)
    elif isinstance(value, list):
        for one in value:
            _require_kept(one)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > INTEGER_MAX:
        raise ValueError("a number is above 2**53 - 1")
    return number


def _refuse(text: str) -> float:
    raise ValueError(f"{text} is no number")
