"""`hub debit`, what people do before banks answer: import, sign, decline, cancel, release."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 -- Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config
from hub.cli.debit import Id, debits_of, group, line_of
from hub.cli.output import Exit, Json, emit, say
from hub.cli.payout import AsOf, Person, Reason  # noqa: TC001

if TYPE_CHECKING:
    from hub.domain.payout import PayoutList


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `hub debit`, which loading it has done."""


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The desk's list.", exists=True, dir_okay=False)],
    channel: Annotated[
        str, typer.Option("--channel", help="Channel whose layouts it has.")
    ] = "contributions-in",
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take in a desk's list (代收清单) and check it, as if it had come by its channel."""
    with debits_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.payout_import import import_list

        listed = import_list(file, channel, services)
    answer(listed, as_json=as_json)
    if listed.item_count < listed.stated_count:
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
    with debits_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.payout_approval import sign as sign_list

        listed = sign_list(list_id, person=person, digest=digest, services=services)
    answer(listed, as_json=as_json)


@group.command()
def decline(
    list_id: Id,
    person: Person,
    reason: Reason,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Take all signatures back (退回)."""
    with debits_of(config, as_json=as_json) as services:
        from hub.flows.payout_approval import decline as decline_list

        listed = decline_list(list_id, person=person, reason=reason, services=services)
    answer(listed, as_json=as_json)


@group.command()
def cancel(
    list_id: Id,
    person: Person,
    reason: Reason,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Cancel a list that was not released; its contributions may be listed again."""
    with debits_of(config, as_json=as_json) as services:
        from hub.flows.payout_approval import cancel as cancel_list

        listed = cancel_list(list_id, person=person, reason=reason, services=services)
    answer(listed, as_json=as_json)


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
    """Release an approved list to its banks (送银行代收); there is no way back."""
    with debits_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.payout_release import release as release_list

        done = release_list(list_id, person=person, next_day=next_day, services=services)
    files = [
        {"bank": one.bank, "business_on": one.business_on, "file_name": one.file_name}
        for one in done.batches
    ]
    answer(done.payout, as_json=as_json, files=files)


def answer(listed: PayoutList, *, as_json: bool, files: list[dict[str, Any]] | None = None) -> None:
    """Say how far a list is."""
    line = {**line_of(listed), "files": files or []}

    def text() -> None:
        say(
            f"✓ 代收清单 {listed.id}（{listed.title}）：{line['zh']}，"
            f"{line['items']} 笔 {line['yuan']} 元，签署 {line['signed']}/{line['needs']}"
        )
        if listed.item_count < listed.stated_count:
            struck = listed.stated_count - listed.item_count
            say(f"  {struck} 笔未通过校验 (refused): hub debit show {listed.id}")
        for one in line["files"]:
            say(f"  {one['bank']} {one['business_on']} {one['file_name']}")

    emit(line, as_json=as_json, text=text)
