"""`hub actors`: see the running hub's actors, and order one to pause, resume or live again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say, table

group = typer.Typer(
    name="actors",
    help="角色 · The running hub's actors: list, pause, resume, revive.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="Name of the actor, such as inbox:tax-in.")]
Person = Annotated[str, typer.Option("--person", help="Who orders it (姓名).")]


def register(app: typer.Typer) -> None:
    """Add `hub actors`."""
    app.add_typer(group)


@group.command("list")
def list_(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show what the running hub last said; exit code 1 when an actor was given up."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.running import hub_state

        state = hub_state(services)
    rows = [{"name": n, "state": s} for n, s in state.actors.items()] if state else []
    emit(
        rows, as_json=as_json, text=lambda: table(rows) if rows else say("枢纽未运行 · no hub runs")
    )
    if state and state.given_up:
        raise typer.Exit(Exit.FOUND)


@group.command()
def pause(
    name: Name, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Let an actor take no more work until it is resumed or the hub starts anew."""
    _order("pause", name, person, config, as_json=as_json)


@group.command()
def resume(
    name: Name, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Let a paused actor work again."""
    _order("resume", name, person, config, as_json=as_json)


@group.command()
def revive(
    name: Name, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Let the supervisor start an actor again that it has given up."""
    _order("revive", name, person, config, as_json=as_json)


def _order(order: str, name: str, person: str, config: Config, *, as_json: bool) -> None:
    # an order is a task, as all work is; the hub's operator actor carries it out
    with services_of(config, as_json=as_json) as services:
        from hub.flows.orders import give

        task = asdict(give(order, actor=name, person=person, services=services))
    emit(task, as_json=as_json, text=lambda: say(f"✓ {order} {name}"))
