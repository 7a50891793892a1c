"""Forms on paper: `hub payout form|entrust|notices|stop-form|find`, of refunds, vouchers, cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.case import group as case_group
from hub.cli.case_read import Id as CaseId  # noqa: TC001 -- Typer resolves annotations
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say
from hub.cli.payout import Id, Person
from hub.cli.payout import group as payout_group
from hub.cli.refund import group as refund_group
from hub.cli.voucher import No
from hub.cli.voucher import group as voucher_group

if TYPE_CHECKING:
    from hub.flows.forms import Printed

Out = Annotated[Path, typer.Option("--out", help="PDF to write; its annex goes beside it.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to their groups, which loading it has done."""


@payout_group.command()
def form(list_id: Id, out: Out, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Print the approval form (拨付审批表) of a list, with its details as a workbook."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.forms import print_approval

        printed = print_approval(list_id, out, services)
    _answer(printed, as_json=as_json)


@payout_group.command()
def entrust(
    batch_id: Annotated[int, typer.Argument(help="Number of the batch in the hub.", min=1)],
    out: Out,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Print the order to the bank (银行托付单) of a batch, by unit, with its details."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.forms import print_entrust

        printed = print_entrust(batch_id, out, services)
    _answer(printed, as_json=as_json)


@payout_group.command()
def notices(
    *,
    list_id: Id,
    out: Out,
    person: Person,
    item_no: Annotated[
        int | None, typer.Option("--item", help="Only of this item (its number in the list).")
    ] = None,
    after: Annotated[
        int, typer.Option("--after", help="Begin behind this item number.", min=0)
    ] = 0,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Print notices for cash (一次性待遇现付通知单), two copies each; every print is noted."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.notices import print_notices

        printed = print_notices(
            list_id, out, person=person, item_no=item_no, after=after, services=services
        )
    _answer(printed, as_json=as_json)


@payout_group.command("stop-form")
def stop_form(
    item_id: Annotated[int, typer.Argument(help="Number of any item of the payee.", min=1)],
    out: Out,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Print 停发核定表 of a payee, or 恢复发放核定表 once the stops were lifted; two copies."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.stop_forms import print_stop

        printed = print_stop(item_id, out, services)
    _answer(printed, as_json=as_json)


@payout_group.command()
def find(
    code: Annotated[str, typer.Argument(help="What the scanner read: SIHUB/…")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Find the case of a printed form by its square code; exit code 1 if it shows another state."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.notices import find_form

        found = find_form(code, services)
    data: dict[str, Any] = {
        "form": found.code.kind.value, "form_zh": found.code.kind.zh, "subject": found.subject,
        "state": found.state, "state_zh": found.state_zh, "digest": found.digest,
        "is_same": found.is_same, "show": found.show,
    }  # fmt: skip

    def text() -> None:
        same = (
            "与纸面一致 (as on the paper)"
            if found.is_same
            else "与纸面不一致 (NOT as on the paper)"
        )
        say(f"{found.code.kind.zh} {found.subject}：{found.state_zh}，{same}")
        say(f"  {found.show}")

    emit(data, as_json=as_json, text=text)
    if not found.is_same:
        raise typer.Exit(Exit.FOUND)


@refund_group.command("print")
def print_refund(
    refund_id: Annotated[int, typer.Argument(help="Number of the refund case.", min=1)],
    out: Out,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Print the approval form that a case is on, with cause, documents and discrepancy."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.forms import print_refund as print_form

        printed = print_form(refund_id, out, services)
    _answer(printed, as_json=as_json)


@case_group.command()
def assess(
    case_id: CaseId, out: Out, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Print 《失业保险待遇核定表》 of a benefit transferred in (6-19), in two copies."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.transfer_assess import print_assessment

        printed = print_assessment(case_id, out, services)
    _answer(printed, as_json=as_json)


@voucher_group.command("print")
def print_voucher(no: No, out: Out, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Print a voucher (记账凭证) with the list of its originals."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.forms import print_voucher as print_form

        printed = print_form(no, out, services)
    _answer(printed, as_json=as_json)


def _answer(printed: Printed, *, as_json: bool) -> None:
    data = {
        "form": printed.kind.value, "form_zh": printed.kind.zh, "number": printed.number,
        "digest": printed.digest, "code": printed.code, "is_valid": printed.is_valid,
        "file": printed.file, "annex": printed.annex, "annex_sha256": printed.annex_sha256,
    }  # fmt: skip

    def text() -> None:
        state = "" if printed.is_valid else "（未审批、待到账或作废 not valid）"
        say(f"✓ {printed.kind.zh} {printed.number}{state}")
        say(f"  {printed.file}")
        if printed.annex is not None:
            say(f"  {printed.annex}  SHA-256 {printed.annex_sha256}")

    emit(data, as_json=as_json, text=text)
