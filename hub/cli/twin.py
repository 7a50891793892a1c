"""`hub twin`: a scripted bank to talk to, and what its own log proves."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, open_settings
from hub.cli.output import Exit, Json, emit, refusals, say

if TYPE_CHECKING:
    from hub.mappings.catalog import Partner
    from hub.settings import Settings
    from hub.twins.bank import Day, TwinBank

group = typer.Typer(
    name="twin",
    help="替身 · Scripted partners to talk to, for tests and for training.",
    no_args_is_help=True,
)

LOOK_S: Final = 0.2  # with --watch: how often the bank looks into its folder

Home = Annotated[Path, typer.Option("--home", help="Folder of its own: log, received bytes.")]


def register(app: typer.Typer) -> None:
    """Add `hub twin`."""
    app.add_typer(group)


@group.command()
def bank(
    *,
    script: Annotated[
        Path, typer.Argument(help="What it does, as TOML: docs/twins.md.", dir_okay=False)
    ],
    home: Home,
    takes: Annotated[
        Path | None,
        typer.Option("--takes", help="Folder with our files; else the partner's channel."),
    ] = None,
    gives: Annotated[
        Path | None,
        typer.Option("--gives", help="Folder for its answers; else the partner's channel."),
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="The bank's day; today if absent."),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until SIGTERM, looking again and again.")
    ] = False,
    close: Annotated[
        bool, typer.Option("--close", help="The day ends: give its statement too (对账单).")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take payout files as a bank does, and give the answers that are due (替身银行)."""
    with refusals(as_json=as_json):
        from hub.adapters.protecting import open_protection
        from hub.mappings.catalog import load_catalog
        from hub.twins.bank import TwinBank
        from hub.twins.script import load_script

        played, partner = load_script(script, load_catalog(config))
        settings = open_settings(config)
        twin = TwinBank(
            played,
            partner,
            takes=_folder(takes, partner, settings, inbound=False),
            gives=_folder(gives, partner, settings, inbound=True),
            home=home,
            protection=open_protection(
                played.protection, size_bytes_max=settings.limits.file_bytes_max
            )
            if played.protection
            else None,
        )
        if watch:
            _go_on(twin, on, as_json=as_json)
        else:
            done = twin.live(_day(on))
            ended = twin.close(_day(on)) if close else None
            done.said += [ended] if ended is not None else []
            _say(done, as_json=as_json)


@group.command()
def audit(home: Home, as_json: Json = False) -> None:
    """Say what a twin's own log proves; exit code 1 if a payment came in two different files."""
    from hub.twins.ledger import Ledger

    found = asdict(Ledger(home).audit())

    def text() -> None:
        say(f"收到 {found['files']} 个文件、{found['payments']} 笔 · {found['payments']} payments")
        say(f"重复 {found['repeats']}，拒收 {found['refused']} · repeats, refused files")
        for outcome, number in found["outcomes"].items():
            say(f"  {outcome:<9} {number}")
        mark = "✗" if found["twice"] else "✓"
        say(f"{mark} 端到端标识出现于两个文件 · ids in two files: {len(found['twice'])}")

    emit(found, as_json=as_json, text=text)
    if found["twice"]:
        raise typer.Exit(Exit.FOUND)


def _go_on(twin: TwinBank, on: datetime | None, *, as_json: bool) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    while True:
        done = twin.live(_day(on))
        if done.got or done.said:
            _say(done, as_json=as_json)
        if stopping.wait(LOOK_S):
            return


def _folder(given: Path | None, partner: Partner, settings: Settings, *, inbound: bool) -> Path:
    """Return a folder of the bank: the one named, or that of the partner's channel."""
    from hub.errors import Rejected
    from hub.settings import FolderSettings

    if given is None:
        payout = partner.payout
        name = partner.channel if inbound else payout.channel if payout else None
        channel = settings.channels.get(name or "")
        given = channel.path if isinstance(channel, FolderSettings) else None
        if given is None:
            raise Rejected("twin_folder_missing", folder=name)
    if not given.is_dir():
        raise Rejected("twin_folder_missing", folder=str(given))
    return given


def _day(on: datetime | None) -> Any:  # noqa: ANN401 -- a date
    return on.date() if on else datetime.now().astimezone().date()


def _say(done: Day, *, as_json: bool) -> None:
    data = done.as_dict()

    def text() -> None:
        for one in data["got"]:
            why = f" ({one['why']})" if one["why"] else ""
            say(f"← {one['name']}: {one['verdict']}{why}, {one['items']} 笔")
        for one in data["said"]:
            counts = ", ".join(f"{number} {what}" for what, number in one["outcomes"].items())
            say(f"→ {one['name']}: {one['how']}, {counts or '整批 the whole file'}")
        if not data["got"] and not data["said"]:
            say("无事 · nothing to do")

    emit(data, as_json=as_json, text=text)
