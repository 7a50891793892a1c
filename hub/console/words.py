"""Words for codes: what a state or kind is called in both languages, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hub.domain.chinese import KIND_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Word:
    """A code with its words; programs get `value`, people `zh` or `en`."""

    value: str
    zh: str
    en: str
    tone: Tone = "plain"


def words(*known: tuple[str, str, str, Tone]) -> Mapping[str, Word]:
    """Return words by their code."""
    return {value: Word(value, zh, en, tone) for value, zh, en, tone in known}


def fund(code: str) -> Word:
    """Return what an insurance kind (险种) is called; its code where it has no name."""
    return Word(code, KIND_NAMES.get(code, code), code.replace("_", " "))


FUNDS: Final[Mapping[str, Word]] = {code: fund(code) for code in KIND_NAMES}
