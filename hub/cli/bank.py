"""`hub bank`: our accounts at banks, their days and lines, and what finance does with them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.bank_day import OpenItem, Reconciliation
    from hub.store.bank_matches import KeptLine

group = typer.Typer(
    help="银行账户与日终对账 · Our bank accounts and their days.", no_args_is_help=True
)

DAY = {"formats": ["%Y-%m-%d"]}
Account = Annotated[str, typer.Argument(help="Code of the account in bank_accounts.toml.")]
On = Annotated[datetime | None, typer.Option("--on", help="Day, 2026-11-24; else the last.", **DAY)]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", help="Do it as at the end of this day.", **DAY)
]


def register(app: typer.Typer) -> None:
    """Add `hub bank`."""
    app.add_typer(group, name="bank")


@group.command()
def accounts(as_of: AsOf = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """List our accounts: balance, last closed day, missing statements."""
    with (
        services_of(config, as_json=as_json, as_of=as_of) as services,
        services.store.read() as uow,
    ):
        from hub.flows.bank_day import state_of

        rows = [state_of(one, services, uow) for one in services.banking.accounts.values()]
    emit(rows, as_json=as_json, text=lambda: table([_in_yuan(row) for row in rows]))


@group.command()
def day(
    account: Account, on: On = None, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Show a day's reconciliation (余额调节表), and what keeps the day open; exit code 1 if so."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        from hub.flows.bank_day import open_of, reconcile

        chosen = services.banking.get(account)
        days = uow.bank_statements.days(account, until=on.date() if on else None)
        last = on.date() if on else days[-1].booked_on if days else services.today()
        found = reconcile(chosen, last, services, uow)
        row = uow.bank_statements.day_on(account, last)
        exact = row if row is not None and row.booked_on == last else None
        closed = exact is not None and exact.closed_at is not None
        why = [] if closed else open_of(chosen, last, services, uow)
    data = {**as_dict(found), "closed": closed, "open": why}
    emit(data, as_json=as_json, text=lambda: _say_day(found, why, closed=closed))
    if why:
        raise typer.Exit(Exit.FOUND)


@group.command()
def lines(
    *,
    account: Account,
    since: Annotated[datetime | None, typer.Option("--since", **DAY)] = None,
    until: Annotated[datetime | None, typer.Option("--until", **DAY)] = None,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only what is not in our books for good.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1)] = 1000,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List bank lines (流水) with the rule that explains each, and their place in the file."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        from hub.flows.bank_alarms import is_open

        services.banking.get(account)
        found = uow.bank_matches.lines(
            account, since=since.date() if since else None, until=until.date() if until else None,
            limit=None if only_open else limit,
        )  # fmt: skip
        rows = [_line(kept) for kept in found if not only_open or is_open(kept)][:limit]
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def settle(as_of: AsOf = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Explain lines, raise and end alarms, close days, now; each working day does it by itself."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.bank_day import settle_all, state_of

        settle_all(services)
        with services.store.read() as uow:
            rows = [state_of(one, services, uow) for one in services.banking.accounts.values()]
    emit(rows, as_json=as_json, text=lambda: table([_in_yuan(row) for row in rows]))


def as_dict(found: Reconciliation) -> dict[str, Any]:
    """Return a reconciliation for `--json`; amounts in fen."""
    return {
        "account": found.account,
        "title": found.title,
        "on": found.on,
        "statement_on": found.statement_on,
        "bank_fen": found.bank_fen,
        "book_fen": found.book_fen,
        "book_only": [_item(one) for one in found.book_only],
        "bank_only": [_item(one) for one in found.bank_only],
        "bank_adjusted_fen": found.bank_adjusted_fen,
        "book_adjusted_fen": found.book_adjusted_fen,
        "difference_fen": found.difference_fen,
    }


def _item(one: OpenItem) -> dict[str, Any]:
    return {
        "on": one.on, "amount_fen": one.amount_fen, "what": one.what, "text": one.text,
        "age_working_days": one.age_working_days,
    }  # fmt: skip


def _line(kept: KeptLine) -> dict[str, Any]:
    from hub.domain.money import yuan_text

    line = kept.line
    return {
        "id": kept.id, "on": line.booked_on, "amount": yuan_text(line.amount_fen),
        "text": line.narrative or line.party_name or "", "reference": line.reference,
        "rule": kept.rule, "purpose": kept.purpose, "open": yuan_text(kept.open_fen),
        "at": f"inbox:{kept.inbox_id}/line:{line.place_line or line.number}",
    }  # fmt: skip


def _in_yuan(row: dict[str, Any]) -> dict[str, Any]:
    from hub.domain.money import yuan_display

    shown = {name: value for name, value in row.items() if name != "balance_fen"}
    missing = row["missing_days"]
    return {
        **shown, "balance": yuan_display(row["balance_fen"]), "missing_days": " ".join(missing)
    }  # fmt: skip


def _say_day(found: Reconciliation, why: Sequence[dict[str, Any]], *, closed: bool) -> None:
    from hub.domain.money import yuan_display

    say(f"银行存款余额调节表 · {found.title} · {found.on.isoformat()}")
    rows = [
        {"": "余额 balance", "银行 bank": yuan_display(found.bank_fen),
         "账面 books": yuan_display(found.book_fen)},
        *({"": f"{one.on} {one.what} {one.text}", "银行 bank": yuan_display(one.amount_fen)}
          for one in found.book_only),
        *({"": f"{one.on} {one.what} {one.text}", "账面 books": yuan_display(one.amount_fen)}
          for one in found.bank_only),
        {"": "调节后 adjusted", "银行 bank": yuan_display(found.bank_adjusted_fen),
         "账面 books": yuan_display(found.book_adjusted_fen)},
    ]  # fmt: skip
    table(rows)
    if found.difference_fen:
        say(f"✗ 差额 · difference: {yuan_display(found.difference_fen)}")
    for one in why:
        say(f"! {one['what']}: {one['text']}")
    if closed:
        say("✓ 已日终 · closed")
