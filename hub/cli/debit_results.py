"""`hub debit`, what people do after banks answered: work, again, decide, stop, lift, remap."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- Typer reads the annotations
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.context import CONFIG_DEFAULT, Config
from hub.cli.debit import debits_of, group, item_line, line_of
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.payout import AsOf as DoneOn  # noqa: TC001
from hub.cli.payout import Person, Reason  # noqa: TC001

if TYPE_CHECKING:
    from hub.domain.unpaid import Waiting

Item = Annotated[int, typer.Argument(help="Number of the item in the hub.", min=1)]
_COLUMNS: Final = (
    "id", "person", "contribution", "period", "yuan", "state", "attempt", "since", "days", "desk",
    "code", "reason", "todo",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `hub debit`, which loading it has done."""


@group.command()
def work(
    *,
    desk: Annotated[
        str | None, typer.Option("--desk", help="Only what this desk (环节) must do.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Write the failed ones here: .csv or .xlsx, full numbers."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what waits for banks or signatures.")
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Count days up to this day."),
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List failed debits that nobody has tried again; exit code 1 when there are any."""
    with debits_of(config, as_json=as_json) as services:
        from hub.flows.unpaid import waiting
        from hub.flows.work_list import export

        day = as_of.date() if as_of else None
        found = waiting(services, desk=desk, returned_only=not everything, as_of=day)
        if out is not None:
            export(out, services, desk=desk, as_of=day)
        rows = [_line(one) for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_COLUMNS))
    if rows:
        raise typer.Exit(Exit.FOUND)


@group.command()
def again(
    *,
    work_list: Annotated[
        Path, typer.Argument(help="The work list as the desk filled it in.", exists=True)
    ],
    person: Person,
    as_of: DoneOn = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a list that debits again what a desk has filled in (再次扣款); others must sign it."""
    with debits_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.work_list import take_back

        done = take_back(work_list, person=person, services=services)
    lists = [{**line_of(one), "stated": one.stated_count} for one in done.lists]

    def text() -> None:
        for one in lists:
            say(f"✓ 代收清单 {one['id']}（{one['title']}）：{one['items']}/{one['stated']} 笔")
        if done.left:
            say(f"  {len(done.left)} 笔尚未填写 (not filled in)")

    emit({"lists": lists, "left": list(done.left)}, as_json=as_json, text=text)
    if any(one["items"] != one["stated"] for one in lists):
        raise typer.Exit(Exit.FOUND)


@group.command()
def decide(
    *,
    item: Item,
    outcome: Annotated[str, typer.Option("--outcome", help="succeeded or failed.")],
    person: Person,
    reason: Annotated[str, typer.Option("--reason", help="How you know it.")],
    as_of: DoneOn = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Decide what became of a debit that the bank leaves open: one proposes, another confirms."""
    with debits_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.domain.debit import state_called
        from hub.domain.payout import ItemState
        from hub.flows.payout_decision import decide as decide_it

        wanted = state_called(outcome)
        if wanted not in (ItemState.PAID, ItemState.FAILED):
            raise typer.BadParameter("succeeded, failed", param_hint="--outcome")
        done = decide_it(item, wanted, person=person, reason=reason, services=services)
    data = {"item": item, "outcome": outcome, "discrepancy": done.id, "state": done.state.value}
    how = "已确认" if done.state.value == "closed" else "待另一人确认"
    emit(data, as_json=as_json, text=lambda: say(f"✓ 扣款 {item} 认定为 {outcome}：{how}"))


@group.command()
def stop(
    *,
    item: Item,
    person: Person,
    reason: Reason,
    everything: Annotated[
        bool, typer.Option("--all", help="Stop all contributions of the person.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Stop debiting a contribution of a person (停止代扣): its failure is no work any more."""
    with debits_of(config, as_json=as_json) as services:
        from hub.flows.debit_stop import stop as stop_it

        done = stop_it(item, person=person, reason=reason, everything=everything, services=services)
    data = {"item": item, "contribution": done.benefit, "reason": done.reason}
    what = done.benefit or "全部缴费项目"
    emit(data, as_json=as_json, text=lambda: say(f"✓ 已停止代扣：{what}"))


@group.command()
def lift(
    item: Annotated[int, typer.Argument(help="Number of any item of the person.", min=1)],
    person: Person,
    reason: Reason,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let a person be debited again (恢复代扣)."""
    with debits_of(config, as_json=as_json) as services:
        from hub.flows.payout_decision import lift as lift_it

        lifted = lift_it(item, person=person, reason=reason, services=services)
    emit({"item": item, "lifted": lifted}, as_json=as_json, text=lambda: say(
        f"✓ 已解除 {lifted} 项停止代扣"
    ))  # fmt: skip


@group.command()
def remap(
    bank: Annotated[str, typer.Argument(help="The bank's partner code.")],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Read a bank's unrecognised answers about debits anew, once its maps are complete."""
    with debits_of(config, as_json=as_json) as services:
        from hub.flows.payout_answers import remap as remap_it

        taken, left = remap_it(bank, person=person, services=services)
    emit({"taken": taken, "left": left}, as_json=as_json, text=lambda: say(
        f"✓ {taken} 条已识别，{left} 条仍未识别"
    ))  # fmt: skip


def _line(one: Waiting) -> dict[str, Any]:
    reason = one.reason
    return {
        **item_line(one.item), "list": one.item.list_id, "since": one.since_on.isoformat(),
        "days": one.days, "desk": one.desk, "code": reason.code if reason else None,
        "reason": reason.zh if reason else None,
        "remedy": reason.remedy.value if reason else None, "todo": one.zh, "todo_en": one.en,
    }  # fmt: skip
