"""What was read of a long file waits in a scratch file until its unit of work takes it.

So a file is read and checked once, while nobody waits; the unit then only writes, and holds the
database's write lock no longer than that. Memory does not grow with the rows.
"""

from __future__ import annotations

import pickle
from itertools import islice
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

T = TypeVar("T")

CHUNK_ROWS: Final = 1_000


class Spool(Generic[T]):
    """Objects in a file below a scratch folder, in their order; read as often as one likes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self, found: Iterable[T]) -> None:
        """Write all of them, as they come."""
        stream = iter(found)
        with self._path.open("xb") as file:
            while chunk := list(islice(stream, CHUNK_ROWS)):
                pickle.dump(chunk, file, protocol=pickle.HIGHEST_PROTOCOL)

    def __iter__(self) -> Iterator[T]:
        """Yield them, each a new object; only what this process has just written is read."""
        with self._path.open("rb") as file:
            while file.peek(1):
                yield from pickle.load(file)  # noqa: S301
