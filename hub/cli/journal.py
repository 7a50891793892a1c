"""`hub journal`: prove the chain of decisions, look at it, and export its head."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path  # noqa: TC003 -- Typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, open_settings, open_store
from hub.cli.output import Exit, Json, emit, progress, refusals, say, table

if TYPE_CHECKING:
    from hub.store.verifying import Verdict

group = typer.Typer(
    name="journal",
    help="流水 · The chain of all decisions: verify, list, export.",
    no_args_is_help=True,
)

_LISTED = ("n", "at", "event", "subject", "actor", "person", "facts")
_REASONS = {
    "changed": "该行内容或位置被改动 · the row, or its place, was changed",
    "missing": "该行缺失 · the row is missing",
    "head_differs": "与导出的流水头不符 · the chain is not the one whose head was exported",
}


def register(app: typer.Typer) -> None:
    """Add `hub journal`."""
    app.add_typer(group)


@group.command()
def verify(
    head: Annotated[
        Path | None,
        typer.Option(help="File of exported heads; shows a cut-off end too.", exists=True),
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Check every row against the one before it; exit code 1 names the first bad row."""
    with refusals(as_json=as_json):
        from hub.store.verifying import read_heads
        from hub.store.verifying import verify as verify_chain

        heads = read_heads(head) if head else []
        store = open_store(open_settings(config))
        try:
            with progress("journal") as advance:
                verdict = verify_chain(store, heads, seen=advance)
        finally:
            store.close()
    found = {"ok": verdict.first_bad is None, **asdict(verdict)}
    emit(found, as_json=as_json, text=lambda: _say_verdict(verdict))
    if verdict.first_bad is not None:
        raise typer.Exit(Exit.FOUND)


@group.command("list")
def list_(
    subject: Annotated[str | None, typer.Option(help="Only about this, as inbox:12.")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event, as file.held.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, latest first.", min=1)] = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List decisions, the latest first."""
    with refusals(as_json=as_json):
        store = open_store(open_settings(config))
        try:
            with store.read() as uow:
                found = uow.journal.list(subject=subject, event=event, limit=limit)
        finally:
            store.close()
    rows = [asdict(entry) for entry in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


@group.command()
def export(
    out: Annotated[
        Path, typer.Option("--out", help="File to append to; keep it on another system.")
    ],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Export the chain's head: whoever changes or cuts the journal later is found out by it."""
    with refusals(as_json=as_json):
        from hub.store.verifying import export_head

        store = open_store(open_settings(config))
        try:
            head = export_head(store, out)
        finally:
            store.close()
    emit(asdict(head), as_json=as_json, text=lambda: say(f"✓ {head.n} {head.hash} → {out}"))


def _say_verdict(verdict: Verdict) -> None:
    if verdict.first_bad is None:
        say(f"✓ 流水完好 · the journal holds: {verdict.head.n} 行 · rows, head {verdict.head.hash}")
    else:
        say(f"✗ 第一处异常 · first bad row: {verdict.first_bad}")
        say(_REASONS[verdict.reason or "changed"])
