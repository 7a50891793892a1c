"""A place for half-made files: what is finished goes into the archive, the rest disappears."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


def leftovers(services: Services) -> list[Path]:
    """Return what lies there now; asked before a hub is entered among those that run."""
    folder = services.work_dir / FOLDER
    return list(folder.iterdir()) if folder.is_dir() else []


def sweep(left: Iterable[Path], services: Services) -> None:
    """Remove what killed hubs left half made; only when none ran while it was listed."""
    for path in left:
        shutil.rmtree(path, ignore_errors=True)
    services.archive.sweep()
