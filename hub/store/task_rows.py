"""Tasks as rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row


class TaskState(StrEnum):
    """Where a task is in its life; done is for ever, parked waits for a person."""

    DUE = "due"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step that is due for one subject.

    `strikes` counts the starts that came to no end, `postponements` how often it was put off;
    from `give_up_at` on it is not put off any more.
    """

    id: int
    queue: str
    step: str
    subject_id: str
    state: TaskState
    due_at: datetime
    give_up_at: datetime | None
    strikes: int
    postponements: int
    note: str | None
    trace_id: str | None
    added_at: datetime
    ended_at: datetime | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the task that a row of the table holds."""
        values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
        return cls(**{**values, "state": TaskState(values["state"])})
