"""The hub's work beside bare work, as `benchmarks/ratios.py` compares them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same work done barely and by us. `prepare` runs before each of ours, unmeasured."""

    bare: Callable[[], object]
    ours: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    clear: Callable[[], object] = lambda: None  # before each of either, unmeasured


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a pair works: a folder of its own, and servers that run already."""

    folder: Path
    servers: Callable[[str], Any]  # "rabbit": a RabbitNode, "sshd": an Sshd
