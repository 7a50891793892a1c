"""`hub broker`: set up a road's exchanges, queues and permissions, check them, look at them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, open_settings, services_of
from hub.cli.output import Exit, Json, emit, refusals, say, table

group = typer.Typer(
    name="broker",
    help="消息服务器 · The roads for messages (RabbitMQ, or a folder): setup, check, status.",
    no_args_is_help=True,
)

Road = Annotated[str | None, typer.Argument(help="Name of a road in roads.toml; all if left out.")]


def register(app: typer.Typer) -> None:
    """Add `hub broker`."""
    app.add_typer(group)


@group.command()
def setup(
    road: Road = None,
    print_commands: Annotated[
        bool,
        typer.Option("--print", help="Only print the rabbitmqctl commands for users and rights."),
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Create what is missing; what is there but different is reported and left alone."""
    with refusals(as_json=as_json):
        from hub.app import broker

        settings = open_settings(config)
        if print_commands:
            lines = broker.commands(settings, road)
            emit(lines, as_json=as_json, text=lambda: say("\n".join(lines)))
            return
        answers = broker.set_up(settings, road)
    emit(answers, as_json=as_json, text=lambda: _say(answers, "已就绪 · set up"))
    if any(answer["drift"] for answer in answers):
        raise typer.Exit(Exit.FOUND)


@group.command()
def check(road: Road = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Compare a broker with what the hub needs; exit code 1 when anything differs."""
    with refusals(as_json=as_json):
        from hub.app import broker

        answers = broker.check(open_settings(config), road)
    emit(answers, as_json=as_json, text=lambda: _say(answers, "一致 · as it should be"))
    if any(answer["drift"] for answer in answers):
        raise typer.Exit(Exit.FOUND)


@group.command()
def status(road: Road = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show what waits in the queues, what we have to send, and what is in quarantine."""
    with services_of(config, as_json=as_json) as services:
        from hub.app import broker

        answers = broker.status(services, road)
    emit(answers, as_json=as_json, text=lambda: _say_status(answers))


def _say(answers: list[dict[str, Any]], fine: str) -> None:
    for answer in answers:
        for note in [*answer.get("done", ()), *answer.get("notes", ())]:
            say(f"{answer['road']}: {note}")
        if answer["drift"]:
            table(answer["drift"], title=f"差异 · drift of {answer['road']}")
        else:
            say(f"✓ {answer['road']} {fine}")


def _say_status(answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        table(answer["queues"], title=f"{answer['road']} ({answer['kind']})")
        waiting = ", ".join(f"{state} {count}" for state, count in sorted(answer["out"].items()))
        say(f"发件 · to send: {waiting or '-'}；最早 oldest: {answer['oldest_queued_at'] or '-'}")
        say(f"隔离 · in quarantine: {answer['quarantined']}")
