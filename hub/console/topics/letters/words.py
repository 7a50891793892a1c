"""What letters are called in both languages, and how good their states are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.console.words import Word
from hub.domain.letter import LetterKind, LetterState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.console.words import Tone

_TONES: Final[Mapping[LetterState, Tone]] = {
    LetterState.SIGNED: "warn",
    LetterState.OVERDUE: "bad",
    LetterState.REPLIED: "good",
}
STATES: Final[Mapping[str, Word]] = {
    one.value: Word(one.value, one.zh, one.value, _TONES.get(one, "plain")) for one in LetterState
}
KINDS: Final[Mapping[str, Word]] = {
    one.value: Word(one.value, one.zh, one.value) for one in LetterKind
}
