"""What is known of spellings of names: `config/person_names.toml`, and OpenCC for 繁简."""

from __future__ import annotations

# The reader resolves the annotations at run time, so none of them may hide.
from collections.abc import Mapping  # noqa: TC003
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

import opencc

from hub.domain.person_name import NameTables
from hub.settings import ConfigErrors
from hub.settings.keys import key
from hub.settings.reader import Reader
from hub.settings.toml_file import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE: Final = "person_names.toml"
PRIVATE: Final = range(0xE000, 0xF900)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateUse:
    """Private-use characters from code point `first` on, each with what it stands for."""

    first: str = key(required=True, pattern=r"[0-9A-F]{4}")
    characters: str
    verified: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    private_use: tuple[PrivateUse, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)


def load_names(config_dir: Path) -> NameTables:
    """Return the tables of a configuration folder; without the file, 繁简 only.

    `ConfigErrors` holds every problem.
    """
    path = config_dir.resolve() / FILE
    reader = Reader(f"{path.parent.name}/{FILE}", path.parent)
    said = reader.read(_File, read_table(path, reader)[1] if path.exists() else {})
    if said is not None:
        _check(said, reader)
    if said is None or reader.problems:
        raise ConfigErrors(reader.problems)
    pairs = [(code, character, one) for one in said.private_use for code, character in _pairs(one)]
    return NameTables(
        private_use={chr(code): character for code, character, _ in pairs},
        unverified=frozenset(chr(code) for code, _, one in pairs if not one.verified),
        variants=said.variants,
        simplify=simplify,
    )


def _pairs(said: PrivateUse) -> Iterator[tuple[int, str]]:
    """Yield each code point with the character that it stands for."""
    return enumerate(said.characters, start=int(said.first, 16))


def _check(said: _File, reader: Reader) -> None:
    for number, one in enumerate(said.private_use, start=1):
        code = next((code for code, _ in _pairs(one) if code not in PRIVATE), None)
        if code is not None:
            message = f"U+{code:04X} is no private-use character"
            reader.report(f"private_use[{number}].characters", message)
    for seen, meant in said.variants.items():
        if len(seen) != 1 or len(meant) != 1:
            reader.report(f"variants.{seen}", "must be one character for one character")


def simplify(text: str) -> str:
    """Return a text in simplified characters."""
    return str(_converter().convert(text))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")
