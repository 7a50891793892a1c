"""Characters that paper cannot show: found before printing, and written out as their code.

A name may hold a character that no font has, or one that must not act on the page, such as a
line break or a mark that turns the writing direction. Each is printed as its code, `〔U+2A6D6〕`,
so that the reader sees what is meant instead of an empty box or a changed order.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Part = TypeVar("Part")

_ACTING: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def strings(part: object) -> Iterator[str]:
    """Yield every string in a structure of dataclasses and tuples, in order."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, tuple):
        for one in part:
            yield from strings(one)
    elif is_dataclass(part):
        for field in fields(part):
            yield from strings(getattr(part, field.name))


def acting(part: object) -> tuple[str, ...]:
    """Return the characters in a structure that would act on the page, in code order."""
    found = {c for text in strings(part) for c in text}
    return tuple(sorted(c for c in found if unicodedata.category(c) in _ACTING))


def code(character: str) -> str:
    """Return what stands for a character that cannot be shown."""
    return f"〔U+{ord(character):04X}〕"


def written_out(part: Part, characters: Iterable[str]) -> Part:
    """Return the structure with each of these characters replaced by its code."""
    codes = str.maketrans({c: code(c) for c in characters})
    return _translated(part, codes) if codes else part


def _translated(part: Any, codes: dict[int, str]) -> Any:  # noqa: ANN401
    if isinstance(part, str):
        return part.translate(codes)
    if isinstance(part, tuple):
        return tuple(_translated(one, codes) for one in part)
    if is_dataclass(part) and not isinstance(part, type):
        changed = {f.name: _translated(getattr(part, f.name), codes) for f in fields(part)}
        return replace(part, **changed)
    return part
