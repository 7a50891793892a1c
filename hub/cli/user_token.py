"""`hub user token`: tokens of programs that act for a person over HTTP (程序令牌)."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say

tokens = typer.Typer(
    name="token",
    help="程序令牌 · Tokens of programs.",
    no_args_is_help=True,
)


@tokens.command("add")
def add(  # noqa: PLR0917 -- Typer
    name: Annotated[str, typer.Argument(help="The person's name.")],
    label: Annotated[str, typer.Option("--label", help="What the program is.")],
    may: Annotated[list[str], typer.Option("--may", help="A permission; may be repeated.")],
    code: Annotated[str, typer.Option("--code", help="The person's one-time code.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long.")] = 90,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let a program act for somebody over HTTP; prints its token once."""
    from hub.domain.permission import Permission
    from hub.flows import programs
    from hub.mappings.roles import load_roles

    known = {permission.value for permission in Permission}
    for permission in may:
        if permission not in known:
            raise typer.BadParameter(f"{permission}: {', '.join(sorted(known))}")
    with services_of(config, as_json=as_json) as services:
        with services.store.read() as uow:
            person = uow.people.named(name)
        wanted = frozenset(Permission(permission) for permission in may)
        made, raw = programs.add_token(
            person, label, wanted, days=days, code=code,
            roles=load_roles(services.settings.config_dir),
            address="command line", services=services,
        )  # fmt: skip
        line = {"id": made.id, "token": raw, "until": made.until}
        emit(line, as_json=as_json, text=lambda: say(f"{raw}\n有效至 until {made.until:%Y-%m-%d}"))


@tokens.command("end")
def end(
    number: Annotated[int, typer.Argument(help="The token's number.")],
    person: Annotated[str, typer.Option("--person", help="Who does it, by name.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """End a program's token."""
    from hub.flows import programs

    with services_of(config, as_json=as_json) as services:
        programs.revoke_token(number, person=person, services=services)
        emit({"id": number}, as_json=as_json, text=lambda: say(f"✓ 令牌 {number} 已停用"))
