"""`hub debit`: what banks debit for us (代收代缴), how far it is, what the checks say about it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json, emit, say, table
from hub.cli.payout import FINDINGS_MAX
from hub.cli.payout import line_of as payout_line_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from hub.domain.payout import Finding, PayoutBatch, PayoutItem, PayoutList
    from hub.flows.services import Services

group = typer.Typer(
    name="debit",
    help="代收代缴 · Direct debits: import a list, sign it, release it, debit again what failed.",
    no_args_is_help=True,
)

Id = Annotated[int, typer.Argument(help="Number of the list of debits in the hub.", min=1)]

_LISTED: Final = ("id", "title", "fund", "month", "state", "items", "yuan", "signed", "needs")
_BATCHES: Final = (
    "id", "list_id", "bank", "business_on", "sequence", "file_name", "items", "yuan", "state",
    "sent_at",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `hub debit`."""
    app.add_typer(group)


@contextmanager
def debits_of(config: Path, *, as_json: bool, as_of: datetime | None = None) -> Iterator[Services]:
    """Open the services of direct debits for one command; `as_of` is the morning of a day."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.way import Way

        yield services.on(Way.DEBIT)


@group.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="checked, reviewed, approved, released, closed, …")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List the lists of direct debits (代收清单)."""
    with debits_of(config, as_json=as_json) as services:
        from hub.domain.payout import ListState

        wanted = chosen(ListState, state, "--state")
        with services.store.read() as uow:
            found = uow.payouts.list(*([wanted] if wanted else []))
        rows = [line_of(one) for one in found]
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
    with debits_of(config, as_json=as_json) as services:
        with services.store.read() as uow:
            listed = uow.payouts.get(list_id)
            findings = uow.payout_checks.of_list(list_id, limit=FINDINGS_MAX)
            counts = uow.payout_checks.counts(list_id)
            totals = uow.payout_items.totals(list_id)
            batches = [_batch(one) for one in uow.payout_batches.list(list_id=list_id)]
            pages = uow.payout_items.page(list_id=list_id, after=0, limit=items) if items else []
        data = {
            **line_of(listed),
            "signatures": _signatures(listed),
            "states": _states(totals),
            "findings": [_finding(one) for one in findings],
            "finding_counts": counts,
            "batches": batches,
            "items_shown": [item_line(one) for one in pages],
        }
    emit(data, as_json=as_json, text=lambda: _print(data))


@group.command()
def batches(
    list_id: Annotated[int | None, typer.Option("--list", help="Only of this list.")] = None,
    state: Annotated[str | None, typer.Option(help="ready, sent, answered or closed.")] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List the files of direct debits for banks."""
    with debits_of(config, as_json=as_json) as services:
        from hub.domain.payout import BatchState

        wanted = chosen(BatchState, state, "--state")
        with services.store.read() as uow:
            rows = [_batch(one) for one in uow.payout_batches.list(list_id=list_id, state=wanted)]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_BATCHES))


def line_of(listed: PayoutList) -> dict[str, Any]:
    """Return a list as one line for people and programs."""
    from hub.domain.debit import list_words

    return {**payout_line_of(listed), "zh": list_words(listed.state)[1]}


def item_line(item: PayoutItem) -> dict[str, Any]:
    """Return a debit as one line, numbers masked."""
    from hub.domain.codes import bank_account, person_id, shape
    from hub.domain.debit import DebitItem, item_words
    from hub.domain.money import yuan_display

    mandate = item if isinstance(item, DebitItem) else None
    return {
        "id": item.id,
        "item_no": item.item_no,
        "person": shape.mask_name(item.person_name),
        "person_id": person_id.mask(item.person_id),
        "contribution": item.benefit,
        "period": item.period,
        "yuan": yuan_display(item.amount_fen),
        "bank": item.bank,
        "account": bank_account.mask(item.account_no),
        "mandate_until": mandate.mandate_until if mandate else None,
        "attempt": item.attempt,
        "state": item_words(item.state)[0],
        "code": item.outcome_code,
        "raw": item.outcome_raw,
        "end_to_end_id": item.end_to_end_id,
    }


def _states(totals: dict[Any, tuple[int, int]]) -> list[dict[str, Any]]:
    from hub.domain.debit import item_words

    words = {state: item_words(state) for state in totals}
    return [
        {"state": words[state][0], "zh": words[state][1], "items": count, "total_fen": fen}
        for state, (count, fen) in totals.items()
    ]


def _signatures(listed: PayoutList) -> list[dict[str, Any]]:
    from hub.domain.payout_form import step_name

    return [
        {"step": step_name(listed.approval.levels, n), "person": one.person, "at": one.at}
        for n, one in enumerate(listed.approval.signatures, start=1)
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    from dataclasses import asdict

    from hub.errors import catalogue

    words = catalogue()[finding.code]
    return {**asdict(finding), "zh": words["zh"], "do_zh": words["do_zh"]}


def _batch(batch: PayoutBatch) -> dict[str, Any]:
    from dataclasses import asdict

    from hub.domain.money import yuan_display

    return {
        **asdict(batch),
        "kind": batch.kind.value,
        "state": batch.state.value,
        "items": batch.item_count,
        "yuan": yuan_display(batch.total_fen),
    }


def _print(data: dict[str, Any]) -> None:
    say("代收代缴审批表")
    facts = ("id", "key", "title", "fund", "month", "state", "zh", "items", "yuan",
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
