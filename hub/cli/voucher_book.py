"""`hub voucher book` and what follows: one person prepares by hand, another one confirms."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say, table
from hub.cli.voucher import DAY, No, group, line_of

if TYPE_CHECKING:
    from hub.domain.voucher_draft import VoucherDraft

Person = Annotated[str, typer.Option("--person", help="Who does it (姓名).")]
Files = Annotated[
    list[Path],
    typer.Option(
        "--document", help="An original (原始凭证); repeatable.", exists=True, dir_okay=False
    ),
]
On = Annotated[datetime, typer.Option("--on", help="The voucher's day, 2026-11-24.", **DAY)]
DraftId = Annotated[int, typer.Argument(help="Number of the draft.", min=1)]


_DRAFTED = ("id", "state", "what", "fund", "amount", "on", "prepared_by", "ended_by",
            "voucher_no")  # fmt: skip


def register(_app: typer.Typer) -> None:
    """Add nothing more: the commands below joined the group of `hub voucher`."""


@group.command()
def book(
    *,
    event: Annotated[str, typer.Argument(help="Event, see hub voucher events.")],
    fund: Annotated[str, typer.Option("--fund", help="Fund (险种) whose books it is for.")],
    amount: Annotated[str, typer.Option("--amount", help="Yuan, such as 1234.50.")],
    on: On,
    subject: Annotated[str, typer.Option("--subject", help="What it is about, once: 2026Q3.")],
    document: Files,
    person: Person,
    fact: Annotated[
        list[str] | None, typer.Option("--fact", help="name=value, repeatable.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Prepare a voucher by hand (制单), with its originals; another person confirms it."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.money import parse_yuan
        from hub.flows.voucher_desk import prepare

        facts = dict(_fact(one) for one in fact or ())
        draft = prepare(
            event, subject=subject, fund=fund, amount_fen=parse_yuan(amount), on=on.date(),
            files=document, facts=facts, person=person, services=services,
        )  # fmt: skip
    _answer(draft, as_json=as_json)


@group.command()
def reverse(
    *,
    no: No,
    on: On,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    document: Files,
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Prepare the reversal of a voucher in red (红字冲销); another person confirms it."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.voucher_desk import prepare_reversal

        draft = prepare_reversal(
            no, on=on.date(), reason=reason, files=document, person=person, services=services
        )
    _answer(draft, as_json=as_json)


@group.command()
def confirm(
    draft_id: DraftId, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Confirm a draft as another person (复核): it becomes a voucher."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.voucher_desk import confirm as confirm_draft

        voucher = confirm_draft(draft_id, person=person, services=services)
    emit(
        line_of(voucher),
        as_json=as_json,
        text=lambda: say(f"✓ 凭证 {voucher.no} {voucher.summary}"),
    )


@group.command()
def withdraw(
    draft_id: DraftId, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Withdraw a draft (退回): nothing is booked."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.voucher_desk import withdraw as withdraw_draft

        draft = withdraw_draft(draft_id, person=person, services=services)
    _answer(draft, as_json=as_json)


@group.command()
def drafts(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """List drafts, and what became of them."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        rows = [_draft_line(draft) for draft in uow.voucher_drafts.list()]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_DRAFTED))


def _fact(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise typer.BadParameter("name=value", param_hint="--fact")
    return name, value


def _draft_line(draft: VoucherDraft) -> dict[str, Any]:
    from hub.domain.money import yuan_text
    from hub.domain.voucher_draft import Manual

    content = draft.content
    if isinstance(content, Manual):
        what, amount = content.event, yuan_text(content.amount_fen)
    else:
        what, amount = f"冲销 {content.no}", ""
    return {
        "id": draft.id, "state": draft.state.value, "fund": content.fund, "on": content.on,
        "what": what, "amount": amount,
        "prepared_by": draft.prepared_by, "ended_by": draft.ended_by,
        "voucher_no": draft.voucher_no,
    }  # fmt: skip


def _answer(draft: VoucherDraft, *, as_json: bool) -> None:
    line = _draft_line(draft)
    emit(line, as_json=as_json, text=lambda: table([line], columns=_DRAFTED))
