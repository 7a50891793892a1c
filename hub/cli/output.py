"""How every command answers: a table for people, JSON for programs, exit codes for scripts."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from datetime import date, datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.errors import HubError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]


class Exit(IntEnum):
    """What a command's exit code means; the same for every command."""

    OK = 0
    FOUND = 1  # the command worked, and what it looked for is there: differences, bad rows
    UNUSABLE = 2  # the input or the request is wrong
    UNAVAILABLE = 3  # somebody is not ready; try again later
    BUG = 70  # sysexits EX_SOFTWARE


def emit(data: Any, *, as_json: bool, text: Callable[[], None] | None = None) -> None:  # noqa: ANN401
    """Print `data` as JSON, or call `text` to print it for people."""
    if as_json or text is None:
        json.dump(data, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
        sys.stdout.write("\n")
    else:
        text()


def table(
    rows: Sequence[Mapping[str, object]], *, title: str = "", columns: Sequence[str] = ()
) -> None:
    """Print rows as a table; column names are the keys, or `columns` in that order."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    names = list(columns) or list(rows[0] if rows else ())
    shown = Table(title=title or None, title_justify="left", header_style="bold")
    for name in names:
        amount = bool(rows) and all(isinstance(row.get(name), int) for row in rows)
        shown.add_column(name, justify="right" if amount else "left", overflow="fold")
    for row in rows:
        # Text, not str: a partner's file name may look like Rich markup
        shown.add_row(*(Text(_shown(row.get(n))) for n in names))
    Console(width=None if sys.stdout.isatty() else 200).print(shown)


def say(message: str) -> None:
    """Print one line for people, without markup."""
    sys.stdout.write(message + "\n")


def warn(message: str) -> None:
    """Print one line for people on standard error."""
    sys.stderr.write(message + "\n")


@contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Turn a refusal inside the block into its words in both languages and its exit code."""
    try:
        yield
    except HubError as error:
        if as_json:
            emit({"error": error.as_dict()}, as_json=True)
        else:
            warn(error.explain("zh"))
            warn(error.explain("en"))
        code = Exit.UNAVAILABLE if isinstance(error, Unavailable) else Exit.UNUSABLE
        raise typer.Exit(code) from error


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal and nothing in a pipe; yields `advance(steps)`."""
    if not sys.stderr.isatty():
        yield lambda _steps: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda steps: bar.update(task, advance=steps)


def _shown(value: object) -> str:
    """Return a cell for people: instants by the machine's own clock, to the second."""
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    return str(value)
