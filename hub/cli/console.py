"""`hub console`: answer browsers and programs."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- Typer reads the annotations
from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, open_settings
from hub.cli.output import Json, emit, refusals, say


def register(app: typer.Typer) -> None:
    """Add the command to the hub."""
    app.command("console", help="工作台 · Serve the console in the foreground until SIGTERM.")(
        console
    )


def console(
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], help="Show this business day as today (training)."
        ),
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Serve the console on the address of `[console]`; TLS belongs to the proxy before it."""
    with refusals(as_json=as_json):
        from hub.app.console import serve
        from hub.logs import set_up_logs

        settings = open_settings(config)
        set_up_logs(level=settings.log.level, form=settings.log.form)
        line = {"url": settings.console.public_url}
        emit(line, as_json=as_json, text=lambda: say(f"工作台 · console: {line['url']}"))
        serve(settings, as_of=as_of.date() if as_of else None)
