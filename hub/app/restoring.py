"""A hub made of a backup, while no hub runs in that place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.app.lock import HubLock
from hub.app.services import open_services
from hub.flows import backup

if TYPE_CHECKING:
    from pathlib import Path

    from hub.domain.restore import Restore
    from hub.settings import Settings


def restore_from(settings: Settings, folder: Path, *, person: str) -> Restore:
    """Restore a backup into an empty place; `Unavailable("hub_already_running")` if one runs."""
    lock = HubLock(settings.folders.work)
    lock.acquire()
    try:
        return backup.restore(
            settings, folder, person=person, open_hub=lambda: open_services(settings)
        )
    finally:
        lock.release()
