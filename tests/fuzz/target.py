"""What a target is: seeds, what is done with an input, and what is never right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.errors import Rejected
from tests.fuzz.mutations import Mutator

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tests.fuzz.mutations import Seed

Run = Callable[[str, bytes], None]
"""Takes label and bytes of an input."""


class Unsafe(Exception):
    """Something was taken that must not be taken, or means another thing the second time."""


class Refused(Exception):
    """An input was refused in another way than by `Rejected`, such as by an answer's status."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One thing that takes bytes from outside.

    `open` is called once in the process that fuzzes, with a folder of its own, and returns what is
    done with each input: it returns when the input was taken, and raises one of `refusals` when it
    was refused. `placed`: a refusal must name the file. `modules` are those of the product whose
    parsing it covers.
    """

    name: str
    modules: Sequence[str]
    seeds: Callable[[], Iterable[Seed]]
    open: Callable[[Path], Run]
    words: Sequence[str] = ()
    codec: str = "utf-8"
    placed: bool = False
    refusals: tuple[type[Exception], ...] = (Rejected, Refused)
    ci_inputs: int = 300
    cache: list[Mutator] = field(default_factory=list, compare=False)

    def input(self, seed: int, number: int) -> Seed:
        """Return an input by its number."""
        if not self.cache:
            self.cache.append(Mutator(self.seeds(), words=self.words, codec=self.codec))
        return self.cache[0].make(f"{self.name}:{seed}", number)
