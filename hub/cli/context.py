"""What commands share: the `--config` option, and opening settings, store and services from it."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.output import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from hub.flows.services import Services
    from hub.settings import Settings
    from hub.store.engine import Store

Config = Annotated[
    Path,
    typer.Option("--config", "-c", help="Folder with hub.toml, channels.toml and partners/."),
]
CONFIG_DEFAULT = Path("config")


def open_settings(config: Path) -> Settings:
    """Return the settings; `ConfigErrors` (a `Rejected`) holds every problem.

    Logs of a command go to standard error, warnings and worse only.
    """
    from hub.logs import set_up_logs
    from hub.settings import load_settings

    settings = load_settings(config)
    set_up_logs(level="warning", form=settings.log.form)
    return settings


def open_store(settings: Settings) -> Store:
    """Open the store, bringing its schema up to date; the caller closes it."""
    from hub.app import open_store

    return open_store(settings)


def open_services(
    config: Path, *, as_of: date | None = None, in_the_morning: bool = False
) -> Services:
    """Return what steps may use, without starting any actor; the caller closes `.store`.

    With `as_of`, what is done is done at the end of that business day, or at its beginning.
    """
    from hub.app import open_services
    from hub.app.services import clock_of

    settings = open_settings(config)
    day = settings.reconciliation
    hour = day.opens_at if in_the_morning else day.closes_at
    return open_services(settings, clock=clock_of(settings, as_of, hour) if as_of else None)


@contextmanager
def services_of(
    config: Path, *, as_json: bool, as_of: datetime | None = None, in_the_morning: bool = False
) -> Iterator[Services]:
    """Open the services for one command, close them, and put refusals into words."""
    with refusals(as_json=as_json):
        day = as_of.date() if as_of else None
        services = open_services(config, as_of=day, in_the_morning=in_the_morning)
        try:
            yield services
        finally:
            services.store.close()
