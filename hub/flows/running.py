"""What the running hub says of itself, for other processes to read: actors, lanes, processes.

On SQLite it is the state file beside the lock that the one hub holds; several hubs on one
PostgreSQL say it in the database.
"""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hub.flows.services import Services
    from hub.store.leases import Node

LOCK_FILE: Final = "hub.lock"
STATE_FILE: Final = "hub-state.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubState:
    """What a running hub says about itself once a second; instants in ISO 8601, UTC."""

    pid: int
    started_at: str
    beat_at: str
    actors: Mapping[str, str]
    given_up: Sequence[str]
    alarms: Sequence[str]


def hub_state(services: Services) -> HubState | None:
    """Return what the running hub says; of several, each lane's state by the one that has it."""
    if not services.store.is_shared:
        return read_state(services.work_dir)
    living, holders = _living(services)
    if not living:
        return None
    actors: dict[str, str] = {}
    for node in living:
        actors |= {lane: "free" for lane in node.able if holders.get(lane) is None}
        said = node.said.get("actors", {})
        actors |= {lane: s for lane, s in said.items() if holders.get(lane, node.id) == node.id}
    return HubState(
        pid=living[0].pid,
        started_at=living[0].started_at.isoformat(),
        beat_at=max(node.beat_at for node in living).isoformat(),
        actors=dict(sorted(actors.items())),
        given_up=sorted({name for node in living for name in node.said.get("given_up", ())}),
        alarms=[alarm for node in living for alarm in node.said.get("alarms", ())],
    )


def node_rows(services: Services) -> list[dict[str, Any]]:
    """Return the processes that live, the oldest first, each with its lanes."""
    living, holders = _living(services) if services.store.is_shared else ([], {})
    return [
        {
            "node": node.id, "host": node.host, "pid": node.pid, "version": node.version,
            "started_at": node.started_at.isoformat(), "beat_at": node.beat_at.isoformat(),
            "lanes": sorted(lane for lane, owner in holders.items() if owner == node.id),
        }
        for node in living
    ]  # fmt: skip


def read_state(work_dir: Path, *, name: str = LOCK_FILE) -> HubState | None:
    """Return what the hub that holds the lock last said, or `None` when none runs."""
    try:
        descriptor = os.open(work_dir / name, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _said(work_dir / STATE_FILE)
    finally:
        os.close(descriptor)
    return None  # nobody holds it: what the file says is about the past


def _said(path: Path) -> HubState | None:
    try:
        return HubState(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # started a moment ago, or another version's words


def _living(services: Services) -> tuple[list[Node], dict[str, str | None]]:
    with services.store.read() as uow:
        now = uow.leases.now()
        living = [node for node in uow.leases.nodes() if node.lives(now)]
        return living, uow.leases.holders()
