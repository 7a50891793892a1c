"""Several hub processes on one database: joining them, and what all of them say of themselves.

They must see the same archive and the same work folder, or one could not read what another wrote.
So each leaves a file of its name in both, and looks for the files of those that live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.app.lock import HubLock, HubState
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.actors.leasing import Leasing
    from hub.flows.services import Services
    from hub.store.leases import Node

FOLDER: Final = "nodes"


def join(leasing: Leasing, services: Services, *, alone: bool) -> list[Node]:
    """Enter this process among those that run, and return the others.

    `Rejected("folders_not_shared")` when one of them has other folders; it has then left again.
    """
    if not services.store.is_shared:
        return leasing.join(alone=alone)
    places = _places(services)
    for folder in places.values():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / leasing.node_id).touch()
    others: list[Node] = []
    try:
        others = leasing.join(alone=alone)
        _require_shared(others, places)
    except BaseException:
        leave(leasing, services)
        raise
    return others


def leave(leasing: Leasing, services: Services) -> None:
    """Give every lane up and be gone."""
    leasing.stop()
    for folder in _places(services).values():
        (folder / leasing.node_id).unlink(missing_ok=True)


def hub_state(services: Services) -> HubState | None:
    """Return what the running hub says; of several, each lane's state by the one that has it."""
    if not services.store.is_shared:
        return HubLock(services.work_dir).read_state()
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


def _living(services: Services) -> tuple[list[Node], dict[str, str | None]]:
    with services.store.read() as uow:
        now = uow.leases.now()
        living = [node for node in uow.leases.nodes() if node.lives(now)]
        return living, uow.leases.holders()


def _places(services: Services) -> dict[str, Path]:
    folders = services.settings.folders
    return {"folders.archive": folders.archive / FOLDER, "folders.work": folders.work / FOLDER}


def _require_shared(others: Sequence[Node], places: dict[str, Path]) -> None:
    for other in others:
        for key, folder in places.items():
            if not (folder / other.id).exists():
                raise Rejected(
                    "folders_not_shared",
                    node=other.id, host=other.host, key=key, folder=str(folder.parent),
                )  # fmt: skip
