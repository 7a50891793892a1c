"""`hub replay`: read an archived original once more, with the layouts as they are today."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say


def register(app: typer.Typer) -> None:
    """Add `hub replay`."""
    app.command("replay", help="重放 · Read an archived original again.")(replay)


def replay(
    inbox_id: Annotated[int, typer.Argument(help="Number of the received file.", min=1)],
    person: Annotated[str, typer.Option("--person", help="Who orders it (姓名).")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let the hub read an original again, through the same steps as when it came.

    Nothing is counted twice: facts are named by their content, and a file has one arrival.
    Only a file that was refused or read can be replayed; the order is noted in the journal.
    """
    with services_of(config, as_json=as_json) as services:
        from hub.flows.receive import replay as replay_received

        task = asdict(replay_received(inbox_id, person=person, services=services))
    emit(task, as_json=as_json, text=lambda: say(f"✓ 待办 · task {task['id']}: {task['step']}"))
