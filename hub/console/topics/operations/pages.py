"""Pages of operations: actors and queues live, one task, file or message, the configuration."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for

from hub.console.access import record_look
from hub.console.context import console, viewer
from hub.console.language import N_
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.topics.operations import configuration as config
from hub.console.topics.operations.health import health, metrics
from hub.console.topics.operations.tables import (
    INBOX_STATES,
    NOVELTIES,
    OUTBOX_STATES,
    QUARANTINE_STATES,
    TASK_STATES,
)
from hub.console.words import Word, words
from hub.domain.lanes import sends
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.overview import sources
from hub.flows.running import hub_state, node_rows
from hub.store.views import operations

BODY_CHARS_MAX: Final = 20_000  # of a message in quarantine that a page shows
_ACTORS: Final = words(
    ("working", "工作中", "working", "good"),
    ("idle", "空闲", "idle", "good"),
    ("paused", "已暂停", "paused", "warn"),
    ("dead", "重启中", "restarting", "warn"),
    ("given up", "已放弃", "given up", "bad"),
    ("free", "无进程承担", "nobody has it", "bad"),
)
_KINDS: Final = (
    ("inbox:", N_("Received from partners")),
    ("deliver:", N_("Sent to partners")),
    ("listen:", N_("Messages")),
    ("send:", N_("Messages")),
)


def overview() -> str:
    """Show actors, queues and backlog; the page asks again for its live part."""
    return render("operations/overview.html", **_state())


def live() -> str:
    """Show the part of the overview that changes by itself."""
    return render("operations/live.html", **_state())


def task(task_id: int) -> str:
    """Show one task."""
    with console().services.store.read() as uow:
        found = uow.tasks.get(task_id)
    return render("operations/task.html", task=found, state=TASK_STATES[found.state.value])


def received(inbox_id: int) -> str:
    """Show one received file: what it is, and why it was refused or held."""
    services = console().services
    with services.store.read() as uow:
        found = uow.inbox.get(inbox_id)
        # what happened to it, by the index over subjects
        entries = uow.journal.list(subject=f"inbox:{inbox_id}", limit=50)
    return render(
        "operations/inbox.html",
        file=found,
        state=INBOX_STATES[found.state.value],
        novelty=NOVELTIES[found.novelty.value],
        entries=entries,
    )


def quarantined(quarantine_id: int) -> str:
    """Show one message in quarantine; its content may name people, so who may see it is asked."""
    with console().services.store.read() as uow:
        found = uow.quarantine.get(quarantine_id)
    body = None
    if found.body is not None and viewer().may(Permission.PERSONAL_SEE):
        record_look("quarantine", quarantine_id)
        body = found.body.decode("utf-8", "backslashreplace")[:BODY_CHARS_MAX]
    return render(
        "operations/quarantine.html",
        message=found,
        state=QUARANTINE_STATES[found.state.value],
        body=body,
    )


def configuration() -> str:
    """Show the settings in force, and the files that they and the partners come from."""
    settings = console().services.settings
    return render(
        "operations/configuration.html",
        rows=list(config.rows(settings)),
        files=list(config.files(settings.config_dir)),
        partners=[console().services.catalog.partners[code]
                  for code in sorted(console().services.catalog.partners)],
    )  # fmt: skip


def configuration_file(name: str) -> str:
    """Show one file of the configuration."""
    known = config.files(console().services.settings.config_dir)
    if name not in known:
        raise Rejected("page_missing")
    text = config.file_text(known[name])
    return render("operations/file.html", name=name, text=text)


def _state() -> dict[str, Any]:
    services = console().services
    now = services.now()
    running = hub_state(services)
    with services.store.read() as uow:
        tasks = operations.open_tasks(uow)
        files = operations.open_files(uow)
        messages = operations.open_messages(uow, sorted(services.roads))
        oldest = operations.oldest_due_at(uow, now)
        open_quarantine = uow.quarantine.count_open()
        arrived = sources(services, uow)
    return {
        "running": running,
        "nodes": node_rows(services),
        "lanes": [_lane(name, said) for name, said in (running.actors if running else {}).items()],
        "tasks": tasks,
        "files": files,
        "messages": messages,
        "oldest": oldest,
        "quarantine": open_quarantine,
        "sources": arrived,
        "task_words": TASK_STATES,
        "inbox_words": INBOX_STATES,
        "outbox_words": OUTBOX_STATES,
        "live_href": url_for("operations_live"),
    }


def _lane(name: str, said: str) -> dict[str, Any]:
    known = _ACTORS.get(said, Word(said, said, said))
    return {
        "name": name,
        "state": known,
        "kind": next((label for start, label in _KINDS if name.startswith(start)), N_("Own work")),
        "sends": sends(name),
        "may_pause": known.value in ("working", "idle"),
        "may_resume": known.value == "paused",
        "may_revive": known.value == "given up",
    }


def _page(rule: str, endpoint: str, view: Any) -> Page:  # noqa: ANN401
    return Page(rule=rule, endpoint=endpoint, permission=Permission.OPERATION_SEE, view=view)


PAGES: Final = (
    _page("/operations", "operations", overview),
    _page("/operations/live", "operations_live", live),
    _page("/operations/tasks/<int:task_id>", "task", task),
    _page("/operations/inbox/<int:inbox_id>", "received_file", received),
    _page("/operations/quarantine/<int:quarantine_id>", "quarantined", quarantined),
    _page("/operations/configuration", "configuration", configuration),
    _page("/operations/configuration/<path:name>", "configuration_file", configuration_file),
    _page("/api/v1/metrics", "metrics", metrics),
    Page(rule="/health", endpoint="health", permission=None, view=health, is_public=True),
)
