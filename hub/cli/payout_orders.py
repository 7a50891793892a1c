"""`hub payout`, what two people order about a file: withdraw it, or send it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say
from hub.cli.payout import AsOf, Id, Person, group, line_of

if TYPE_CHECKING:
    from hub.domain.batch_order import BatchOrder

Batch = Annotated[int, typer.Argument(help="Number of the batch in the hub.", min=1)]
Why = Annotated[
    str | None, typer.Option("--reason", help="Why; the first of the two people says it.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `hub payout`, which loading it has done."""


@group.command()
def withdraw(
    *,
    batch_id: Batch,
    person: Person,
    reason: Why = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take back (撤回) a file held after its deadline; a second person confirms it likewise."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.payout_withdraw import withdraw as withdraw_batch

        order = withdraw_batch(batch_id, person=person, reason=reason, services=services)
    _answer(order, as_json=as_json)


@group.command()
def resend(
    *,
    batch_id: Batch,
    person: Person,
    reason: Why = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Send a file again (重发) that the bank asks for; a second person confirms it likewise."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.payout_resend import resend as resend_batch

        order = resend_batch(batch_id, person=person, reason=reason, services=services)
    _answer(order, as_json=as_json)


@group.command("release-again")
def release_again(
    *,
    list_id: Id,
    person: Person,
    next_day: Annotated[
        bool,
        typer.Option("--next-day", help="After a bank's cutoff: take its next banking day."),
    ] = False,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Release what withdrawn batches of a list left waiting, in new batches."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.payout_release_again import release_again as again

        done = again(list_id, person=person, next_day=next_day, services=services)
    files = [
        {"bank": one.bank, "business_on": one.business_on, "file_name": one.file_name,
         "items": one.item_count}
        for one in done.batches
    ]  # fmt: skip
    line: dict[str, Any] = {**line_of(done.payout), "files": files}

    def text() -> None:
        say(f"✓ 清单 {done.payout.id}（{done.payout.title}）再次拨付 (released again)：")
        for one in files:
            say(f"  {one['bank']} {one['business_on']} {one['file_name']}，{one['items']} 笔")

    emit(line, as_json=as_json, text=text)


def _answer(order: BatchOrder, *, as_json: bool) -> None:
    from dataclasses import asdict

    line = {**asdict(order), "kind": order.kind.value, "confirmed": order.is_confirmed}

    def text() -> None:
        if order.is_confirmed:
            say(f"✓ 批次 {order.batch_id} {order.kind.zh}：{order.confirmed_by} 已确认 (confirmed)")
        else:
            say(
                f"✓ 批次 {order.batch_id} {order.kind.zh}：{order.proposed_by} 已提出，"
                "待另一人执行同一命令确认 (another person confirms with the same command)"
            )

    emit(line, as_json=as_json, text=text)
