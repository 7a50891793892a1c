"""`hub case`, the money that goes out: the form's sums, the fund list, remittances, balances."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.case_read import AccountName, AccountNo, BankNo, Id, answer
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.payout import AsOf, Person, Reason  # noqa: TC001 -- Typer resolves annotations

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList
    from hub.domain.transfer_remittance import Remittance
    from hub.flows.transfer_remit import Promised

Other = Annotated[str | None, typer.Option("--other", help="Only with this region.")]
Month = Annotated[
    datetime | None, typer.Option("--month", formats=["%Y-%m"], help="Such as 2026-11.")
]
Payer = Annotated[str, typer.Option("--bank", help="The bank that pays, by code or name.")]
_LISTED = ("case", "ref", "person", "counterpart", "fund", "yuan", "account", "month_end",
           "why_not")  # fmt: skip
_REMITTED = ("id", "number", "case", "counterpart", "fund", "month", "yuan", "state_zh", "list_id")
_BALANCE = ("region", "month", "sent_yuan", "confirmed_yuan", "on_its_way_yuan", "returned_yuan",
            "received_yuan", "joined_yuan", "suspense_yuan", "sent_back_yuan")  # fmt: skip


def register_funds(group: typer.Typer) -> None:
    """Add the commands of this module to `hub case`."""
    for command in (
        check, query, accept_form, fund_list, remit, remit_again, remittances, balance,
    ):  # fmt: skip
        group.command(command.__name__.replace("_", "-"))(command)


def check(case_id: Id, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Compute the sums of a form again; exit code 1 unless all of it is found to be right."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.transfer_judge import check as judged
        from hub.flows.transfer_judge import shown

        case, found, accepted_by = judged(case_id, services)
        data = {"case": case.id, "ref": case.ref, **shown(found), "accepted_by": accepted_by}

    def text() -> None:
        say(f"转移案 {case.id}（{case.ref}）转移表复算：{data['verdict_zh']} {data['verdict']}")
        if data["first"]:
            one = data["first"]
            say(f"  首处不符 {one['year'] or ''} {one['item_zh']}："
                f"表列 {one['stated']}，复算 {one['computed']}")  # fmt: skip
        table(data["differences"])
        for one in data["unknown"]:
            say(f"  未能复算 {one['year'] or ''} {one['item']}（缺 {one['why']}）")

    emit(data, as_json=as_json, text=text)
    if data["verdict"] != "accept":
        raise typer.Exit(Exit.FOUND)


def query(
    case_id: Id,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Ask the old place about the first figure that differs (查询), with both figures."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_judge import query as ask

        case = ask(case_id, person=person, services=services)
    answer(case, as_json=as_json)


def accept_form(
    *,
    case_id: Id,
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Accept a form in spite of what was found about its sums (有保留认可), with a reason."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_judge import accept, shown

        found = shown(accept(case_id, reason, person=person, services=services))
    emit(found, as_json=as_json, text=lambda: say(f"✓ 已认可：{found['verdict_zh']}"))


def fund_list(
    other: Other = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List whose money is to be sent, how much and where to (转移人员清单、基金明细)."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_remit import fund_list as promised

        found = promised(services, counterpart=other)
        rows = [_promised(one) for one in found]
        total = _yuan(sum(one.owed.amount_fen for one in found))

    def text() -> None:
        table(rows, columns=_LISTED)
        say(f"{len(rows)} 人，合计 {total} 元")

    emit(rows, as_json=as_json, text=text)


def remit(
    *,
    case_ids: Annotated[list[int], typer.Argument(help="Numbers of cases on the list.")],
    bank: Payer,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make the approval form (拨付审批表) of some cases; sign and release it with `hub payout`."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.transfer_remit import draft

        payout = draft(case_ids, bank=bank, person=person, services=services)
    say_form(payout, as_json=as_json)


def remit_again(
    *,
    remittance_id: Annotated[int, typer.Argument(help="Number of the remittance.", min=1)],
    account_no: AccountNo = None,
    account_name: AccountName = None,
    bank: Annotated[str | None, typer.Option("--bank", help="Another bank that pays.")] = None,
    bank_no: BankNo = None,
    explanation: Annotated[
        str | None, typer.Option("--explanation", help="What was found out.")
    ] = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Pay what the bank sent back again, corrected, under the same case; others sign anew."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.correction import Correction
        from hub.flows.transfer_remit import correct

        correction = Correction(
            item_id=0, account_no=account_no, account_name=account_name, bank=bank,
            bank_no=bank_no, explanation=explanation,
        )  # fmt: skip
        payout = correct(remittance_id, correction, person=person, services=services)
    say_form(payout, as_json=as_json)


def remittances(
    state: Annotated[
        str | None, typer.Option(help="listed, sent, paid, returned or cancelled.")
    ] = None,
    other: Other = None,
    month: Month = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List remittances with where each is."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.transfer_remittance import RemittanceState

        wanted = chosen(RemittanceState, state, "--state")
        with services.store.read() as uow:
            found = uow.remittances.list(state=wanted, counterpart=other, month=_month(month))
            rows = [
                {**_remitted(one),
                 "list_id": uow.payout_items.get(one.item_id).list_id if one.item_id else None}
                for one in found
            ]  # fmt: skip
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_REMITTED))


def balance(month: Month = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show by region and month where money sent and money received is (资金守恒)."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.transfer_balance import by_region

        found = by_region(services, month=_month(month))
    rows = [{"region": one.region, "month": one.month, **_in_yuan(asdict(one))} for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_BALANCE))


def say_form(payout: PayoutList, *, as_json: bool) -> None:
    """Say which approval form was made, and what comes next."""
    data = {
        "list": payout.id, "title": payout.title, "fund": payout.fund, "items": payout.item_count,
        "yuan": _yuan(payout.total_fen), "needs": payout.approval.levels,
        "state": payout.state.value, "digest": payout.digest,
    }  # fmt: skip

    def text() -> None:
        say(f"✓ 审批表 {payout.id}：{payout.title}，{payout.item_count} 笔，{data['yuan']} 元")
        say(f"  下一步 next: hub payout sign {payout.id} --person …（须 {data['needs']} 人）；"
            f"hub payout release {payout.id} --person …")  # fmt: skip

    emit(data, as_json=as_json, text=text)


def _promised(one: Promised) -> dict[str, Any]:
    from hub.domain.codes import bank_account, person_id, shape

    case, account = one.owed.case, one.account
    return {
        "case": case.id, "ref": case.ref, "person": shape.mask_name(case.person_name),
        "person_id": person_id.mask(case.person_id), "counterpart": case.counterpart,
        "fund": case.kind.fund, "amount_fen": one.owed.amount_fen,
        "yuan": _yuan(one.owed.amount_fen),
        "account": bank_account.mask(account.no) if account else None,
        "account_name": account.name if account else None, "month_end": one.month_end,
        "why_not": one.why_not,
    }  # fmt: skip


def _remitted(one: Remittance) -> dict[str, Any]:
    return {
        "id": one.id, "number": one.number, "case": one.case_id, "counterpart": one.counterpart,
        "fund": one.fund, "month": one.month, "amount_fen": one.amount_fen,
        "yuan": _yuan(one.amount_fen), "state": one.state.value, "state_zh": one.state.zh,
    }  # fmt: skip


def _in_yuan(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name.endswith("_fen"):
            found |= {name: value, f"{name.removesuffix('fen')}yuan": _yuan(value)}
    return found


def _month(month: datetime | None) -> int | None:
    return month.year * 100 + month.month if month is not None else None


def _yuan(fen: int) -> str:
    from hub.domain.money import yuan_display

    return yuan_display(fen)
