"""`hub payout`, what people do: import, sign, decline, cancel, release, reissue."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say
from hub.cli.payout import AsOf, Id, Person, Reason, group, line_of

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `hub payout`, which loading it has done."""


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The desk's list.", exists=True, dir_okay=False)],
    channel: Annotated[
        str, typer.Option("--channel", help="Channel whose layouts it has.")
    ] = "benefits-in",
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take in a desk's list (明细清单) and check it, as if it had come by its channel."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.payout_import import import_list

        payout = import_list(file, channel, services)
    _answer(payout, as_json=as_json)
    if payout.item_count < payout.stated_count:
        raise typer.Exit(Exit.FOUND)


@group.command()
def sign(
    *,
    list_id: Id,
    person: Person,
    digest: Annotated[
        str | None, typer.Option("--digest", help="What you saw: the digest that `show` gave.")
    ] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign the approval form as the next person (初审, 复核, 审批)."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.payout_approval import sign as sign_list

        payout = sign_list(list_id, person=person, digest=digest, services=services)
    _answer(payout, as_json=as_json)


@group.command()
def decline(
    list_id: Id,
    person: Person,
    reason: Reason,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take all signatures back (退回)."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.payout_approval import decline as decline_list

        payout = decline_list(list_id, person=person, reason=reason, services=services)
    _answer(payout, as_json=as_json)


@group.command()
def cancel(
    list_id: Id,
    person: Person,
    reason: Reason,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Cancel a list that was not released; what it would have paid is free again."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.payout_approval import cancel as cancel_list

        payout = cancel_list(list_id, person=person, reason=reason, services=services)
    _answer(payout, as_json=as_json)


@group.command()
def release(
    *,
    list_id: Id,
    person: Person,
    next_day: Annotated[
        bool,
        typer.Option("--next-day", help="After a bank's cutoff: take its next banking day."),
    ] = False,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Release an approved list to its banks (拨付); there is no way back."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.payout_release import release as release_list

        done = release_list(list_id, person=person, next_day=next_day, services=services)
    files = [
        {"bank": one.bank, "business_on": one.business_on, "file_name": one.file_name}
        for one in done.batches
    ]
    _answer(done.payout, as_json=as_json, files=files)


@group.command()
def reissue(
    *,
    corrections: Annotated[
        Path,
        typer.Argument(
            help="CSV with item_id and, where they change, account_no, account_name, bank, "
            "bank_no.",
            exists=True,
            dir_okay=False,
        ),
    ],
    person: Person,
    title: Annotated[str | None, typer.Option("--title", help="What it is called.")] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a list that pays returned items again (补发); others must sign it."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.payout_reissue import draft_reissue, read_corrections

        asked = read_corrections(corrections)
        payout = draft_reissue(asked, person=person, title=title, services=services)
    _answer(payout, as_json=as_json)
    if payout.item_count < payout.stated_count:
        raise typer.Exit(Exit.FOUND)


def _answer(
    payout: PayoutList, *, as_json: bool, files: list[dict[str, Any]] | None = None
) -> None:
    line = {**line_of(payout), "files": files or []}

    def text() -> None:
        say(
            f"✓ 清单 {payout.id}（{payout.title}）：{payout.state.zh}，"
            f"{line['items']} 笔 {line['yuan']} 元，签署 {line['signed']}/{line['needs']}"
        )
        if payout.item_count < payout.stated_count:
            struck = payout.stated_count - payout.item_count
            say(f"  {struck} 笔未通过校验 (refused): hub payout show {payout.id}")
        for one in line["files"]:
            say(f"  {one['bank']} {one['business_on']} {one['file_name']}")

    emit(line, as_json=as_json, text=text)
