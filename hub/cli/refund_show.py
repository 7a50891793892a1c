"""`hub refund`, what is to be seen: list and show."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json, emit, table

if TYPE_CHECKING:
    from hub.domain.payout import PayoutItem
    from hub.domain.refund import Refund

_LISTED = ("id", "number", "cause", "discrepancy_id", "payer_name", "fund", "period",
           "yuan", "state_zh", "list_id")  # fmt: skip


def register_views(group: typer.Typer) -> None:
    """Add the commands of this module to `hub refund`."""
    group.command("list")(list_)
    group.command("show")(show)


def list_(
    state: Annotated[
        str | None, typer.Option(help="open, checked, listed, returned, paid or cancelled.")
    ] = None,
    discrepancy: Annotated[
        int | None, typer.Option("--discrepancy", help="Only about this discrepancy.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List refund cases."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.refund import RefundState

        wanted = chosen(RefundState, state, "--state")
        with services.store.read() as uow:
            found = uow.refunds.list(state=wanted, discrepancy_id=discrepancy)
            rows = [
                {
                    **line_of(one),
                    "list_id": uow.payout_items.get(one.item_id).list_id if one.item_id else None,
                }
                for one in found
            ]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


def show(
    refund_id: Annotated[int, typer.Argument(help="Number of the refund case.", min=1)],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show one case: its documents, what lacks, its approval form and every attempt to pay."""
    with services_of(config, as_json=as_json) as services:
        from hub.cli.payout import line_of as list_line
        from hub.flows.refund import missing

        with services.store.read() as uow:
            refund = uow.refunds.get(refund_id)
            documents = uow.refunds.documents(refund_id)
            attempts = uow.payout_items.attempts(refund.payer_id, refund.benefit, refund.period)
            latest = uow.payout_items.get(refund.item_id) if refund.item_id else None
            form = uow.payouts.get(latest.list_id) if latest else None
            discrepancy = uow.discrepancies.get(refund.discrepancy_id)
            claimed = uow.refunds.total(refund.discrepancy_id)
        signed = form.approval.signatures if form else ()
        data: dict[str, Any] = {
            **line_of(refund),
            "documents": [asdict(one) for one in documents],
            "missing": dict(missing(refund, documents, services)),
            "over_collected_fen": discrepancy.difference.amount_fen,
            "claimed_fen": claimed,
            "discrepancy_state": discrepancy.state.value,
            "form": list_line(form) if form else None,
            "signatures": [asdict(one) for one in signed],
            "attempts": [_attempt(one) for one in attempts],
        }
    emit(data, as_json=as_json, text=lambda: _print(data))


def line_of(refund: Refund) -> dict[str, Any]:
    """Return a case as one line for people and programs; its numbers and a person's name masked."""
    from hub.domain.codes import bank_account, person_id, shape
    from hub.domain.money import yuan_display

    is_person = person_id.is_valid(refund.payer_id)
    names = {name: getattr(refund, name) for name in ("payer_name", "account_name")}
    return {
        **asdict(refund),
        **{name: shape.mask_name(text) if is_person else text for name, text in names.items()},
        "number": refund.number,
        "cause": refund.cause.value,
        "cause_zh": refund.cause.zh,
        "desk": refund.cause.desk,
        "state": refund.state.value,
        "state_zh": refund.state.zh,
        "yuan": yuan_display(refund.amount_fen),
        "payer_id": shape.mask(refund.payer_id),
        "account_no": bank_account.mask(refund.account_no),
    }


def _attempt(item: PayoutItem) -> dict[str, Any]:
    from hub.domain.codes import bank_account

    return {
        "attempt": item.attempt,
        "list_id": item.list_id,
        "state": item.state.value,
        "zh": item.state.zh,
        "account": bank_account.mask(item.account_no),
        "code": item.outcome_code,
        "raw": item.outcome_raw,
        "settled_on": item.settled_on,
        "evidence": item.evidence,
    }


def _print(data: dict[str, Any]) -> None:
    facts = {k: v for k, v in data.items() if v is not None and not isinstance(v, list | dict)}
    table([{"": name, "退款案 refund": value} for name, value in facts.items()])
    shown = ("kind", "name", "sha256", "added_by", "added_at")
    table(data["documents"], title="材料 documents", columns=shown)
    if data["missing"]:
        rows = [{"kind": code, "name": name} for code, name in data["missing"].items()]
        table(rows, title="缺材料 missing")
    if data["form"]:
        form = {name: data["form"][name] for name in ("id", "title", "state", "yuan", "digest")}
        table([form], title="审批表 form")
        table(data["signatures"], title="签署 signatures", columns=("person", "at"))
    if data["attempts"]:
        table(data["attempts"], title="付款 payments")
