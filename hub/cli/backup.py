"""`hub backup`: a copy of everything that a hub needs to begin again, and its proof."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 -- Typer reads it
from typing import Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, progress, refusals, say

group = typer.Typer(
    name="backup",
    help="备份 · Copy everything that a hub needs to begin again, and prove the copy.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add `hub backup`."""
    app.add_typer(group)


@group.command()
def make(
    to: Annotated[Path, typer.Option("--to", help="Folder of backups, on another system.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Back up database, archive, marks and configuration (备份) while the hub runs."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.backup import make as make_backup

        made = make_backup(services, to)
    emit(
        asdict(made),
        as_json=as_json,
        text=lambda: say(
            f"✓ {made.folder}: 流水 journal {made.head_n}, 存档 archived {made.archived},"
            f" 新增 copied {made.copied} ({made.copied_bytes} bytes)"
        ),
    )


@group.command()
def verify(
    folder: Annotated[
        Path, typer.Argument(help="Folder of one backup.", exists=True, file_okay=False)
    ],
    deep: Annotated[bool, typer.Option("--deep", help="Hash every archived byte too.")] = False,
    as_json: Json = False,
) -> None:
    """Prove that a backup is whole (校验备份), without a hub; exit code 1 if it is not."""
    with refusals(as_json=as_json):
        from hub.flows.backup import verify as verify_backup

        with progress("archive") as advance:
            proof = verify_backup(folder, deep=deep, seen=advance)
    bad = proof.first_bad
    words = (
        f"✓ 备份完好 · whole: journal {proof.head_n}, archived {proof.archived}"
        if bad is None
        else f"✗ 备份有误 · first bad part: {bad}"
    )
    emit({"ok": bad is None, **asdict(proof)}, as_json=as_json, text=lambda: say(words))
    if bad is not None:
        raise typer.Exit(Exit.FOUND)
