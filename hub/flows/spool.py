"""What was read of a long file waits in a scratch file until its unit of work takes it.

So a file is read and checked once, while nobody waits; the unit then only writes, and holds the
database's write lock no longer than that. Memory does not grow with the rows.
"""

from __future__ import annotations

import copyreg
import pickle
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

T = TypeVar("T")

CHUNK_ROWS: Final = 1_000


class Spool(Generic[T]):
    """Objects in a file below a scratch folder, in their order; read as often as one likes.

    `kinds` are the dataclasses that most of them consist of, each of two fields at least: they are
    written as bare values, which takes a third of the time that frozen dataclasses take otherwise.
    """

    def __init__(self, path: Path, *kinds: type) -> None:
        self._path = path
        self._reductions = {**copyreg.dispatch_table, **{one: _reduction(one) for one in kinds}}

    def fill(self, found: Iterable[T]) -> None:
        """Write all of them, as they come."""
        stream = iter(found)
        with self._path.open("xb") as file:
            while chunk := list(islice(stream, CHUNK_ROWS)):
                pickler = pickle.Pickler(file, protocol=pickle.HIGHEST_PROTOCOL)
                pickler.dispatch_table = self._reductions
                pickler.dump(chunk)

    def __iter__(self) -> Iterator[T]:
        """Yield them, each a new object; only what this process has just written is read."""
        with self._path.open("rb") as file:
            while file.peek(1):
                yield from pickle.load(file)  # noqa: S301


class _Names(dict[type, tuple[str, ...]]):
    """The names of each dataclass' fields, looked up once."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        self[kind] = tuple(one.name for one in fields(kind))
        return self[kind]


_NAMES: Final = _Names()


def _reduction(kind: type) -> Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]:
    values = attrgetter(*_NAMES[kind])
    return lambda one: (_made, (kind, values(one)))


def _made(kind: type, values: Iterable[object]) -> object:
    one: object = object.__new__(kind)
    for name, value in zip(_NAMES[kind], values, strict=True):
        object.__setattr__(one, name, value)  # the class itself is frozen
    return one
