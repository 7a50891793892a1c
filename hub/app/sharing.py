"""Several hub processes on one database: joining them, and leaving.

They must see the same archive and the same work folder, or one could not read what another wrote.
So each leaves a file of its name in both, and looks for the files of those that live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

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
