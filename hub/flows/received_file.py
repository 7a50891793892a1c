"""A received file, open to be read: its plain bytes, within the limits of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.mappings.opened import opened
from hub.mappings.unpack import unpacked

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hub.flows.services import Services
    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading
    from hub.store.inbox import Received


def plain(
    received: Received, services: Services, folder: Path, *, sha256: str | None = None
) -> AbstractContextManager[Path]:
    """Give a path with the plain bytes; what must be unpacked waits in `folder` meanwhile.

    `sha256`: of other bytes of the archive than those that came, such as decrypted ones.
    """
    return unpacked(
        services.archive.path(sha256 or received.sha256),
        file=received.name,
        size_bytes_max=services.settings.limits.file_bytes_max,
        work_dir=folder,
    )


def reading(
    received: Received, layout: Layout, services: Services, folder: Path
) -> AbstractContextManager[Reading]:
    """Begin to read a file by a layout; its rows come while the block lasts."""
    path, limits = services.archive.path(received.sha256), services.settings.limits
    return opened(path, layout, limits, folder, file=received.name)
