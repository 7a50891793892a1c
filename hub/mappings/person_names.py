"""What is known of spellings of names: `config/person_names.toml`, and OpenCC for 繁简."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import opencc

from hub.domain.person_name import NameTables
from hub.settings import ConfigErrors
from hub.settings.keys import key
from hub.settings.reader import Reader

if TYPE_CHECKING:
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


def load_names(config_dir: Path) -> NameTables:
    """Return the tables of a configuration folder; without the file, 繁简 only.

    `ConfigErrors` holds every problem.
    """
    path = config_dir.resolve() / FILE
    reader = Reader(f"{path.parent.name}/{FILE}", path.parent)
    table = _table(path, reader)
    private: dict[str, str] = {}
    unverified: set[str] = set()
    for number, entry in enumerate(table.pop("private_use", []), start=1):
        at = f"private_use[{number}]"
        read = reader.read(PrivateUse, entry, at=at)
        if read is None:
            continue
        for code, character in enumerate(read.characters, start=int(read.first, 16)):
            if code not in PRIVATE:
                reader.report(f"{at}.characters", f"U+{code:04X} is no private-use character")
                break
            private[chr(code)] = character
            if not read.verified:
                unverified.add(chr(code))
    variants = table.pop("variants", {})
    for one, other in variants.items():
        if not isinstance(other, str) or len(one) != 1 or len(other) != 1:
            reader.report(f"variants.{one}", "must be one character for one character")
    for name in table:
        reader.report(name, f'"{name}" is not known')
    if reader.problems:
        raise ConfigErrors(reader.problems)
    return NameTables(
        private_use=private,
        unverified=frozenset(unverified),
        variants=variants,
        simplify=simplify,
    )


def simplify(text: str) -> str:
    """Return a text in simplified characters."""
    return str(_converter().convert(text))


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _table(path: Path, reader: Reader) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # also digits or depth without end
        reader.report("", f"cannot be read: {error}")
        return {}
