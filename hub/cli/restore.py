"""`hub restored`, `hub restore`: a store that went back, and what is outside of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path  # noqa: TC003 -- Typer reads it
from typing import Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, open_settings, services_of
from hub.cli.output import Exit, Json, emit, refusals, say, table

group = typer.Typer(
    name="restore",
    help="恢复 · After a restore: what is outside, and how the block ends.",
    no_args_is_help=True,
)

Person = Annotated[str, typer.Option("--person", help="Who does it, by full name.")]
Why = Annotated[
    str | None, typer.Option("--reason", help="Why; the first of the two people says it.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Business day; default: today."),
]

_FILES = ("id", "state", "channel", "name", "delivered", "source", "reason", "proposed_by")


def register(app: typer.Typer) -> None:
    """Add `hub restored` and `hub restore`."""
    app.command("restored")(restored)
    app.add_typer(group)


def restored(
    by: Annotated[str, typer.Option("--by", help="Who says so, by full name.")],
    reason: Annotated[str, typer.Option(help="From what, and what may be missing.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Declare that the store was restored (声明已恢复): nothing leaves until it is reconciled."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.restored import declare

        found = asdict(declare(services, person=by, reason=reason))
    emit(found, as_json=as_json, text=lambda: say(_WORDS.format(**found)))


@group.command("from")
def from_(
    *,
    backup: Annotated[
        Path, typer.Argument(help="Folder of one backup.", exists=True, file_okay=False)
    ],
    by: Annotated[str, typer.Option("--by", help="Who restores, by full name.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make an empty place a hub again from a backup (恢复); nothing leaves before `lift`."""
    with refusals(as_json=as_json):
        from hub.app.restoring import restore_from

        found = asdict(restore_from(open_settings(config), backup, person=by))
    emit(found, as_json=as_json, text=lambda: say(_WORDS.format(**found)))


@group.command()
def show(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show the block, what is outside and missing; exit code 1 while nothing may leave."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.restore_settle import missing

        with services.store.read() as uow:
            restore = uow.restores.open()
            files = [asdict(one) for one in uow.restores.files()]
            lost = [
                {"peer": peer, "first": first, "last": last}
                for peer, first, last in uow.restores.numbers_lost()
            ]
            lacking = missing(uow, restore) if restore else []
    found = {
        "open": asdict(restore) if restore else None, "missing": lacking, "files": files,
        "numbers_lost": lost,
    }  # fmt: skip
    emit(found, as_json=as_json, text=lambda: _say(found))
    if restore is not None:
        raise typer.Exit(Exit.FOUND)


@group.command()
def scan(as_of: AsOf = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Look through books, channels and archive (清点库外); exit code 1 if something is unknown."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.restore_scan import scan as look

        done = asdict(look(services))

    def text() -> None:
        for key, names in done.items():
            say(f"{_SCANNED[key]}: {len(names)}")
            for name in names:
                say(f"  {name}")

    emit(done, as_json=as_json, text=text)
    if done["open"] or done["unseen"] or done["lost"]:
        raise typer.Exit(Exit.FOUND)


@group.command()
def adopt(
    *,
    list_id: Annotated[int, typer.Argument(help="Number of the approved list.", min=1)],
    person: Person,
    debits: Annotated[
        bool, typer.Option("--debits", help="It is a list of direct debits.")
    ] = False,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Release an approved list as the files that left already (认领); nothing is sent."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.domain.way import Way
        from hub.flows.restore_adopt import adopt as adopt_list

        way = Way.DEBIT if debits else Way.PAYOUT
        released = adopt_list(list_id, person=person, services=services.on(way))
    rows = [
        {"batch": one.id, "bank": one.bank, "file": one.file_name, "items": one.item_count}
        for one in released.batches
    ]
    emit(rows, as_json=as_json, text=lambda: table(rows))


@group.command()
def explain(
    *,
    file_id: Annotated[int, typer.Argument(help="Number of the file outside.", min=1)],
    person: Person,
    reason: Why = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Say what a file outside was (说明) when it cannot be adopted; a second person agrees."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.restore_settle import explain as explain_file

        found = asdict(explain_file(file_id, person=person, reason=reason, services=services))
    emit(found, as_json=as_json, text=lambda: table([found], columns=_FILES))


@group.command()
def peer(
    *,
    region: Annotated[str, typer.Argument(help="Code of the other region.")],
    last: Annotated[int, typer.Option(help="Last number that it has from us.", min=0)],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Note the last number of ours that another region says it has; ours go on after it."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.restore_settle import peer_told

        peer_told(region, last, person=person, services=services)
    emit({"peer": region, "last": last}, as_json=as_json, text=lambda: say(f"✓ {region}: {last}"))


@group.command()
def lift(
    *,
    person: Person,
    reason: Why = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """End the block (解除冻结): one person proposes, another ends it; both look again first."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.restore_settle import lift as lift_block

        found = asdict(lift_block(person=person, reason=reason, services=services))
    done = found["lifted_by"] is not None
    words = (
        "✓ 已解除冻结 · the block has ended"
        if done
        else "✓ 已提出，待另一人确认 · proposed; another person must agree"
    )
    emit(found, as_json=as_json, text=lambda: say(words))


_WORDS = (
    "✗ 已声明数据回退，纪元 {epoch}，外发冻结 · the store went back, epoch {epoch}: nothing leaves"
)
_SCANNED = {
    "taken_in": "重新收入 · taken in again",
    "lost": "原件已失，请对方重发 · bytes are lost, ask the partner",
    "delivered": "确认已送达 · found to be delivered",
    "not_sent": "确认未发出 · found not to have left",
    "open": "库内无记录 · outside and unknown",
    "unseen": "渠道无法查看 · channels that could not be looked at",
}


def _say(found: dict[str, Any]) -> None:
    restore = found["open"]
    if restore is None:
        say("✓ 数据未回退，或已由两人解除 · nothing is blocked")
    else:
        say(
            f"✗ 外发冻结 · nothing leaves: {restore['cause'].zh}, epoch {restore['epoch']},"
            f" 库内末行 row {restore['head_n']}, 水位 mark {restore['mark_n'] or '-'}"
        )
    if found["files"]:
        table(found["files"], columns=_FILES, title="库外文件 · files outside")
    if found["numbers_lost"]:
        table(found["numbers_lost"], title="不再使用的报文编号 · numbers passed over")
    for one in found["missing"]:
        say(f"  待办 missing: {one}")
