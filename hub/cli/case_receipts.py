"""`hub case`, the money that comes in: credits entered one by one, matched, or sent back."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- Typer resolves annotations
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.case_funds import say_form
from hub.cli.case_read import AccountName, BankNo, day_of
from hub.cli.case_receipt_show import LISTED, line_of, say_matches, say_receipt
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json, emit, say, table
from hub.cli.payout import AsOf, Person, Reason  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.domain.transfer_receipt import Receipt
    from hub.flows.services import Services

ReceiptId = Annotated[int, typer.Argument(help="Number of the credit in this hub.", min=1)]
Fund = Annotated[str, typer.Option("--fund", help="pension, medical or unemployment.")]


def register_receipts(group: typer.Typer) -> None:
    """Add the commands of this module to `hub case`."""
    for command in (
        receipt, receipts_from, receipts, match, confirm_match, decline_match, unjoin, send_back,
    ):  # fmt: skip
        group.command(command.__name__.replace("_", "-"))(command)


def receipt(
    *,
    number: Annotated[str, typer.Option("--number", help="The bank's number of the credit.")],
    fund: Fund,
    amount: Annotated[str, typer.Option("--amount", help="Yuan.")],
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Day of the credit.")
    ] = None,
    payer: Annotated[str | None, typer.Option("--payer", help="Who paid, by name.")] = None,
    account_no: Annotated[
        str | None, typer.Option("--account-no", help="The account that paid.")
    ] = None,
    words: Annotated[str | None, typer.Option("--words", help="The bank's words (附言).")] = None,
    paper: Annotated[
        Path | None, typer.Option("--paper", help="The bank's paper (到账凭证).", exists=True)
    ] = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Enter one credit (逐笔, 10-6): it joins the case that it names, or is held (暂收款)."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.money import parse_yuan
        from hub.flows.transfer_receive import Credit, enter

        credit = Credit(
            credit_no=number, fund=fund, amount_fen=parse_yuan(amount),
            credited_on=day_of(on, services), payer_name=payer, payer_account=account_no,
            narrative=words,
        )  # fmt: skip
        entered = enter(credit, person=person, paper=paper, services=services)
    say_matches(entered.receipt, entered.matches, as_json=as_json)


def receipts_from(
    *,
    inbox_id: Annotated[int, typer.Argument(help="Number of the received statement.", min=1)],
    fund: Annotated[
        str | None, typer.Option("--fund", help="Of lines that name no insurance.")
    ] = None,
    words: Annotated[
        list[str] | None, typer.Option("--words", help="Words that tell a transfer: 转移, 转入.")
    ] = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Enter the credits of a received bank statement whose words name a transfer."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_statement import WORDS, take_statement

        taken = take_statement(
            inbox_id, person=person, services=services, fund=fund, words=words or WORDS
        )
        rows = [line_of(one.receipt) for one in taken.entered]
    data = {"entered": rows, "known": taken.known, "others": taken.others}

    def text() -> None:
        table(rows, columns=LISTED)
        say(f"✓ 录入 {len(rows)} 笔，已录 {taken.known} 笔，与转移无关 {taken.others} 行")

    emit(data, as_json=as_json, text=text)


def receipts(
    state: Annotated[
        str | None,
        typer.Option(help="held, proposed, joined, sending_back or sent_back."),
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List credits with where each is."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.transfer_receipt import ReceiptState

        with services.store.read() as uow:
            found = uow.receipts.list(state=chosen(ReceiptState, state, "--state"))
        rows = [line_of(one) for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=LISTED))


def match(
    *,
    receipt_id: ReceiptId,
    case_id: Annotated[
        int | None, typer.Option("--case", help="The case it is for; without it, show proposals.")
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="Who proposes it, by name; with --case.")
    ] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show which cases a credit may be for, scored; with --case: propose one for confirmation."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_receive import proposals, propose

        if case_id is not None:
            if person is None:
                raise typer.BadParameter("--case 须同时给出 --person · --case needs --person")
            propose(receipt_id, case_id, person=person, services=services)
        found = proposals(receipt_id, services)
    say_matches(found.receipt, found.matches, as_json=as_json)


def confirm_match(
    receipt_id: ReceiptId,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Confirm as another person which case a credit is for (复核): it leaves 暂收款."""

    def act(services: Services) -> Receipt:
        from hub.flows.transfer_receive import confirm

        return confirm(receipt_id, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def decline_match(
    receipt_id: ReceiptId,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Give a proposal back (退回); the credit waits for another one."""

    def act(services: Services) -> Receipt:
        from hub.flows.transfer_receive import decline

        return decline(receipt_id, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def unjoin(
    *,
    receipt_id: ReceiptId,
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take a credit out of a case that is not done; it is 暂收款 again."""

    def act(services: Services) -> Receipt:
        from hub.flows.transfer_send_back import unjoin as free

        return free(receipt_id, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def send_back(
    *,
    receipt_id: ReceiptId,
    cause: Annotated[str, typer.Option("--cause", help="What was found out (查明原因).")],
    payee_id: Annotated[
        str, typer.Option("--payee-id", help="Credit code of the agency that sent it.")
    ],
    payee: Annotated[str, typer.Option("--payee", help="That agency's name.")],
    account_no: Annotated[str, typer.Option("--account-no", help="The account it goes back to.")],
    account_name: AccountName = None,
    bank: Annotated[str, typer.Option("--bank", help="The bank that pays, by code or name.")],
    bank_no: BankNo = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make the approval form that sends a held credit back (退回转出地); sign with `hub payout`."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_send_back import Sender, draft

        sender = Sender(
            payee_id=payee_id, name=payee, account_no=account_no,
            account_name=account_name or payee, bank=bank, bank_no=bank_no,
        )  # fmt: skip
        payout = draft(receipt_id, sender, cause, person=person, services=services)
    say_form(payout, as_json=as_json)


def _run(
    act: Callable[[Services], Receipt], as_of: datetime | None, config: Path, *, as_json: bool
) -> None:
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        line = line_of(act(services))
    emit(line, as_json=as_json, text=lambda: say_receipt(line))
