"""`hub voucher`: look at the books of each fund, and export them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path  # noqa: TC003 -- Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say, table

if TYPE_CHECKING:
    from hub.domain.voucher import Voucher
    from hub.store.vouchers import Span

group = typer.Typer(
    name="voucher",
    help="凭证 · Vouchers and the books of each fund: list, show, balance, book, reverse, export.",
    no_args_is_help=True,
)

No = Annotated[str, typer.Argument(help="Number of the voucher, such as pension-202611-1.")]
Fund = Annotated[str | None, typer.Option("--fund", help="Only this fund (险种).")]

DAY: dict[str, Any] = {"formats": ["%Y-%m-%d"]}
Since = Annotated[datetime | None, typer.Option("--since", help="From this day on.", **DAY)]
Until = Annotated[datetime | None, typer.Option("--until", help="Up to this day.", **DAY)]

_LISTED = ("no", "booked_on", "event", "subject", "summary", "amount", "reverses_no")


class Format(StrEnum):
    """What the books can be exported as."""

    CSV = "csv"
    XLSX = "xlsx"
    BEANCOUNT = "beancount"


def register(app: typer.Typer) -> None:
    """Add `hub voucher`."""
    app.add_typer(group)


@group.command("list")
def list_(
    *,
    fund: Fund = None,
    since: Since = None,
    until: Until = None,
    event: Annotated[str | None, typer.Option(help="Only this event.")] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List vouchers by fund, month and number."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        rows = [line_of(v) for v in uow.vouchers.list(_span(fund, since, until, event))]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


@group.command()
def show(no: No, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show one voucher: its lines, its originals, who and what caused it."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        voucher = uow.vouchers.get(no)
        undone = uow.vouchers.reversal_of(no)
    line = {**asdict(voucher), "reversed_by": undone.no if undone else None}

    def text() -> None:
        from hub.domain.money import yuan_display

        facts = {k: v for k, v in line.items() if k not in ("lines", "documents") and v is not None}
        table([{"": name, "凭证 voucher": value} for name, value in facts.items()])
        table([
            {"": x.side.zh, "科目": x.account, "明细": x.detail, "金额": yuan_display(x.amount_fen)}
            for x in voucher.lines
        ])  # fmt: skip
        table([asdict(document) for document in voucher.documents], title="原始凭证 originals")

    emit(line, as_json=as_json, text=text)


@group.command()
def balance(
    fund: Fund = None,
    since: Since = None,
    until: Until = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show the trial balance (试算平衡) of each fund; the last line of each is always zero."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        found = uow.vouchers.balances(_span(fund, since, until))
    rows = [{**asdict(one), "balance_fen": one.balance_fen} for one in found]
    for name in dict.fromkeys(one.fund for one in found):
        mine = [row for row in rows if row["fund"] == name]
        sums = {
            key: sum(row[key] for row in mine) for key in ("debit_fen", "credit_fen", "balance_fen")
        }
        rows.insert(rows.index(mine[-1]) + 1, {"fund": name, "account": "合计", **sums})

    def text() -> None:
        from hub.domain.money import yuan_display

        shown = [
            {key.removesuffix("_fen"): yuan_display(value) if key.endswith("_fen") else value
             for key, value in row.items()}
            for row in rows
        ]  # fmt: skip
        table(shown)

    emit(rows, as_json=as_json, text=text)


@group.command()
def ledger(
    *,
    account: Annotated[str, typer.Argument(help="Account (科目), such as 支出户存款.")],
    fund: Fund = None,
    since: Since = None,
    until: Until = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show the ledger (明细账) of one account with its running balance, debit less credit."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        services.books.account(account)
        sums: dict[str, int] = {}
        rows = []
        for voucher, line in uow.vouchers.ledger(account, _span(fund, since, until)):
            sums[voucher.fund] = sums.get(voucher.fund, 0) + line.signed_fen
            rows.append({
                "fund": voucher.fund, "no": voucher.no, "booked_on": voucher.booked_on,
                "summary": voucher.summary, "detail": line.detail, "side": line.side.zh,
                "amount_fen": line.amount_fen, "balance_fen": sums[voucher.fund],
            })  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def events(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """List the events that can be booked, what each needs, and which ones people book."""
    with services_of(config, as_json=as_json) as services:
        templates = services.books.templates
    rows = [
        {
            "event": t.event, "title": t.title, "manual": t.manual, "rule": t.rule,
            "article": t.article, "originals": "、".join(t.documents),
            "lines": "；".join(
                f"{x.side.zh} {x.account}{'（红字）' if x.red else ''}" for x in t.lines
            ),
        }
        for t in templates
    ]  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def export(
    *,
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    as_: Annotated[Format, typer.Option("--as", help="csv, xlsx or beancount.")] = Format.CSV,
    fund: Fund = None,
    since: Since = None,
    until: Until = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Export vouchers for the finance system, or for bean-check."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        from hub.documents.beancount import write_beancount
        from hub.documents.voucher_export import write_csv, write_workbook

        found, books = uow.vouchers.list(_span(fund, since, until)), services.books
        if as_ is Format.BEANCOUNT:
            count = write_beancount(out, found, books, title=services.settings.agency.name)
        else:
            count = (write_csv if as_ is Format.CSV else write_workbook)(out, found, books)
    emit({"vouchers": count, "file": out}, as_json=as_json, text=lambda: say(f"✓ {count} → {out}"))


def _span(
    fund: str | None, since: datetime | None, until: datetime | None, event: str | None = None
) -> Span:
    from hub.store.vouchers import Span

    return Span(
        fund=fund,
        since=since.date() if since else None,
        until=until.date() if until else None,
        event=event,
    )


def line_of(voucher: Voucher) -> dict[str, Any]:
    """Return what a list shows of a voucher."""
    from hub.domain.money import yuan_text

    return {
        "no": voucher.no, "booked_on": voucher.booked_on, "fund": voucher.fund,
        "event": voucher.event, "subject": voucher.subject, "summary": voucher.summary,
        "amount": yuan_text(voucher.amount_fen), "reverses_no": voucher.reverses_no,
        "prepared_by": voucher.prepared_by, "reviewed_by": voucher.reviewed_by,
    }  # fmt: skip
