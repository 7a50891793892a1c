"""Proves the engine of reconciliation: a cluster's address, and a folder that it shares."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hub.bulk.engine import cluster
from hub.errors import HubError, Rejected
from hub.settings import Problem

if TYPE_CHECKING:
    from hub.settings import Settings


def check_engine(settings: Settings, *, connect: bool) -> list[Problem]:
    """Return what makes a cluster unusable; with `connect` it is asked to write a file."""
    try:
        url = settings.reconciliation.cluster()
        if url is not None and connect:
            _prove(url, settings.folders.work)
    except HubError as error:
        where = f"{settings.config_dir.name}/hub.toml"
        message = error.explain("en")
        return [Problem(file=where, key="reconciliation.spark_url", message=message)]
    return []


def _prove(url: str, work: Path) -> None:
    with (
        TemporaryDirectory(dir=work if work.is_dir() else None) as folder,
        cluster(url, folder) as sql,
    ):
        sql.execute("CREATE TEMP TABLE proof AS SELECT 1 AS one")
        if not any(Path(folder).rglob("*.parquet")):
            raise Rejected("spark_folder_apart", folder=folder)
