"""What the commands of `hub case` share: arguments, form files, and how a case answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import emit, say

if TYPE_CHECKING:
    from datetime import date

    from hub.domain.transfer_body import FormRows
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_facts import Account
    from hub.flows.services import Services

Id = Annotated[int, typer.Argument(help="Number of the case in this hub.", min=1)]
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="The day it happened; today if absent."),
]
Number = Annotated[str | None, typer.Option("--number", help="The number on the paper.")]
AccountName = Annotated[str | None, typer.Option("--account-name", help="Account holder.")]
AccountNo = Annotated[str | None, typer.Option("--account-no", help="Account number.")]
Bank = Annotated[str | None, typer.Option("--bank", help="Name of the account's bank.")]
BankNo = Annotated[str | None, typer.Option("--bank-no", help="CNAPS number of that bank.")]
File = Annotated[
    Path | None, typer.Option("--file", help='JSON with "items" (fen) and "years" of the form.')
]


def account_of(
    name: str | None, no: str | None, bank: str | None, bank_no: str | None
) -> Account | None:
    """Return the account that was typed; all of name, number and bank, or none of them."""
    from hub.domain.codes import bank_account, cnaps
    from hub.domain.transfer_facts import Account

    if name is None and no is None and bank is None:
        return None
    if name is None or no is None or bank is None:
        raise typer.BadParameter("--account-name, --account-no and --bank belong together")
    return Account(
        name=name,
        no=bank_account.validate(no),
        bank=bank,
        bank_no=cnaps.validate(bank_no) if bank_no is not None else None,
    )


def day_of(on: datetime | None, services: Services) -> date:
    """Return the day that was typed, else today."""
    return on.date() if on is not None else services.today()


def rows_of(path: Path | None) -> FormRows:
    """Return the items and yearly rows in a form's file."""
    from hub.domain.transfer_body import FormRows
    from hub.domain.transfer_rows import FORM_FILE_BYTES_MAX, read_rows
    from hub.errors import Place, Rejected

    if path is None:
        return FormRows()
    try:
        with path.open("rb") as file:
            content = file.read(FORM_FILE_BYTES_MAX)
    except OSError as error:
        raise Rejected("transfer_form_unreadable", place=Place(file=path.name)) from error
    return read_rows(content, file=path.name)


def line_of(case: TransferCase) -> dict[str, Any]:
    """Return a case as one line for people and programs; the person masked."""
    from hub.domain.codes import person_id, shape
    from hub.domain.transfer_missing import missing

    lacks = missing(case)
    return {
        "id": case.id,
        "ref": case.ref,
        "round": case.round,
        "direction": case.direction.value,
        "direction_zh": case.direction.zh,
        "kind": case.kind.value,
        "kind_zh": case.kind.zh,
        "person": shape.mask_name(case.person_name),
        "person_id": person_id.mask(case.person_id),
        "counterpart": case.counterpart,
        "on_paper": case.on_paper,
        "state": case.state.value,
        "state_zh": case.state.zh,
        "opened_on": case.opened_on,
        "missing": [
            {"what": one.what.value, "who": one.who.value, "detail": one.detail,
             "zh": one.text("zh"), "en": one.text("en")}
            for one in lacks
        ],
        "version": case.version,
    }  # fmt: skip


def answer(case: TransferCase, *, as_json: bool) -> None:
    """Say where a case stands, what is missing and who owes it, and what waits for signatures."""
    line = line_of(case)
    proposal = case.proposal
    if proposal is not None and not proposal.done:
        approval = proposal.approval
        line |= {
            "proposed": proposal.step.value, "digest": proposal.digest,
            "signed": len(approval.signatures), "needs": approval.levels,
        }  # fmt: skip

    def text() -> None:
        say(f"✓ 转移案 {case.id}（{case.ref}，{case.kind.zh}{case.direction.zh}）：{case.state.zh}")
        for lack in line["missing"]:
            say(f"  缺 {lack['zh']} · {lack['en']}")
        if "digest" in line:
            say(f"  待签署 {line['signed']}/{line['needs']}  --digest {line['digest'][:12]}")

    emit(line, as_json=as_json, text=text)
