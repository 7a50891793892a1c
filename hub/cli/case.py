"""`hub case`: relation transfers, from the application to the end; what an office decides."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import case_export, case_funds, case_paper, case_receipts, case_show, case_talk
from hub.cli.case_read import (
    AccountName,
    AccountNo,
    Bank,
    BankNo,
    File,
    Id,
    Number,
    On,
    account_of,
    answer,
    day_of,
    rows_of,
)
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json  # noqa: TC001 -- Typer resolves annotations
from hub.cli.payout import AsOf, Person  # noqa: TC001 -- Typer resolves annotations

group = typer.Typer(
    name="case",
    help="关系转移 · Transfers of relations: apply, agree, form, money, continue, and what is due.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add `hub case`."""
    case_show.register_views(group)
    case_talk.register_talk(group)
    case_export.register_export(group)
    case_funds.register_funds(group)
    case_receipts.register_receipts(group)
    case_paper.register_papers(group)
    app.add_typer(group)


@group.command()
def apply(
    *,
    direction: Annotated[str, typer.Argument(help="in (转入) or out (转出).")],
    kind: Annotated[
        str, typer.Option(help="pension, medical, unemployment or unemployment_benefit.")
    ],
    person_id: Annotated[str, typer.Option("--person-id", help="The applicant's identity number.")],
    name: Annotated[str, typer.Option("--name", help="The applicant's name.")],
    other: Annotated[str, typer.Option("--other", help="Region code of the other office.")],
    ref: Annotated[
        str | None, typer.Option("--ref", help="Case number on the other office's paper, if any.")
    ] = None,
    on: On = None,
    paper: Annotated[
        bool, typer.Option("--paper", help="The other office has no hub: all goes on paper.")
    ] = False,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Accept an application (受理); a case that a letter or money began is joined."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.transfer_kinds import Direction, Kind
        from hub.flows.transfer_apply import Application
        from hub.flows.transfer_apply import apply as accept

        asked = Application(
            direction=chosen(Direction, direction, "DIRECTION"),
            kind=chosen(Kind, kind, "--kind"),
            person_id=person_id,
            person_name=name,
            counterpart=other,
            ref=ref,
            on=on.date() if on is not None else None,
            on_paper=paper,
        )
        case = accept(asked, person=person, services=services)
    answer(case, as_json=as_json)


@group.command()
def arrears(
    *,
    case_id: Id,
    owed: Annotated[str, typer.Argument(help="Yuan that are owed, such as 120.50; 0 for none.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Note what the person or unit owes (欠费核查); while it is not 0 our clock stands."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.money import parse_yuan
        from hub.flows.transfer_desk import check_arrears

        case = check_arrears(case_id, parse_yuan(owed), person=person, services=services)
    answer(case, as_json=as_json)


@group.command()
def consent(
    *,
    case_id: Id,
    number: Number = None,
    on: On = None,
    account_name: AccountName = None,
    account_no: AccountNo = None,
    bank: Bank = None,
    bank_no: BankNo = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Propose our consent (同意转入) for signing; at the old place: note theirs from paper."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.transfer_facts import Consent
        from hub.flows.transfer_decide import propose_consent
        from hub.flows.transfer_desk import note_consent

        account = account_of(account_name, account_no, bank, bank_no)
        if number is None:
            case = propose_consent(case_id, account=account, person=person, services=services)
        else:
            letter = Consent(on=day_of(on, services), number=number, account=account, typed=True)
            case = note_consent(case_id, letter, person=person, services=services)
    answer(case, as_json=as_json)


@group.command()
def form(
    *,
    case_id: Id,
    amount: Annotated[str, typer.Option("--amount", help="Yuan to be transferred; 0 for none.")],
    number: Number = None,
    on: On = None,
    epoch: Annotated[
        int, typer.Option("--epoch", help="Ownership number on their form; 1 if none.", min=1)
    ] = 1,
    file: File = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Propose our form (转移表) for signing; at the new place: note theirs from paper."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.money import parse_yuan
        from hub.domain.transfer_facts import Form
        from hub.flows.transfer_decide import propose_form
        from hub.flows.transfer_desk import note_form

        rows, amount_fen = rows_of(file), parse_yuan(amount)
        if number is None:
            case = propose_form(
                case_id, amount_fen=amount_fen, items=rows.items, years=rows.years,
                person=person, services=services,
            )  # fmt: skip
        else:
            theirs = Form(
                on=day_of(on, services), number=number, amount_fen=amount_fen, epoch=epoch,
                items=rows.items, years=rows.years, typed=True,
            )  # fmt: skip
            case = note_form(case_id, theirs, person=person, services=services)
    answer(case, as_json=as_json)


@group.command()
def funds(
    *,
    case_id: Id,
    number: Annotated[str, typer.Option("--number", help="Number of the voucher (凭证号).")],
    amount: Annotated[str, typer.Option("--amount", help="Yuan.")],
    on: On = None,
    back: Annotated[
        bool, typer.Option("--back", help="The money went back to the old place (退回).")
    ] = False,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Note one payment (逐笔): credited here, or sent by us, which the other office is told."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.money import parse_yuan
        from hub.flows.transfer_desk import note_funds, note_returned

        act = note_returned if back else note_funds
        case = act(
            case_id, number, parse_yuan(amount), day_of(on, services), person=person,
            services=services,
        )  # fmt: skip
    answer(case, as_json=as_json)


@group.command("continue")
def continue_(
    *,
    case_id: Id,
    on: On = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Propose to continue the relation (接续) for signing; old place, on paper: note that it is."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.transfer_kinds import Direction
        from hub.flows.transfer_decide import propose_continuation
        from hub.flows.transfer_desk import note_completed

        with services.store.read() as uow:
            side = uow.transfers.get(case_id).direction
        if side is Direction.IN:
            case = propose_continuation(case_id, person=person, services=services)
        else:
            day = day_of(on, services)
            case = note_completed(case_id, day, person=person, services=services)
    answer(case, as_json=as_json)


@group.command()
def sign(
    *,
    case_id: Id,
    digest: Annotated[
        str | None, typer.Option("--digest", help="What you saw: the digest that `show` gave.")
    ] = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign what is proposed as the next person; the last signature carries it out and sends it."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_decide import sign as sign_case

        case = sign_case(case_id, person=person, digest=digest, services=services)
    answer(case, as_json=as_json)
