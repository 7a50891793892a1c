"""`hub reconcile`: reconcile canonical CSV or Parquet files without a running hub."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime  # noqa: TC003 -- Typer reads the annotations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import Exit, Json, emit, progress, refusals, say, table, warn
from hub.domain.discrepancy import cause
from hub.domain.money import yuan_display

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.domain.calendar import WorkingDays

CONFIG = Path("config")
TRANSIT_DAYS = 3
WORKBOOK_ROWS = 1_000
MEMORY_MB = 1650
THREADS = 2

_FILE: dict[str, Any] = {"dir_okay": False, "help": "CSV (UTF-8, GB18030) or Parquet."}


def register(app: typer.Typer) -> None:
    """Add the command to `hub`."""
    app.command("reconcile", help="对账 · Reconcile canonical CSV or Parquet files.")(reconcile)


def reconcile(
    *,
    collections: Annotated[Path, typer.Option(**_FILE)],
    deposits: Annotated[Path, typer.Option(**_FILE)],
    out: Annotated[Path, typer.Option(help="Folder for the results.", file_okay=False)],
    as_of: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Day of the reconciliation."),
    ],
    assessments: Annotated[Path | None, typer.Option(**_FILE)] = None,
    denials: Annotated[Path | None, typer.Option(**_FILE)] = None,
    transit_days: Annotated[
        int | None,
        typer.Option(min=0, max=60, help="Working days that money may be on its way."),
    ] = None,
    workbook_rows: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Rows at most on a sheet of the workbook.")
    ] = WORKBOOK_ROWS,
    memory: Annotated[int, typer.Option(min=256, help="Megabytes for matching.")] = MEMORY_MB,
    threads: Annotated[int, typer.Option(min=1, max=64)] = THREADS,
    config: Annotated[Path, typer.Option("--config", "-c", help="Folder with hub.toml.")] = CONFIG,
    as_json: Json = False,
) -> None:
    """Reconcile files; exit code 0: matched or in transit, 1: differences, 2: unusable input."""
    given = {
        "collections": collections, "deposits": deposits,
        "assessments": assessments, "denials": denials,
    }  # fmt: skip
    files = {name: path for name, path in given.items() if path is not None}
    with refusals(as_json=as_json), _bad_rows(as_json=as_json):
        from hub.flows.reconcile_files import Request, reconcile_files

        transit, calendar = _terms(config, transit_days)
        request = Request(
            files=files, out=out, as_of=as_of.date(), transit_working_days=transit,
            calendar=calendar, workbook_rows=workbook_rows, memory_mb=memory, threads=threads,
        )  # fmt: skip
        with progress("reconciling", len(files) + 2) as advance:
            summary = reconcile_files(request, advance=advance)
    emit(summary, as_json=as_json, text=lambda: _show(summary, out))
    if summary["difference_count"]:
        raise typer.Exit(Exit.FOUND)


def _terms(config: Path, transit_days: int | None) -> tuple[int, WorkingDays]:
    """Return the working days of transit and the calendar: as configured, or as is usual."""
    from hub.adapters.china_calendar import load
    from hub.settings import load_settings

    override = config / "calendar.toml"
    calendar = load(override if override.is_file() else None)
    if transit_days is None and (config / "hub.toml").is_file():
        # not `open_settings`, which sets up logs: nothing here writes any
        transit_days = load_settings(config).reconciliation.transit_working_days
    return TRANSIT_DAYS if transit_days is None else transit_days, calendar


@contextmanager
def _bad_rows(*, as_json: bool) -> Iterator[None]:
    """Show the first bad rows of a file with the refusal."""
    from hub.bulk.canonical_diagnosis import RowsRejected

    try:
        yield
    except RowsRejected as rejected:
        listed = [one.as_dict() for one in rejected.rejects.listed]
        if not as_json:
            for one in listed[1:]:
                warn(f"  {one['zh']}\n  {one['en']}")
            raise
        rows = rejected.rejects.rows
        emit({"error": rejected.as_dict(), "rows": rows, "rejects": listed}, as_json=True)
        raise typer.Exit(Exit.UNUSABLE) from rejected


def _show(summary: dict[str, Any], out: Path) -> None:
    lines = [
        {
            "核对结论 verdict": f"{cause(one['verdict']).zh} {one['verdict']}",
            "层级 level": one["level"],
            "笔数 count": one["count"],
            "金额 yuan": yuan_display(one["fen"]),
        }
        for one in summary["verdicts"]
    ]
    matched = summary["matched"]
    say("相符 matched: 征收 collections {collections}, 入账 deposits {deposits}".format(**matched))
    if lines:
        table(lines)
    for note in summary["notes"]:
        say(_NOTES[note["note"]].format(**note))
    say(f"差异 differences: {summary['difference_count']}，结果在 results in {out}")


_NOTES = {
    "columns_ignored": "注 note: {file}：未使用的列 columns not used: {columns}",
    "zero_amounts": "注 note: {file}：金额为零的行 rows with amount zero: {rows}",
}
