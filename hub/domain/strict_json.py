"""JSON that others wrote, read so that all it holds can be kept."""

from __future__ import annotations

import json
import re
from typing import Any, Final

INTEGER_MAX: Final = 2**53 - 1  # what every JSON reader keeps exactly
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")  # half of a character, or one of its two halves


def loads(content: bytes) -> Any:  # noqa: ANN401 -- whatever JSON can hold
    r"""Return what JSON holds; `ValueError` or `RecursionError` if it is none.

    Also refused, though Python would take them: `NaN` and the infinities, whole numbers above
    `INTEGER_MAX`, a key that stands twice in an object, and half a character (`"\ud800"`), which
    no database and no file takes.
    """
    text = content.decode("utf-8")
    value = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse, parse_int=_integer)
    if _HALF.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


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
