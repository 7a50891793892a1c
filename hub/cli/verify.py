"""`hub verify`: does everything that must hold, hold?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say


def register(app: typer.Typer) -> None:
    """Add `hub verify`."""
    app.command()(verify)


def verify(
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read and hash every archived original.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Check every invariant on the live database (校验); exit code 1 names the first breaches."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.verify import verify as verify_all

        checks = list(verify_all(services, deep=deep))
    broken = [check for check in checks if not check.ok]

    def text() -> None:
        for check in checks:
            say(
                f"{'✓' if check.ok else '✗'} {check.zh} · {check.name} ({check.invariant}):"
                f" {check.looked}{'' if check.ok else f', {check.first}'}"
            )

    found = [{**asdict(check), "ok": check.ok} for check in checks]
    emit({"ok": not broken, "checks": found}, as_json=as_json, text=text)
    if broken:
        raise typer.Exit(Exit.FOUND)
