"""`hub format`: the layouts of all partners, trying one on a file, blessing a sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config
from hub.cli.output import Json, emit, refusals, say, table, warn

if TYPE_CHECKING:
    from hub.errors import Rejected
    from hub.mappings.layout import Layout

group = typer.Typer(
    name="format",
    help="格式 · Partners' file layouts: list, try on a file, bless a sample.",
    no_args_is_help=True,
)

Partner = Annotated[str, typer.Argument(help="Code of the partner: its file's name.")]
LayoutName = Annotated[str, typer.Argument(metavar="LAYOUT", help="Name of the layout.")]
File = Annotated[Path, typer.Argument(help="The file; .gz and .zip are unpacked.")]

_EXCERPT_BYTES = 24


def register(app: typer.Typer) -> None:
    """Add `hub format`."""
    app.add_typer(group)


@group.command("list")
def list_(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """List every layout of every partner."""
    with refusals(as_json=as_json):
        from hub.mappings.catalog import load_catalog

        catalog = load_catalog(config)
    rows = [
        {
            "partner": partner.code,
            "layout": layout.name,
            "form": layout.form.value,
            "source": layout.source.value if layout.source else None,
            "channel": partner.channel,
            "file_name": layout.file_name,
        }
        for partner in catalog.partners.values()
        for layout in partner.layouts.values()
    ]
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command("try")
def try_(
    *,
    partner: Partner,
    layout: LayoutName,
    file: File,
    rows: Annotated[int, typer.Option(help="Show at most so many rows.", min=0)] = 20,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Read a file to its end and show its records, or where and why it cannot be read."""
    with refusals(as_json=as_json):
        from hub.errors import Rejected
        from hub.mappings.golden import content_of
        from hub.settings import Limits

        chosen = _layout(config, partner, layout)
        try:
            content = content_of(chosen, file, Limits())
        except Rejected as error:
            if not as_json:
                _show_bytes(error, file)
            raise
    count = len(content["rows"])
    content["rows"] = content["rows"][:rows]
    content["row_count"] = count
    emit(content, as_json=as_json, text=lambda: _show(content, count))


@group.command()
def bless(
    *,
    partner: Partner,
    layout: LayoutName,
    file: File,
    again: Annotated[bool, typer.Option("--again", help="Replace a golden that is there.")] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Write what a sample says to SAMPLE.json, which you then read line by line."""
    with refusals(as_json=as_json):
        from hub.mappings.golden import bless as bless_sample
        from hub.settings import Limits

        golden = bless_sample(_layout(config, partner, layout), file, Limits(), again=again)
    emit({"golden": golden}, as_json=as_json, text=lambda: say(f"✓ {golden}"))


def _layout(config: Path, partner: str, layout: str) -> Layout:
    from hub.mappings.catalog import load_catalog

    return load_catalog(config).partner(partner).layout(layout)


def _show(content: dict[str, Any], count: int) -> None:
    if content["head"]:
        table([{"field": name, "value": value} for name, value in content["head"].items()])
    if content["rows"]:
        table(content["rows"])
    say(f"✓ 明细 rows: {count}")
    for deviation in content["deviations"]:
        warn(f"! {deviation}")


def _show_bytes(error: Rejected, file: Path) -> None:
    """Show the bytes at which a file was refused, which no text of ours can do for them."""
    offset = error.place.byte_offset
    if offset is None or not file.is_file():
        return
    with file.open("rb") as content:
        content.seek(offset)
        found = content.read(_EXCERPT_BYTES)
    warn(f"字节 bytes {offset}: {found.hex(' ')}")
