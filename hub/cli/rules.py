"""`hub rules`: the rule packs of transfers, and where they disagree."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.payout import AsOf  # noqa: TC001 -- Typer resolves annotations

group = typer.Typer(
    name="rules",
    help="规则包 · Rule packs of transfers: days, levels, articles, and their conflicts.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add `hub rules`."""
    app.add_typer(group)


@group.command("list")
def list_(
    *,
    kind: Annotated[
        str | None, typer.Option(help="What holds for one kind, such as pension; else the packs.")
    ] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List the packs, or what governs a kind of transfer and under which article."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.transfer_json import to_json
        from hub.domain.transfer_kinds import Kind

        wanted, today = chosen(Kind, kind, "--kind"), services.today()
        if wanted is None:
            rows = [
                {"code": one.code, "name": one.name, "name_en": one.name_en, "rank": one.rank,
                 "valid_from": one.valid_from, "valid_until": one.valid_until,
                 "in_force": one.is_valid(today), "sha256": one.sha256}
                for one in services.rules.packs.values()
            ]  # fmt: skip
        else:
            rows = [to_json(one) for one in services.rules.governing(wanted, today)]
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def conflicts(
    *,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List where packs in force disagree, and which one the hub goes by; exit code 1 if any do."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        found = services.rules.conflicts(services.today())
    rows = [
        {"kind": one.kind.value, "kind_zh": one.kind.zh, "topic": one.topic, "title": one.title,
         "value": said.value, "pack": said.by.pack, "article": said.by.article,
         "verified": said.by.verified, "governs": said.governs}
        for one in found
        for said in one.said
    ]  # fmt: skip

    def text() -> None:
        table(rows, columns=("kind_zh", "title", "value", "pack", "article", "verified", "governs"))
        say(f"{len(found)} 处不一致 conflicts；governs 为本机构执行的规定，无标记的由人决定")

    emit(rows, as_json=as_json, text=text)
    if rows:
        raise typer.Exit(Exit.FOUND)
