"""Secrets are references: `env:NAME` or `file:/path`, resolved when they are needed.

The value is never kept in a settings object, so no dump, log line or traceback can show it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.errors import Rejected

SECRET_BYTES_MAX: Final = 64 * 1024  # a key file, not a data file


@dataclass(frozen=True, slots=True)
class Secret:
    """A reference to a secret; `reveal` is the only way to its value."""

    reference: str

    def __post_init__(self) -> None:
        kind, _, target = self.reference.partition(":")
        if kind not in ("env", "file") or not target:
            raise ValueError('a secret is written "env:NAME" or "file:/path"')

    def reveal(self) -> str:
        """Return the secret's value; `Rejected` when the reference leads nowhere."""
        kind, _, target = self.reference.partition(":")
        value = os.environ.get(target) if kind == "env" else _file_text(Path(target))
        if not value:
            raise Rejected("secret_missing", reference=self.reference)
        return value


def _file_text(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(SECRET_BYTES_MAX).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
