"""What the console shows of the hub's own work: tasks, files, messages, and how much waits.

Counts are of what is still open only: what is done grows for ever and nobody has to see to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, literal_column, select

from hub.store.schema.messages import messages_in, messages_out, quarantine
from hub.store.schema.spine import inbox, outbox, tasks
from hub.store.views.paging import page

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row, Table

    from hub.store.unit_of_work import UnitOfWork

_TASKS: Final = (
    "id", "queue", "step", "subject_id", "state", "due_at", "strikes", "postponements", "note",
    "added_at", "ended_at",
)  # fmt: skip
_INBOX: Final = (
    "id", "channel", "name", "state", "novelty", "partner", "layout", "rows", "size_bytes",
    "received_at",
)  # fmt: skip
_OUTBOX: Final = (
    "id", "channel", "file_name", "state", "attempts", "note", "added_at", "changed_at",
)  # fmt: skip
_QUARANTINE: Final = (
    "id", "road", "queue", "source", "key", "message_id", "type", "reason", "size_bytes", "state",
    "at", "ended_by",
)  # fmt: skip
_OPEN_TASKS: Final = ("due", "parked")
_OPEN_INBOX: Final = ("received", "refused", "held")
_OPEN_OUTBOX: Final = ("ready", "sending", "unknown", "blocked")
_OPEN_OUT: Final = ("queued", "blocked")
_OPEN_IN: Final = ("new", "refused", "parked")

Found = tuple[list["Row[Any]"], str | None]  # a page, and where it ended


def task_page(
    uow: UnitOfWork, *, state: str | None, queue: str | None, after: str | None, limit: int
) -> Found:
    """Return tasks, the newest first. Open ones are few, and found by an index of their own."""
    c = tasks.c
    query = select(*(c[name] for name in _TASKS))
    if queue is not None:
        query = query.where(c.queue == queue)
    if state == "done":
        query = query.where(c.state.not_in(_OPEN_TASKS))
    elif state is not None:
        query = query.where(_is_open(), c.state == state)
    return page(uow.connection, query, [c.id], after=after, limit=limit)


def inbox_page(
    uow: UnitOfWork, *, state: str | None, channel: str | None, after: str | None, limit: int
) -> Found:
    """Return received files, the newest first."""
    return _page(uow, inbox, _INBOX, {"state": state, "channel": channel}, after=after, limit=limit)


def outbox_page(
    uow: UnitOfWork, *, state: str | None, channel: str | None, after: str | None, limit: int
) -> Found:
    """Return files to send, the newest first."""
    return _page(
        uow, outbox, _OUTBOX, {"state": state, "channel": channel}, after=after, limit=limit
    )


def quarantine_page(uow: UnitOfWork, *, state: str | None, after: str | None, limit: int) -> Found:
    """Return messages that nobody could use, the newest first."""
    return _page(uow, quarantine, _QUARANTINE, {"state": state}, after=after, limit=limit)


def open_tasks(uow: UnitOfWork) -> dict[str, dict[str, int]]:
    """Return by queue how many tasks are due and how many are parked."""
    c = tasks.c
    query = select(c.queue, c.state, func.count()).where(_is_open()).group_by(c.queue, c.state)
    counts: dict[str, dict[str, int]] = {}
    for queue, state, count in uow.connection.execute(query):
        counts.setdefault(queue, {})[state] = count
    return counts


def oldest_due_at(uow: UnitOfWork, now: datetime) -> datetime | None:
    """Return since when the task waits that is due the longest; `None` when none is due."""
    c = tasks.c
    query = select(func.min(c.due_at)).where(_is_open(), c.state == "due", c.due_at <= now)
    found: datetime | None = uow.connection.execute(query).scalar_one()
    return found


def open_files(uow: UnitOfWork) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many files wait: `inbox` and `outbox`, by channel and state."""
    return {
        "inbox": _open(uow, inbox, "channel", _OPEN_INBOX),
        "outbox": _open(uow, outbox, "channel", _OPEN_OUTBOX),
    }


def open_messages(uow: UnitOfWork, roads: Collection[str]) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many messages wait: `out` by road and `in` by queue, by state."""
    on_roads = messages_out.c.road.in_(roads)
    return {
        "out": _open(uow, messages_out, "road", _OPEN_OUT, on_roads) if roads else {},
        "in": _open(uow, messages_in, "queue", _OPEN_IN),
    }


def _is_open() -> ColumnElement[bool]:
    # as the condition of the index over open tasks says it: only then databases use that
    return tasks.c.state != literal_column("'done'")


def _page(
    uow: UnitOfWork,
    table: Table,
    names: Sequence[str],
    wanted: Mapping[str, str | None],
    *,
    after: str | None,
    limit: int,
) -> Found:
    query = select(*(table.c[name] for name in names))
    for name, value in wanted.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return page(uow.connection, query, [table.c.id], after=after, limit=limit)


def _open(
    uow: UnitOfWork, table: Table, by: str, states: Sequence[str], *more: ColumnElement[bool]
) -> dict[str, dict[str, int]]:
    c = table.c
    query = select(c[by], c.state, func.count()).where(c.state.in_(states), *more)
    query = query.group_by(c[by], c.state)
    counts: dict[str, dict[str, int]] = {}
    for name, state, count in uow.connection.execute(query):
        counts.setdefault(name, {})[state] = count
    return counts
