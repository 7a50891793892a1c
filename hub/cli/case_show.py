"""`hub case`, what is to be seen: list, show, what is due, a month's table per other office."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.case_read import Id, line_of
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.payout import AsOf  # noqa: TC001 -- Typer resolves annotations

if TYPE_CHECKING:
    from hub.domain.transfer_clock import Clock
    from hub.flows.transfer_report import View

_LISTED = ("id", "ref", "round", "direction_zh", "kind_zh", "person", "counterpart", "state_zh",
           "lacking")  # fmt: skip
_CLOCKS = ("step_zh", "whose", "started_on", "due_on", "ended_on", "late", "article", "note")
_DUE = ("id", "ref", "step_zh", "whose", "counterpart", "due_on", "left", "article", "note")


def register_views(group: typer.Typer) -> None:
    """Add the commands of this module to `hub case`."""
    group.command("list")(list_)
    group.command("show")(show)
    group.command("due")(due)
    group.command("table")(table_)


def list_(
    *,
    state: Annotated[str | None, typer.Option(help="Such as applied, awaiting, sent.")] = None,
    direction: Annotated[str | None, typer.Option(help="in or out.")] = None,
    kind: Annotated[str | None, typer.Option(help="Such as pension.")] = None,
    other: Annotated[
        str | None, typer.Option("--other", help="Region of the other office.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Only what is not over.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many, latest first.", min=1)] = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List cases with what each lacks."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.transfer_kinds import Direction, Kind
        from hub.domain.transfer_state import TransferState

        wanted = {
            "state": chosen(TransferState, state, "--state"),
            "direction": chosen(Direction, direction, "--direction"),
            "kind": chosen(Kind, kind, "--kind"),
        }
        with services.store.read() as uow:
            found = uow.transfers.list(**wanted, counterpart=other, live=live, limit=limit)
        rows = [line_of(one) for one in found]
    for row in rows:
        row["lacking"] = "；".join(one["zh"] for one in row["missing"])
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


def show(case_id: Id, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show one case: what is missing, clocks, articles, timeline, signatures, messages."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.transfer_report import view

        data = _shown(view(case_id, services), services.today())
    emit(data, as_json=as_json, text=lambda: _print(data))


def due(
    *,
    late: Annotated[bool, typer.Option("--late", help="Only what is late.")] = False,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List what is due, ours and theirs, most urgent first; exit code 1 when something is late."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_report import due as due_now

        today = services.today()
        found = [one for one in due_now(services) if not late or (one.left or 0) < 0]
        rows = [
            {"id": one.case.id, "ref": one.case.ref, "counterpart": one.case.counterpart,
             **_clock(one.clock, today), "left": one.left}
            for one in found
        ]  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_DUE))
    if any(row["late"] for row in rows):
        raise typer.Exit(Exit.FOUND)


def table_(
    *,
    month: Annotated[datetime, typer.Option("--month", formats=["%Y-%m"], help="Such as 2026-11.")],
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show how punctual each other office, and we towards it, were with what was due in a month."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_report import table as punctuality

        first = date(month.year, month.month, 1)
        last = first.replace(day=monthrange(month.year, month.month)[1])
        found = punctuality(first, last, services)
    rows = [
        {**asdict(one), "step": one.step.value, "step_zh": one.step.zh,
         "whose": "本机构 us" if one.ours else "对方 them"}
        for one in found
    ]  # fmt: skip
    columns = ("counterpart", "whose", "step_zh", "due", "on_time", "late", "open_late",
               "mean_days")  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=columns))


def _shown(found: View, today: date) -> dict[str, Any]:
    from hub.domain.transfer_messages import may_send

    case = found.case
    return {
        **line_of(case),
        "peer_ref": case.peer_ref,
        "claim": {"hold": case.claim.hold.value, "epoch": case.claim.epoch},
        "may_send": sorted(one.value for one in may_send(case)),
        "clocks": [_clock(one, today) for one in found.clocks],
        "rules": [_rule(one) for one in case.rules],
        "timeline": [
            {"on": one.fact.on, "key": one.fact.key, "what": _words(one.fact),
             "noted_at": one.noted_at, "person": one.person, "message": one.message_id}
            for one in found.timeline
        ],
        "approvals": [
            {"step": one.step.value, "step_zh": one.step.zh, "number": one.number,
             "digest": one.digest, "done": one.done, "needs": one.approval.levels,
             "signed": [asdict(signature) for signature in one.approval.signatures]}
            for one in found.proposals
        ],
        "messages": [
            {"at": one.at, "direction": one.direction.value, "type": one.envelope.type,
             "peer": one.peer, "state": one.state.value, "state_zh": one.state.zh,
             "settled_at": one.settled_at, "id": one.id}
            for one in found.messages
        ],
    }  # fmt: skip


def _clock(clock: Clock, today: date) -> dict[str, Any]:
    note = ""
    if clock.is_paused:
        note = f"暂停 paused: {clock.pauses[-1].reason}"
    elif clock.calendar_ends:
        note = "工作日历未公布 calendar not published"
    elif clock.by is not None and not clock.by.verified:
        note = "依据未核实 source not verified"
    return {
        "step": clock.step.value,
        "step_zh": clock.step.zh,
        "whose": "本机构 us" if clock.ours else "对方 them",
        "ours": clock.ours,
        "started_on": clock.started_on,
        "due_on": clock.due_on,
        "ended_on": clock.ended_on,
        "late": clock.is_late(today),
        "pack": clock.by.pack if clock.by is not None else None,
        "article": clock.by.article if clock.by is not None else None,
        "note": note,
    }


def _rule(rule: Any) -> dict[str, Any]:  # noqa: ANN401 -- Governing, imported late
    from hub.domain.transfer_json import to_json

    shown: dict[str, Any] = to_json(rule)
    return {**shown, "step_zh": rule.step.zh}


def _cited(by: dict[str, Any] | None) -> str:
    return "" if by is None else f"{by['article']}（{by['pack']}）"


def _words(fact: Any) -> str:  # noqa: ANN401 -- any fact
    """Return what a fact says in a few words; accounts and yearly rows stay out."""
    from hub.domain.money import yuan_display

    parts = [
        str(getattr(fact, name)) for name in ("reason", "text", "to", "target")
        if getattr(fact, name, None)
    ]  # fmt: skip
    for name in ("amount_fen", "owed_fen"):
        amount = getattr(fact, name, None)
        if amount is not None:
            parts.append(f"{yuan_display(amount)} 元")
    return "；".join(parts)


def _print(data: dict[str, Any]) -> None:
    say(
        f"转移案 {data['id']}（{data['ref']}，第 {data['round']} 轮）{data['kind_zh']}"
        f"{data['direction_zh']}，对方 {data['counterpart']}：{data['state_zh']}"
    )
    for lack in data["missing"]:
        say(f"  缺 {lack['zh']} · {lack['en']}")
    say(f"  可发出 may send: {', '.join(data['may_send'])}")
    table(data["clocks"], title="时限 clocks", columns=_CLOCKS)
    governing = [
        {"step_zh": one["step_zh"], "days": one["days"], "levels": one["levels"],
         "days_by": _cited(one["days_by"] or one["month_end_by"]),
         "levels_by": _cited(one["levels_by"])}
        for one in data["rules"]
    ]  # fmt: skip
    table(governing, title="依据 rules")
    table(data["timeline"], title="经过 timeline",
          columns=("on", "key", "what", "person", "noted_at"))  # fmt: skip
    signed = [
        {"step_zh": one["step_zh"], "number": one["number"], "digest": one["digest"][:12],
         "signed": "、".join(s["person"] for s in one["signed"]), "needs": one["needs"]}
        for one in data["approvals"]
    ]  # fmt: skip
    if signed:
        table(signed, title="签署 signatures")
    if data["messages"]:
        columns = ("at", "direction", "type", "peer", "state_zh", "settled_at")
        table(data["messages"], title="报文 messages", columns=columns)
