"""`hub payout`: what is to be paid, how far it is, and what the checks say about it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json, emit, say, table

if TYPE_CHECKING:
    from hub.domain.payout import Finding, PayoutBatch, PayoutItem, PayoutList

group = typer.Typer(
    name="payout",
    help="拨付 · Payouts: import a list, sign it, release it, pay returned items again.",
    no_args_is_help=True,
)

Id = Annotated[int, typer.Argument(help="Number of the payout list in the hub.", min=1)]
Person = Annotated[str, typer.Option("--person", help="Who does it (姓名).")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Do it as on the morning of this day, which dates it; now if absent.",
    ),
]

FINDINGS_MAX: Final = 1000  # of a list, shown at once; the rest is counted
_LISTED = ("id", "title", "kind", "fund", "month", "state", "items", "yuan", "signed", "needs")
_BATCHES = ("id", "list_id", "bank", "business_on", "sequence", "file_name", "items", "yuan",
            "state", "sent_at")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `hub payout`."""
    app.add_typer(group)


@group.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="checked, reviewed, approved, released, closed, …")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List payout lists."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.payout import ListState

        wanted = chosen(ListState, state, "--state")
        with services.store.read() as uow:
            found = uow.payouts.list(*([wanted] if wanted else []))
        rows = [line_of(payout) for payout in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


@group.command()
def show(
    list_id: Id,
    items: Annotated[
        int, typer.Option("--items", help="Show so many items too, numbers masked.", min=0)
    ] = 0,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show one list with its approval form, what the checks say, its batches and items."""
    with services_of(config, as_json=as_json) as services:
        with services.store.read() as uow:
            payout = uow.payouts.get(list_id)
            findings = uow.payout_checks.of_list(list_id, limit=FINDINGS_MAX)
            counts = uow.payout_checks.counts(list_id)
            totals = uow.payout_items.totals(list_id)
            batches = [_batch(one) for one in uow.payout_batches.list(list_id=list_id)]
            pages = uow.payout_items.page(list_id=list_id, after=0, limit=items) if items else []
        states = [
            {"state": state.value, "zh": state.zh, "items": count, "total_fen": fen}
            for state, (count, fen) in totals.items()
        ]
        data = {
            **line_of(payout),
            "signatures": _signatures(payout),
            "states": states,
            "findings": [_finding(one) for one in findings],
            "finding_counts": counts,
            "batches": batches,
            "items_shown": [_item(one) for one in pages],
        }
    emit(data, as_json=as_json, text=lambda: _print(data))


@group.command()
def batches(
    list_id: Annotated[int | None, typer.Option("--list", help="Only of this list.")] = None,
    state: Annotated[str | None, typer.Option(help="ready, sent, answered or closed.")] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List the files for banks."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.payout import BatchState

        wanted = chosen(BatchState, state, "--state")
        with services.store.read() as uow:
            rows = [_batch(one) for one in uow.payout_batches.list(list_id=list_id, state=wanted)]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_BATCHES))


def line_of(payout: PayoutList) -> dict[str, Any]:
    """Return a list as one line for people and programs."""
    from hub.domain.money import yuan_display

    values = asdict(payout)
    approval = values.pop("approval")
    return {
        **values,
        "kind": payout.kind.value,
        "state": payout.state.value,
        "items": payout.item_count,
        "yuan": yuan_display(payout.total_fen),
        "signed": len(payout.approval.signatures),
        "needs": approval["levels"],
    }


def _signatures(payout: PayoutList) -> list[dict[str, Any]]:
    from hub.domain.payout_form import step_name

    return [
        {"step": step_name(payout.approval.levels, n), "person": one.person, "at": one.at}
        for n, one in enumerate(payout.approval.signatures, start=1)
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    from hub.errors import catalogue

    words = catalogue()[finding.code]
    return {**asdict(finding), "zh": words["zh"], "do_zh": words["do_zh"]}


def _batch(batch: PayoutBatch) -> dict[str, Any]:
    from hub.domain.money import yuan_display

    return {
        **asdict(batch),
        "kind": batch.kind.value,
        "state": batch.state.value,
        "items": batch.item_count,
        "yuan": yuan_display(batch.total_fen),
    }


def _item(item: PayoutItem) -> dict[str, Any]:
    from hub.domain.codes import bank_account, person_id, shape
    from hub.domain.money import yuan_display

    return {
        "id": item.id,
        "item_no": item.item_no,
        "person": shape.mask_name(item.person_name),
        "person_id": person_id.mask(item.person_id),
        "benefit": item.benefit,
        "period": item.period,
        "yuan": yuan_display(item.amount_fen),
        "bank": item.bank,
        "account": bank_account.mask(item.account_no),
        "attempt": item.attempt,
        "state": item.state.value,
        "end_to_end_id": item.end_to_end_id,
    }


def _print(data: dict[str, Any]) -> None:
    say("社会保险基金拨付审批表")
    facts = ("id", "key", "title", "kind", "fund", "month", "state", "items", "yuan",
             "stated_count", "digest", "made_by", "ended_by", "reason")  # fmt: skip
    table([{"": name, "清单 list": data[name]} for name in facts if data[name] is not None])
    table(data["signatures"], title=f"签署 signatures (needs {data['needs']})")
    table(data["states"], title="明细状态 items by state")
    if data["findings"]:
        shown = ("item_no", "field", "refuses", "code", "zh", "other_no", "other_list_id")
        table(data["findings"], title="校验意见 findings", columns=shown)
    if data["batches"]:
        table(data["batches"], title="批次 batches", columns=_BATCHES)
    if data["items_shown"]:
        table(data["items_shown"], title="明细 items")
