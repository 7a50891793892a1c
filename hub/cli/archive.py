"""`hub archive`: closed months as sealed packages that are read and checked without the hub."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, refusals, say, table

group = typer.Typer(
    name="archive",
    help="归档 · Closed months as sealed packages (记账档案).",
    no_args_is_help=True,
)

Folder = Annotated[
    Path, typer.Argument(help="Folder of one archived month.", exists=True, file_okay=False)
]
_LISTED = ("month", "journal_first", "journal_last", "manifest_digest", "made_at", "made_by")


def register(app: typer.Typer) -> None:
    """Add `hub archive`."""
    app.add_typer(group)


@group.command("month")
def month_(
    *,
    month: Annotated[str, typer.Argument(help="The month, as 2026-11.", metavar="YYYY-MM")],
    to: Annotated[Path, typer.Option("--to", help="Folder of archived months.")],
    person: Annotated[str, typer.Option("--person", help="Who archives, by full name.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Write the package of a month that is over (归档); nothing leaves the live store."""
    year, dash, number = month.partition("-")
    good = dash and len(year) == 4 and year.isdecimal() and number in _NUMBERS  # noqa: PLR2004
    if not good:
        raise typer.BadParameter("a month is written as 2026-11")
    with services_of(config, as_json=as_json) as services:
        from hub.flows.months import archive_month

        made = asdict(
            archive_month(int(year) * 100 + int(number), to, person=person, services=services)
        )
    emit(made, as_json=as_json, text=lambda: table([made], columns=_LISTED))


@group.command("list")
def list_(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """List the archived months, oldest first."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        rows = [asdict(one) for one in uow.months.every()]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


@group.command()
def show(folder: Folder, as_json: Json = False) -> None:
    """Show what a package holds, without a hub."""
    with refusals(as_json=as_json):
        from hub.flows.months import read_manifest

        manifest: dict[str, Any] = read_manifest(folder)

    def text() -> None:
        say(f"{manifest['agency']} {manifest['month']}，流水 journal {manifest['journal']}")
        rows = [{"table": name, "rows": count} for name, count in manifest["tables"].items()]
        table([*rows, {"table": "originals", "rows": manifest["originals"]}])

    emit(manifest, as_json=as_json, text=text)


@group.command()
def find(
    folder: Folder,
    wanted: Annotated[str, typer.Argument(help="Text that stands in any column.")],
    as_json: Json = False,
) -> None:
    """Find rows of a package by any value; exit code 1 when there is none."""
    with refusals(as_json=as_json):
        from hub.flows.months import find as find_rows

        rows = find_rows(folder, wanted)

    def text() -> None:
        for row in rows:
            say(" ".join(f"{key}={value}" for key, value in row.items()))

    emit(rows, as_json=as_json, text=text)
    if not rows:
        raise typer.Exit(Exit.FOUND)


@group.command("open")
def open_(
    folder: Folder,
    to: Annotated[Path, typer.Option("--to", help="SQLite file to make.")],
    as_json: Json = False,
) -> None:
    """Make a store of a package (调阅) that any tool for SQLite reads."""
    with refusals(as_json=as_json):
        from hub.flows.months import open_store

        rows = open_store(folder, to)
    emit({"file": to, "rows": rows}, as_json=as_json, text=lambda: say(f"✓ {rows} → {to}"))


_NUMBERS = frozenset(f"{number:02d}" for number in range(1, 13))
