"""A received file, open to be read: its plain bytes, within the limits of the settings."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.mappings.reading import read
from hub.mappings.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
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


@contextmanager
def reading(
    received: Received, layout: Layout, services: Services, folder: Path
) -> Iterator[Reading]:
    """Begin to read a file by a layout; its rows come while the block lasts."""
    limits = services.settings.limits
    with plain(received, services, folder) as path, path.open("rb") as content:
        yield read(
            layout,
            content,
            file=received.name,
            items_max=limits.items_max,
            line_bytes_max=limits.line_bytes_max,
        )
