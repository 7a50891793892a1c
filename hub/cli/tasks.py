"""`hub tasks`: what is due, what waits, what was parked, and trying a parked one again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.payout import AsOf  # noqa: TC001 -- Typer resolves annotations

group = typer.Typer(
    name="tasks",
    help="待办 · Tasks of the hub's own actors: list, retry.",
    no_args_is_help=True,
)

_LISTED = (
    "id",
    "queue",
    "step",
    "subject_id",
    "state",
    "due_at",
    "strikes",
    "postponements",
    "note",
)


def register(app: typer.Typer) -> None:
    """Add `hub tasks`."""
    app.add_typer(group)


@group.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="due, done or parked.")] = None,
    queue: Annotated[str | None, typer.Option(help="Only this queue.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List tasks; exit code 1 when parked ones were asked for and there are any."""
    with services_of(config, as_json=as_json) as services:
        from hub.store.tasks import TaskState

        wanted = chosen(TaskState, state, "--state")
        with services.store.read() as uow:
            rows = [asdict(t) for t in uow.tasks.list(state=wanted, queue=queue, limit=limit)]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))
    if wanted is TaskState.PARKED and rows:
        raise typer.Exit(Exit.FOUND)


@group.command()
def retry(
    task_id: Annotated[int, typer.Argument(help="Number of the parked task.", min=1)],
    person: Annotated[str | None, typer.Option("--person", help="Who orders it (姓名).")] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a parked task due again, with a clean record; a running hub takes it up at once."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.orders import retry as retry_task

        row = asdict(retry_task(task_id, person=person, services=services))
    emit(row, as_json=as_json, text=lambda: say(f"✓ {row['queue']}/{row['step']} → {row['state']}"))
