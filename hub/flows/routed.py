"""A received file that is no list of facts: what it does once it was read to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.engine import UnitOfWork

Effect = Callable[["UnitOfWork", "datetime"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """A file that was read: its rows, its key, and its effect in the unit that says so.

    The effect may run again when another unit was in its way, and after a replay.
    """

    rows: int
    business_key: str | None
    effect: Effect
    repeats: bool = False  # a repeat of an earlier file without rows is for another day
