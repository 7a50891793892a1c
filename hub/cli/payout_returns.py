"""`hub payout`, what came back: returns, correct, unpaid, success, decide, lift, remap, names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path  # noqa: TC003 -- Typer resolves annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, refusals, say, table
from hub.cli.payout import AsOf as DoneOn
from hub.cli.payout import Person, group

if TYPE_CHECKING:
    from hub.domain.unpaid import Waiting

Desk = Annotated[str | None, typer.Option("--desk", help="Only what this desk (环节) must do.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Count days up to this day."),
]
_COLUMNS = ("item", "name", "benefit", "period", "yuan", "since", "days", "desk", "code", "reason",
            "todo")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `hub payout`, which loading it has done."""


@group.command()
def returns(
    desk: Desk = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the work list here: .csv or .xlsx, with full numbers."),
    ] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List returned payments that nobody has paid again; exit code 1 when there are any."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.unpaid import waiting
        from hub.flows.work_list import export

        day = as_of.date() if as_of else None
        found = waiting(services, desk=desk, returned_only=True, as_of=day)
        if out is not None:
            export(out, services, desk=desk, as_of=day)
        rows = [_line(one) for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_COLUMNS))
    if rows:
        raise typer.Exit(Exit.FOUND)


@group.command()
def correct(
    *,
    work_list: Annotated[
        Path, typer.Argument(help="The work list as the desk filled it in.", exists=True)
    ],
    person: Person,
    as_of: DoneOn = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a list that pays again what a desk has corrected (补发名单); others must sign it."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.work_list import take_back

        done = take_back(work_list, person=person, services=services)
    lists = [
        {"id": one.id, "title": one.title, "state": one.state.value, "items": one.item_count,
         "stated": one.stated_count, "fen": one.total_fen}
        for one in done.lists
    ]  # fmt: skip

    def text() -> None:
        for one in lists:
            say(f"✓ 补发清单 {one['id']}（{one['title']}）：{one['items']}/{one['stated']} 笔")
        if done.left:
            say(f"  {len(done.left)} 笔尚未填写 (not filled in)")

    emit({"lists": lists, "left": list(done.left)}, as_json=as_json, text=text)
    if any(one["items"] != one["stated"] for one in lists):
        raise typer.Exit(Exit.FOUND)


@group.command()
def unpaid(
    *,
    desk: Desk = None,
    min_days: Annotated[int, typer.Option("--min-days", help="Only from so many days.", min=0)] = 0,
    sums: Annotated[bool, typer.Option("--sums", help="Only sums by desk, reason, age.")] = False,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Who waits for money: since when, at whose desk, why, and what helps; 1 when anybody does."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.money import yuan_display
        from hub.domain.unpaid import summed
        from hub.flows.unpaid import waiting

        day = as_of.date() if as_of else None
        found = waiting(services, desk=desk, min_days=min_days, as_of=day)
        rows = [_line(one) for one in found]
        if sums:
            rows = [
                {"desk": one.desk, "reason": one.reason, "age": one.age, "count": one.count,
                 "yuan": yuan_display(one.amount_fen)}
                for one in summed(found)
            ]  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=() if sums else _COLUMNS))
    if rows:
        raise typer.Exit(Exit.FOUND)


@group.command()
def success(
    month: Annotated[int, typer.Argument(help="The month, such as 202611.", min=199001)],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Check how a month's payouts came out (规程 5-4): counts, sums and the rate that arrived."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.money import yuan_display
        from hub.flows.unpaid import success as success_of

        rows = [
            {"list": one.list_id, "title": one.title, "fund": one.fund, "sent": one.sent_count,
             "sent_yuan": yuan_display(one.sent_fen), "paid": one.paid_count,
             "paid_yuan": yuan_display(one.paid_fen), "returned": one.returned_count,
             "returned_yuan": yuan_display(one.returned_fen), "open": one.open_count,
             "open_yuan": yuan_display(one.open_fen), "rate": one.rate}
            for one in success_of(services, month)
        ]  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def decide(
    *,
    item: Annotated[int, typer.Argument(help="Number of the item in the hub.", min=1)],
    outcome: Annotated[str, typer.Option("--outcome", help="paid or returned.")],
    person: Person,
    reason: Annotated[str, typer.Option("--reason", help="How you know it.")],
    as_of: DoneOn = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Decide what became of a payment that the bank leaves open: one proposes, another confirms."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.payout import ItemState
        from hub.flows.payout_decision import decide as decide_it

        wanted = chosen(ItemState, outcome, "--outcome") or ItemState.UNKNOWN
        done = decide_it(item, wanted, person=person, reason=reason, services=services)
    data = {"item": item, "outcome": outcome, "discrepancy": done.id, "state": done.state.value}
    how = "已确认" if done.state.value == "closed" else "待另一人确认"
    emit(data, as_json=as_json, text=lambda: say(f"✓ 付款 {item} 认定为 {outcome}：{how}"))


@group.command()
def lift(
    item: Annotated[int, typer.Argument(help="Number of any item of the payee.", min=1)],
    person: Person,
    reason: Annotated[str, typer.Option("--reason", help="How you know it.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let a payee be paid again whom a bank was wrong about (解除停发)."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.payout_decision import lift as lift_it

        lifted = lift_it(item, person=person, reason=reason, services=services)
    emit({"item": item, "lifted": lifted}, as_json=as_json, text=lambda: say(
        f"✓ 已解除 {lifted} 项停发"
    ))  # fmt: skip


@group.command()
def remap(
    bank: Annotated[str, typer.Argument(help="The bank's partner code.")],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Read a bank's unrecognised answers anew, once its maps in the partner file are complete."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.payout_answers import remap as remap_it

        taken, left = remap_it(bank, person=person, services=services)
    emit({"taken": taken, "left": left}, as_json=as_json, text=lambda: say(
        f"✓ {taken} 条已识别，{left} 条仍未识别"
    ))  # fmt: skip


@group.command("explain-name")
def explain_name(
    ours: Annotated[str, typer.Argument(help="The name that we sent.")],
    theirs: Annotated[str, typer.Argument(help="The name that the bank has.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Say why a bank may call two names different (户名不符), and what to do."""
    with refusals(as_json=as_json):
        from hub.domain.person_name import explain
        from hub.mappings.person_names import load_names

        found = explain(ours, theirs, load_names(config))
    data = {"outcome": found.outcome.value, "steps": [step.value for step in found.steps],
            "differing": [list(pair) for pair in found.differing],
            "zh": found.text("zh"), "en": found.text("en")}  # fmt: skip

    def text() -> None:
        say(found.text("zh"))
        say(found.text("en"))

    emit(data, as_json=as_json, text=text)


def _line(one: Waiting) -> dict[str, Any]:
    from hub.domain.codes import bank_account, person_id, shape
    from hub.domain.money import yuan_display

    item, reason = one.item, one.reason
    return {
        "item": item.id, "name": shape.mask_name(item.person_name),
        "person_id": person_id.mask(item.person_id), "benefit": item.benefit,
        "period": str(item.period), "yuan": yuan_display(item.amount_fen),
        "since": one.since_on.isoformat(), "days": one.days, "working_days": one.working_days,
        "age": one.age, "desk": one.desk, "state": item.state.value, "attempt": item.attempt,
        "list": item.list_id, "bank": item.bank, "account": bank_account.mask(item.account_no),
        "code": reason.code if reason else None, "reason": reason.zh if reason else None,
        "raw": item.outcome_raw, "remedy": reason.remedy.value if reason else None,
        "todo": one.zh, "todo_en": one.en,
    }  # fmt: skip
