"""All that a mailbox ever carries. Work is in the task table, so a lost message is harmless."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wake:
    """Look for work."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Take no more work; the directory remembers it, so a restarted actor stays paused."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Take work again, starting now."""


Message = Wake | Pause | Resume
