"""Sums over very much, asked for again and again by everybody: kept for a while by a process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from flask import current_app

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_S: Final = 30.0
_KEY: Final = "hub-kept"
_Made = TypeVar("_Made")


@dataclass(slots=True)
class _Kept:
    """One sum as it was a moment ago; whoever comes while it is made waits for it."""

    made: Any = None
    at_s: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


def kept(what: str, make: Callable[[], _Made]) -> _Made:
    """Return what `make` made less than `KEPT_S` ago, or makes now.

    It must be the same for all people and languages.
    """
    all_kept = cast("dict[str, _Kept]", current_app.extensions.setdefault(_KEY, {}))
    one = all_kept.setdefault(what, _Kept())
    with one.lock:
        if time.monotonic() - one.at_s > KEPT_S:
            one.made, one.at_s = make(), time.monotonic()
        return cast("_Made", one.made)
