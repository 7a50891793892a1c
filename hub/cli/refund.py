"""`hub refund`: over-collection paid back, from the documents to the approval form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say
from hub.cli.payout import AsOf, Person, Reason
from hub.cli.payout import line_of as list_line
from hub.cli.refund_show import line_of, register_views

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList
    from hub.domain.refund import Refund
    from hub.flows.services import Services

group = typer.Typer(
    name="refund",
    help="多收退款 · Refunds of over-collection: open, document, check, form, sign, correct.",
    no_args_is_help=True,
)

Id = Annotated[int, typer.Argument(help="Number of the refund case in the hub.", min=1)]
Papers = Annotated[
    list[str] | None,
    typer.Option("--document", help="KIND=FILE, such as application=letter.pdf; repeatable."),
]
Bank = Annotated[str | None, typer.Option("--bank", help="The bank that carries it out.")]
BankNo = Annotated[str | None, typer.Option("--bank-no", help="CNAPS number of the payer's bank.")]
AccountNo = Annotated[str | None, typer.Option("--account-no", help="The payer's account.")]
AccountName = Annotated[str | None, typer.Option("--account-name", help="The account's name.")]
Digest = Annotated[
    str | None, typer.Option("--digest", help="What you saw: the digest that `show` gave.")
]


def register(app: typer.Typer) -> None:
    """Add `hub refund`."""
    register_views(group)
    app.add_typer(group)


@group.command("open")
def open_(
    *,
    discrepancy: Annotated[int, typer.Argument(help="The discrepancy that shows it.", min=1)],
    cause: Annotated[str, typer.Option("--cause", help="agency (社保原因) or tax (地税原因).")],
    amount: Annotated[str, typer.Option("--amount", help="Yuan, such as 1234.50.")],
    payer_name: Annotated[str, typer.Option("--payer-name", help="Who paid too much.")],
    bank: Annotated[str, typer.Option("--bank", help="The bank that carries it out.")],
    account_no: Annotated[str, typer.Option("--account-no", help="The payer's account.")],
    account_name: AccountName = None,
    bank_no: BankNo = None,
    payer: Annotated[
        str | None, typer.Option("--payer", help="Credit code, if the discrepancy has none.")
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Insurance, likewise.")] = None,
    period: Annotated[int | None, typer.Option("--period", help="yyyymm, likewise.")] = None,
    receipt: Annotated[str | None, typer.Option("--receipt", help="Receipt, likewise.")] = None,
    document: Papers = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Open a case about a discrepancy; exit code 1 while documents are missing."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.money import parse_yuan
        from hub.domain.refund import RefundCause
        from hub.flows.refund import Claim, open_case

        claim = Claim(
            cause=chosen(RefundCause, cause, "--cause"),
            amount_fen=parse_yuan(amount),
            payer_name=payer_name,
            bank=bank,
            account_no=account_no,
            account_name=account_name,
            bank_no=bank_no,
            payer_id=payer,
            fund=kind,
            period=period,
            receipt_no=receipt,
        )
        papers = [_paper(one) for one in document or []]
        refund = open_case(discrepancy, claim, papers=papers, person=person, services=services)
        lacking = _lacking(refund, services)
    _answer(refund, lacking, as_json=as_json)


@group.command("document")
def document_(
    *,
    refund_id: Id,
    document: Annotated[
        list[str], typer.Argument(help="KIND=FILE, such as proof=certificate.pdf; several.")
    ],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Add documents (材料) to a case; exit code 1 while others are missing."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.refund import attach

        for kind, path in [_paper(one) for one in document]:
            refund = attach(refund_id, kind, path, person=person, services=services)
        lacking = _lacking(refund, services)
    _answer(refund, lacking, as_json=as_json)


@group.command()
def check(
    *,
    refund_id: Id,
    person: Person,
    version: Annotated[
        int | None, typer.Option("--version", help="What you saw: the version of `show`.")
    ] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Confirm a case as another person (审核确认); all its documents must be there."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.refund import check as check_case

        refund = check_case(refund_id, person=person, version=version, services=services)
    _answer(refund, {}, as_json=as_json)


@group.command()
def form(
    *,
    refund_ids: Annotated[list[int], typer.Argument(help="Confirmed cases of one fund.", min=1)],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make the approval form (编制审批表) of confirmed cases; others must sign it."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.refund_pay import draft_form

        payout = draft_form(refund_ids, person=person, services=services)
    _answer_list(payout, as_json=as_json)


@group.command()
def sign(
    *,
    refund_id: Id,
    person: Person,
    digest: Digest = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign the approval form that a case is on, as the next person."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.refund_pay import sign as sign_form

        payout = sign_form(refund_id, person=person, digest=digest, services=services)
    _answer_list(payout, as_json=as_json)


@group.command()
def correct(
    *,
    refund_id: Id,
    account_no: AccountNo = None,
    account_name: AccountName = None,
    bank: Bank = None,
    bank_no: BankNo = None,
    explanation: Annotated[
        str | None, typer.Option("--explanation", help="What was found out, if asked for.")
    ] = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Pay a returned refund again with its corrected account; others must sign anew."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.correction import Correction
        from hub.flows.refund_pay import correct as correct_case

        correction = Correction(
            item_id=0, account_no=account_no, account_name=account_name, bank=bank,
            bank_no=bank_no, explanation=explanation,
        )  # fmt: skip
        payout = correct_case(refund_id, correction, person=person, services=services)
    _answer_list(payout, as_json=as_json)


@group.command()
def cancel(
    refund_id: Id,
    person: Person,
    reason: Reason,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Cancel a case of which no payment is under way."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.refund import cancel as cancel_case

        refund = cancel_case(refund_id, person=person, reason=reason, services=services)
    _answer(refund, {}, as_json=as_json)


def _paper(text: str) -> tuple[str, Path]:
    kind, _, name = text.partition("=")
    path = Path(name)
    if not name or not path.is_file():
        raise typer.BadParameter(f"KIND=FILE with a file that is there: {text}")
    return kind, path


def _lacking(refund: Refund, services: Services) -> dict[str, str]:
    from hub.flows.refund import missing

    with services.store.read() as uow:
        return dict(missing(refund, uow.refunds.documents(refund.id), services))


def _answer(refund: Refund, lacking: dict[str, str], *, as_json: bool) -> None:
    line: dict[str, Any] = {**line_of(refund), "missing": lacking}

    def text() -> None:
        say(f"✓ {refund.number}（{refund.cause.zh}）：{line['yuan']} 元，{refund.state.zh}")
        for code, name in lacking.items():
            say(f"  缺材料 missing: {name}  --document {code}=…")

    emit(line, as_json=as_json, text=text)
    if lacking:
        raise typer.Exit(Exit.FOUND)


def _answer_list(payout: PayoutList, *, as_json: bool) -> None:
    line = list_line(payout)

    def text() -> None:
        say(
            f"✓ 审批表 {payout.id}（{payout.title}）：{payout.state.zh}，"
            f"{line['items']} 笔 {line['yuan']} 元，签署 {line['signed']}/{line['needs']}"
        )

    emit(line, as_json=as_json, text=text)
    if payout.item_count < payout.stated_count:
        raise typer.Exit(Exit.FOUND)
