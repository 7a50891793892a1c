"""What is wrong with a configuration: every problem with its file, key, words and a suggestion."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIMILARITY_MIN: Final = 0.6  # difflib's own default; below it a guess confuses more than it helps


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in one configuration file; `key` is dotted as in TOML, empty for the file."""

    file: str
    key: str
    message: str
    suggestion: str | None = None

    def text(self) -> str:
        """Return the problem as one line: `file: key: message, did you mean "x"?`."""
        where = f"{self.file}: {self.key}: " if self.key else f"{self.file}: "
        guess = f', did you mean "{self.suggestion}"?' if self.suggestion else ""
        return f"{where}{self.message}{guess}"


class ConfigErrors(Rejected):
    """A configuration that cannot be used, with every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem.text()}" for problem in problems)
        super().__init__("config_invalid", count=len(problems), lines=lines)

    def as_dict(self) -> dict[str, Any]:
        """Return the refusal for `--json`, with the problems as a list."""
        return {**super().as_dict(), "problems": [asdict(problem) for problem in self.problems]}


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that `word` was probably meant to be, or `None`."""
    matches = get_close_matches(word, list(known), n=1, cutoff=SIMILARITY_MIN)
    return matches[0] if matches else None
