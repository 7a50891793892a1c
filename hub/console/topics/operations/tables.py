"""Lists of the hub's own work: tasks, received files, files to send, quarantine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.console.language import N_
from hub.console.registry import Column, Filter, Rows, Table
from hub.console.words import Word, words
from hub.domain.lanes import delivery_lane
from hub.domain.permission import Permission
from hub.store.views import operations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.console.registry import Query
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork

TASK_STATES: Final = words(
    ("due", "待办", "due", "plain"),
    ("parked", "已搁置", "parked", "bad"),
    ("done", "已完成", "done", "good"),
)
INBOX_STATES: Final = words(
    ("received", "待读取", "received", "plain"),
    ("read", "已读取", "read", "good"),
    ("refused", "已拒收", "refused", "bad"),
    ("held", "已扣留待定", "held", "warn"),
    ("duplicate", "重复件", "duplicate", "plain"),
)
NOVELTIES: Final = words(
    ("new", "新件", "new", "plain"),
    ("repeat", "内容重复", "same content", "plain"),
    ("name_reused", "同名异文", "same name, other content", "warn"),
    ("key_conflict", "同批异文", "same batch, other content", "warn"),
)
OUTBOX_STATES: Final = words(
    ("ready", "待发送", "ready", "plain"),
    ("sending", "发送中", "sending", "plain"),
    ("unknown", "结果不明", "outcome unknown", "warn"),
    ("blocked", "受阻", "blocked", "bad"),
    ("delivered", "已送达", "delivered", "good"),
    ("withdrawn", "已撤回", "withdrawn", "plain"),
)
QUARANTINE_STATES: Final = words(
    ("open", "待处理", "open", "bad"),
    ("redriven", "已重投", "tried again", "good"),
    ("dropped", "已作废", "dropped", "plain"),
)


def queues(services: Services) -> Mapping[str, str]:
    """Return the queues of tasks: each outbound channel's, and the hub's own."""
    out = [
        delivery_lane(c.name) for c in services.settings.channels.values() if c.direction == "out"
    ]
    return {name: name for name in (*_QUEUES, *sorted(out))}


def channels(direction: str) -> Any:  # noqa: ANN401 -- what Filter takes
    """Return the channels of a direction to choose from."""

    def choices(services: Services) -> Mapping[str, str]:
        mine = services.settings.channels.values()
        return {c.name: c.name for c in mine if c.direction == direction}

    return choices


_QUEUES: Final = ("collection", "payout", "transfer", "commands", "operator")


def _tasks(uow: UnitOfWork, query: Query) -> Rows:
    found, after = operations.task_page(
        uow, state=query.filters.get("state"), queue=query.filters.get("queue"),
        after=query.after, limit=query.limit,
    )  # fmt: skip
    return Rows(rows=[_row(one, "/operations/tasks", state=TASK_STATES) for one in found],
                after=after)  # fmt: skip


def _inbox(uow: UnitOfWork, query: Query) -> Rows:
    found, after = operations.inbox_page(
        uow, state=query.filters.get("state"), channel=query.filters.get("channel"),
        after=query.after, limit=query.limit,
    )  # fmt: skip
    rows = [_row(one, "/operations/inbox", state=INBOX_STATES, novelty=NOVELTIES) for one in found]
    return Rows(rows=rows, after=after)


def _outbox(uow: UnitOfWork, query: Query) -> Rows:
    found, after = operations.outbox_page(
        uow, state=query.filters.get("state"), channel=query.filters.get("channel"),
        after=query.after, limit=query.limit,
    )  # fmt: skip
    return Rows(rows=[_row(one, None, state=OUTBOX_STATES) for one in found], after=after)


def _quarantine(uow: UnitOfWork, query: Query) -> Rows:
    found, after = operations.quarantine_page(
        uow, state=query.filters.get("state"), after=query.after, limit=query.limit
    )
    rows = [_row(one, "/operations/quarantine", state=QUARANTINE_STATES) for one in found]
    return Rows(rows=rows, after=after)


def _row(row: Any, address: str | None, **states: Mapping[str, Word]) -> dict[str, Any]:  # noqa: ANN401 -- the store's own
    values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
    for name, known in states.items():
        values[name] = known[values[name]]
    more = {"_href": f"{address}/{row.id}", "_id": row.id} if address else {"_id": row.id}
    return {**values, **more}


def _state(known: Mapping[str, Word]) -> Filter:
    return Filter(name="state", label=N_("State"), kind="choice", choices=lambda _s: known)


def _table(
    name: str, title: str, fetch: Any, columns: Sequence[Column], filters: Sequence[Filter],  # noqa: ANN401
    **more: Any,  # noqa: ANN401
) -> Table:  # fmt: skip
    return Table(
        name=name, title=title, permission=Permission.OPERATION_SEE, fetch=fetch,
        columns=tuple(columns), filters=tuple(filters), **more,
    )  # fmt: skip


_ID: Final = Column(name="id", label=N_("Number"), kind="count")
_STATE: Final = Column(name="state", label=N_("State"), kind="state")
_CHANNEL: Final = Column(name="channel", label=N_("Channel"))
_NOTE: Final = Column(name="note", label=N_("Note"))
TABLES: Final = (
    _table(
        "tasks",
        N_("Tasks"),
        _tasks,
        (
            _ID,
            Column(name="queue", label=N_("Queue")),
            Column(name="step", label=N_("Task step")),
            Column(name="subject_id", label=N_("About")),
            _STATE,
            Column(name="due_at", label=N_("Due at"), kind="instant"),
            Column(name="strikes", label=N_("Starts without an end"), kind="count"),
            Column(name="postponements", label=N_("Put off"), kind="count"),
            _NOTE,
        ),
        (
            _state(TASK_STATES),
            Filter(name="queue", label=N_("Queue"), kind="choice", choices=queues),
        ),
        bulk=("task.retry",),
    ),
    _table(
        "inbox",
        N_("Received files"),
        _inbox,
        (
            _ID,
            _CHANNEL,
            Column(name="name", label=N_("File")),
            _STATE,
            Column(name="novelty", label=N_("Novelty"), kind="state"),
            Column(name="partner", label=N_("Partner")),
            Column(name="layout", label=N_("Layout")),
            Column(name="rows", label=N_("Rows"), kind="count"),
            Column(name="size_bytes", label=N_("Bytes"), kind="count"),
            Column(name="received_at", label=N_("Received at"), kind="instant"),
        ),
        (
            _state(INBOX_STATES),
            Filter(name="channel", label=N_("Channel"), kind="choice", choices=channels("in")),
        ),
    ),
    _table(
        "outbox",
        N_("Files to send"),
        _outbox,
        (
            _ID,
            _CHANNEL,
            Column(name="file_name", label=N_("File")),
            _STATE,
            Column(name="attempts", label=N_("Attempts"), kind="count"),
            _NOTE,
            Column(name="added_at", label=N_("Added at"), kind="instant"),
            Column(name="changed_at", label=N_("Changed at"), kind="instant"),
        ),
        (
            _state(OUTBOX_STATES),
            Filter(name="channel", label=N_("Channel"), kind="choice", choices=channels("out")),
        ),
    ),
    _table(
        "quarantine",
        N_("Quarantine"),
        _quarantine,
        (
            _ID,
            Column(name="queue", label=N_("Queue")),
            Column(name="source", label=N_("Sender")),
            Column(name="message_id", label=N_("Message")),
            Column(name="reason", label=N_("Reason")),
            Column(name="size_bytes", label=N_("Bytes"), kind="count"),
            _STATE,
            Column(name="at", label=N_("In quarantine since"), kind="instant"),
            Column(name="ended_by", label=N_("Settled by")),
        ),
        (_state(QUARANTINE_STATES),),
        note=N_("Messages that nobody could use; each stays readable after it was settled."),
    ),
)
