"""`hub bank`, what finance does: book a line, sweep interest, export a month, clear items."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime  # noqa: TC003 -- Typer reads the annotations
from pathlib import Path  # noqa: TC003
from typing import Annotated, Any

import typer

from hub.cli.bank import DAY, Account, AsOf, as_dict, group
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say, table

Person = Annotated[str, typer.Option("--person", help="Who does it (姓名).")]
Month = Annotated[int, typer.Option("--month", help="Month, 202611.", min=200001, max=999912)]


def register(_app: typer.Typer) -> None:
    """Add the commands of this module to `hub bank`, which loading it has done."""


@group.command()
def book(
    *,
    line: Annotated[int, typer.Argument(help="Number of the line.", min=1)],
    event: Annotated[str, typer.Argument(help="Event, see hub voucher events.")],
    person: Person,
    fund: Annotated[str | None, typer.Option("--fund", help="If the account has several.")] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Prepare the voucher of a bank line; another person confirms it (hub voucher confirm)."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.bank_desk import prepare_line

        draft = prepare_line(line, event, fund=fund, person=person, services=services)
    emit(
        {"draft": draft.id, "event": event, "line": line},
        as_json=as_json,
        text=lambda: say(
            f"✓ 草稿 {draft.id} · draft; 复核 · confirm: hub voucher confirm {draft.id}"
        ),
    )


@group.command()
def interest(as_of: AsOf = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show what interest of the last quarter is to go to 财政专户, and until when (10-4)."""
    with (
        services_of(config, as_json=as_json, as_of=as_of) as services,
        services.store.read() as uow,
    ):
        from hub.flows.bank_interest import quarter

        today = services.today()
        found = [
            one
            for account in services.banking.accounts.values()
            if (one := quarter(account, today, services, uow)) is not None
        ]
    rows = [
        {**asdict(one), "quarter": one.name, "left_fen": one.left_fen, "unseen_fen": one.unseen_fen}
        for one in found
    ]
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def sweep(
    account: Account,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Prepare the voucher that sweeps an account's interest; another person confirms it."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.domain.money import yuan_display
        from hub.domain.voucher_draft import Manual
        from hub.flows.bank_interest import prepare_sweep

        draft = prepare_sweep(account, person=person, services=services)
        assert isinstance(draft.content, Manual)  # noqa: S101 -- an event was prepared
        fen = draft.content.amount_fen
    emit(
        {"draft": draft.id, "account": account, "amount_fen": fen},
        as_json=as_json,
        text=lambda: say(
            f"✓ 草稿 {draft.id} · draft: {yuan_display(fen)} 元 → 财政专户；"
            f"复核 · confirm: hub voucher confirm {draft.id}"
        ),
    )


@group.command()
def reconciliation(
    *,
    account: Account,
    month: Month,
    out: Annotated[Path | None, typer.Option("--out", help="Write a workbook.")] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show a month's days and its reconciliation; `--out x.xlsx` writes 余额调节表 to be signed."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        from hub.documents.bank_reconciliation import month_days, write_workbook
        from hub.flows.bank_day import reconcile

        chosen = services.banking.get(account)
        first, last = month_days(month)
        last = min(last, services.today())
        found = reconcile(chosen, last, services, uow)
        days = uow.bank_statements.days(account, since=first, until=last)
        if out is not None:
            rows = uow.bank_matches.lines(account, since=first, until=last)
            write_workbook(out, found, days, rows, agency=services.settings.agency.name)
    data: dict[str, Any] = {**as_dict(found), "days": [asdict(one) for one in days], "file": out}
    emit(data, as_json=as_json, text=lambda: table([asdict(one) for one in days]))


@group.command()
def clearing(
    on: Annotated[datetime | None, typer.Option("--on", help="Day; else today.", **DAY)] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List what is open in 暂收款 and 暂付款 at a day's end (月末清理, 10-16), with its age."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        from hub.flows.bank_desk import clearing as clear

        found = clear(on.date() if on else services.today(), services, uow)
    rows = [asdict(one) for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows))
