"""`hub simulate`: invented days with known differences, for trying the hub and for its tests."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT
from hub.cli.output import Json, emit, progress, refusals, say, table
from hub.domain.money import yuan_display

if TYPE_CHECKING:
    from hub.mappings.catalog import Catalog

DEFAULT_DATE = datetime(2026, 11, 23)  # noqa: DTZ001 -- a date; Typer knows datetimes only

simulate = typer.Typer(help="模拟数据 · Invented days of business with known differences.")

Rows = Annotated[int, typer.Option(help="Rows of the collection list of a day, one a person.")]
Out = Annotated[Path, typer.Option(help="Folder to write into.", file_okay=False)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same files.")]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="Folder whose partners/ say how files look; the config here, else the hub's own.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `hub`."""
    app.add_typer(simulate, name="simulate")


@simulate.command("day")
def one_day(
    *,
    rows: Rows,
    out: Out,
    seed: Seed = 1,
    on: Annotated[
        datetime,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            show_default=f"{DEFAULT_DATE:%Y-%m-%d}",
            help="A working day.",
        ),
    ] = DEFAULT_DATE,
    formats: Annotated[
        str, typer.Option(help="all, or some of csv, parquet, partners with commas between.")
    ] = "all",
    format_rows_max: Annotated[
        int, typer.Option(min=0, help="Rows at most in the partners' own file formats.")
    ] = 20_000,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write one day of all three sides, and truth.json with the differences in it."""
    with refusals(as_json=as_json):
        from hub.adapters.china_calendar import load
        from hub.simulate.day import FORMS, Day, simulate_day

        day = Day(
            rows=rows,
            seed=seed,
            as_of=on.date(),
            forms=frozenset(FORMS if formats == "all" else formats.split(",")),
            partner_rows_max=format_rows_max,
        )
        catalog = _catalog(config) if "partners" in day.forms else None
        with progress("simulating", rows) as advance:
            summary = simulate_day(day, out, calendar=load(), catalog=catalog, advance=advance)
    emit(summary, as_json=as_json, text=lambda: _show_day(summary, out, on.date()))


@simulate.command("days")
def several_days(
    *,
    rows: Rows,
    out: Out,
    days: Annotated[int, typer.Option(min=1, max=250, help="Working days, one after another.")] = 3,
    first: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            show_default=f"{DEFAULT_DATE:%Y-%m-%d}",
            help="The first of them.",
        ),
    ] = DEFAULT_DATE,
    seed: Seed = 1,
    missing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DAY:SENDER", help="A list that does not come: 3:treasury. Repeatable."
        ),
    ] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write what arrives on each of several days, with what the hub must then report."""
    with refusals(as_json=as_json):
        from hub.adapters.china_calendar import load
        from hub.simulate.days import Days, parse_missing, simulate_days

        plan = Days(
            first=first.date(),
            count=days,
            rows=rows,
            seed=seed,
            missing=frozenset(map(parse_missing, missing or ())),
        )
        with progress("simulating", rows * days) as advance:
            made = simulate_days(
                plan, out, calendar=load(), catalog=_catalog(config), advance=advance
            )
    emit(made, as_json=as_json, text=lambda: _show_days(made, out))


@simulate.command("benefits")
def benefits(
    *,
    pensions: Annotated[int, typer.Option(help="How many people.")],
    out: Annotated[Path, typer.Option(help="Folder for FFMX_….csv.", file_okay=False)],
    on: Annotated[
        datetime,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            show_default=f"{DEFAULT_DATE:%Y-%m-%d}",
            help="The day on which the desk hands it over.",
        ),
    ] = DEFAULT_DATE,
    month: Annotated[int | None, typer.Option(help="Such as 202611; else that of --date.")] = None,
    banks: Annotated[
        str, typer.Option(help="Codes of partners with commas between; all banks if empty.")
    ] = "",
    seed: Seed = 1,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Write a month's pension list (明细清单) as the benefit desk hands it over."""
    with refusals(as_json=as_json):
        from hub.simulate.benefits import Month, write_list

        plan = Month(
            pensions=pensions,
            month=month or on.year * 100 + on.month,
            seed=seed,
            banks=tuple(code for code in banks.split(",") if code),
        )
        made = write_list(plan, on.date(), out, _catalog(config))
    emit(made, as_json=as_json, text=lambda: say(
        f"{made['file']}: {made['items']} 笔 {yuan_display(made['total_fen'])} 元"
    ))  # fmt: skip


def _catalog(config: Path | None) -> Catalog:
    """Return the partners of a configuration: the one named, the one here, or the hub's own."""
    from hub.mappings.catalog import load_catalog

    own = Path(__file__).resolve().parents[2] / CONFIG_DEFAULT  # beside the package, as checked out
    return load_catalog(config or (CONFIG_DEFAULT if CONFIG_DEFAULT.is_dir() else own))


def _show_day(summary: dict[str, Any], out: Path, as_of: date) -> None:
    table(
        [
            {
                "list": name,
                "rows": side["rows"],
                "yuan": yuan_display(side["total_fen"]),
                "files": " ".join(side["files"]),
            }
            for name, side in summary["sides"].items()
        ]
    )
    if summary["partners"]:
        say(f"partners' files: {len(summary['partners'])} in {out}/partners")
    say("planted: " + _counted(summary["truth"]))
    say(
        f"hub reconcile --collections {out}/collections.csv --deposits {out}/deposits.csv"
        f" --assessments {out}/assessments.csv --denials {out}/denials.csv"
        f" --as-of {as_of} --out {out}/result"
    )


def _show_days(made: list[dict[str, Any]], out: Path) -> None:
    for number, day in enumerate(made, start=1):
        say(f"{out}/day-{number}  {day['day']}  {len(day['files'])} files")
        if day["missing"]:
            say(f"  missing: {', '.join(day['missing'])}")
        say(f"  to be reported: {_counted(day['truth'])}")


def _counted(truth: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in truth.items()) or "nothing"
