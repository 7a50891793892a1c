"""Walks the command line, so that tests can ask for every command that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer.main

from hub.cli.main import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def paths_of_commands() -> list[str]:
    """Return every command as typed, such as `hub inbox list`."""
    return sorted(_walk("hub", typer.main.get_command(app)))


def _walk(path: str, command) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path
        return
    for name, child in children.items():
        yield from _walk(f"{path} {name}", child)
