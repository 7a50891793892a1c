"""A place for half-made files: what is finished goes into the archive, the rest disappears."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.flows.services import Services

FOLDER: Final = "tmp"


@contextmanager
def scratch(services: Services) -> Iterator[Path]:
    """Give a folder of one's own below the work folder, and remove it at the end.

    It lies beside the results, because facts and matches may be larger than `/tmp`.
    """
    parent = services.work_dir / FOLDER
    parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def sweep(services: Services) -> None:
    """Remove what a killed hub left half made; only for a hub that has just taken the lock."""
    shutil.rmtree(services.work_dir / FOLDER, ignore_errors=True)
    services.archive.sweep()
