"""`hub run`, `check`, `status`, `drop`: the running service, and files for it."""

from __future__ import annotations

import os
import sys
from datetime import datetime  # noqa: TC003 -- Typer reads the annotations
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, open_settings, services_of
from hub.cli.output import Exit, Json, emit, refusals, say, table, warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.app.checking import Report


def register(app: typer.Typer) -> None:
    """Add the commands to the hub."""
    app.command("run", help="运行 · Run the hub until SIGTERM, or with --once until idle.")(run)
    app.command("check", help="检查配置 · Prove a configuration without starting anything.")(check)
    app.command("status", help="状态 · What waits, what is missing, what differs.")(status)
    app.command("drop", help="投递 · Put files into an inbound folder channel, safely.")(drop)


def run(
    once: Annotated[
        bool, typer.Option("--once", help="Do what waits, then stop when nothing is due.")
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="Live this business day: its clock starts at opening time; --once goes to close.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="With --once: seconds after which to stop anyway.", min=1)
    ] = 600.0,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Run the hub in the foreground; what happens is in the log, on standard error.

    Exit codes: 0 stopped in order; 1 an actor was given up or, with --once, a task is parked;
    2 the configuration is wrong; 3 another hub runs, or with --once something still waits;
    70 the service manager should start it again.
    """
    with refusals(as_json=as_json):
        from hub.app.service import BROKEN
        from hub.app.service import run as run_hub
        from hub.logs import set_up_logs

        settings = open_settings(config)
        logs = set_up_logs(level=settings.log.level, form=settings.log.form)
        day = as_of.date() if as_of else None
        code = run_hub(settings, once=once, as_of=day, timeout_s=timeout)
    if as_json:
        emit({"exit_code": code, "once": once, "as_of": day}, as_json=True)
    if code == BROKEN:
        logs.flush()
        _leave(code)
    raise typer.Exit(code)


def _leave(code: int) -> None:
    """End the process although an actor is in the middle of something, as a kill would.

    Python would wait for its thread, for as long as a step may take; nothing that was committed
    is lost, and what was not is done again.
    """
    sys.stdout.flush()
    os._exit(code)


def check(
    create: Annotated[
        bool, typer.Option("--create", help="Create missing folders and the store.")
    ] = False,
    connect: Annotated[
        bool, typer.Option("--connect", help="Log in to every SFTP server, one try each.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Report every problem of a configuration; exit code 2 when there is one, else 0."""
    from hub.app.checking import check as check_config

    report = check_config(config, create=create, connect=connect)
    emit(report.as_dict(), as_json=as_json, text=lambda: _say_report(report))
    raise typer.Exit(Exit.UNUSABLE if report.problems else Exit.OK)


def status(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show what the store knows; a running hub's own words stand in its state file."""
    with services_of(config, as_json=as_json) as services:
        from dataclasses import asdict

        from hub.flows.overview import overview
        from hub.flows.running import hub_state, node_rows

        state = hub_state(services)
        found = {
            "hub": asdict(state) if state else None,
            "nodes": node_rows(services),
            **overview(services),
        }
    emit(found, as_json=as_json, text=lambda: _say_status(found))


def drop(
    channel: Annotated[str, typer.Argument(help="Name of an inbound channel.")],
    files: Annotated[
        list[Path], typer.Argument(help="Files to copy.", exists=True, dir_okay=False)
    ],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Copy files into a channel's folder; each appears whole, and none replaces another."""
    with refusals(as_json=as_json):
        from hub.app.dropping import drop as drop_file

        settings = open_settings(config)
        dropped = [drop_file(settings, channel, path) for path in files]
    emit(dropped, as_json=as_json, text=lambda: table(dropped))


def _say_report(report: Report) -> None:
    for problem in report.problems:
        say(f"✗ {problem.text()}")
    for warning in report.warnings:
        say(f"! {warning}")
    if report.problems:
        warn(f"{len(report.problems)} 处问题 · problem(s)")
    else:
        say("✓ 配置可用 · the configuration can be used")


def _say_status(found: Mapping[str, Any]) -> None:
    back = found["went_back"]
    if back is not None:
        say(
            f"✗ 数据已回退，一切外发冻结 · the store went back, nothing leaves: {back['cause_zh']}"
            f"，epoch {back['epoch']}，{back['files_open']} 个文件待查 files unknown;"
            " 见 hub restore show · see hub restore show"
        )
    hub = found["hub"]
    if hub is None:
        say("枢纽未运行 · no hub runs")
    else:
        say(f"枢纽运行中 · running, pid {hub['pid']}, last beat {hub['beat_at']}")
        table(
            [{"角色 actor": name, "状态 state": state} for name, state in hub["actors"].items()],
            title="角色 · actors",
        )
    if found["nodes"]:
        table(
            [{**node, "lanes": ", ".join(node["lanes"])} for node in found["nodes"]],
            title="进程 · processes",
        )
    for title, key in (
        ("收件 · inbox", "inbox"),
        ("发件 · outbox", "outbox"),
        ("待办 · tasks", "tasks"),
        ("今日来源 · sources of today", "sources"),
        ("银行账户（分）· bank accounts, fen", "bank_accounts"),
    ):
        if found[key]:
            table(found[key], title=title)
    say(f"停放的待办 · parked tasks: {found['parked']}")
    say(f"最早到期 · oldest due task: {found['oldest_due_at'] or '-'}")
    say(f"最近对账 · last reconciliation: {found['last_reconciled_on'] or '-'}")
    say(f"未了结差异 · discrepancies alive: {found['discrepancies_alive']}")
    say(
        f"待回复函件 · letters awaiting a reply: {found['letters_awaiting']}"
        f"，逾期 overdue: {found['letters_overdue']}"
    )
