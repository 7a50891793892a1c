"""A file, perhaps packed, opened and read by its layout, within the limits of the settings."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hub.mappings.reading import read
from hub.mappings.unpack import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading
    from hub.settings import Limits


@contextmanager
def opened(
    path: Path, layout: Layout, limits: Limits, folder: Path, *, file: str
) -> Iterator[Reading]:
    """Begin to read a file; its rows come while the block lasts, as `read` gives them.

    What must be unpacked waits in `folder` meanwhile. `file` is its name, for places in refusals.
    """
    with (
        unpacked(path, file=file, size_bytes_max=limits.file_bytes_max, work_dir=folder) as plain,
        plain.open("rb") as content,
    ):
        yield read(
            layout,
            content,
            file=file,
            items_max=limits.items_max,
            line_bytes_max=limits.line_bytes_max,
        )
