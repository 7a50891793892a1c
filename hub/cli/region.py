"""`hub region`: the directory of regions (地区目录), changed by two people; our own signing key."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path  # noqa: TC003 -- Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, refusals, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.region_directory import Record

group = typer.Typer(
    name="region",
    help="地区目录 · Other regions: offices, accounts, keys; two people change them.",
    no_args_is_help=True,
)
_COLUMNS = ("id", "state", "kind", "code", "valid_from", "valid_until", "facts", "by")

Person = Annotated[str, typer.Option("--person", help="Who does it, by name.")]
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="As of this day; today if not given."),
]
Day = Annotated[
    datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Its last day, if known.")
]
Which = Annotated[
    list[int] | None, typer.Argument(help="Numbers of proposed entries.", show_default=False)
]
Batch = Annotated[
    str | None, typer.Option("--batch", help="All that are open of one import, by its batch.")
]
KIND = "region, office, account or key."


def register(app: typer.Typer) -> None:
    """Add `hub region`."""
    app.add_typer(group)


@group.command("list")
def list_(
    kind: Annotated[str | None, typer.Option("--kind", help="Only " + KIND)] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", help="Entries of any day: proposed, confirmed or refused."),
    ] = None,
    on: On = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List what holds on a day, or entries in a state; account numbers are masked."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.region_directory import Kind, RecordState

        wanted = chosen(Kind, kind, "--kind") if kind else None
        with services.store.read() as uow:
            if state:
                which = chosen(RecordState, state, "--state")
                found = uow.regions.list(kind=wanted, state=which)
            else:
                day = on.date() if on else services.today()
                found = uow.regions.holding(day, kind=wanted)
    _answer(found, as_json=as_json)


@group.command()
def show(
    *,
    code: Annotated[str, typer.Argument(help="Region code, six digits.")],
    on: On = None,
    history: Annotated[bool, typer.Option("--history", help="Entries of every day.")] = False,
    accounts: Annotated[
        bool, typer.Option("--accounts", help="Account numbers in full, to pay to.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show one region: office, accounts, keys; exit code 1 when nothing is known of it."""
    with (
        services_of(config, as_json=as_json) as services,
        services.store.read() as uow,
    ):
        day = on.date() if on else services.today()
        found = uow.regions.list(code=code) if history else uow.regions.holding(day, code=code)
    _answer(found, as_json=as_json, in_full=accounts)
    if not found:
        raise typer.Exit(Exit.FOUND)


@group.command()
def propose(
    *,
    kind: Annotated[str, typer.Argument(help=KIND)],
    code: Annotated[str, typer.Argument(help="Region code, six digits.")],
    facts: Annotated[
        list[str], typer.Argument(help="NAME=VALUE, such as name=杭州市 or public_key=ed25519:...")
    ],
    valid_from: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Its first day; today if not given."),
    ] = None,
    until: Day = None,
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Propose an entry; it holds once another person has confirmed it."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.region_directory import Kind
        from hub.flows.region_directory import propose as propose_entry

        record = propose_entry(
            chosen(Kind, kind, "KIND"), code, dict(_fact(one) for one in facts), person=person,
            valid_from=valid_from.date() if valid_from else services.today(),
            valid_until=until.date() if until else None, services=services,
        )  # fmt: skip
    _answer([record], as_json=as_json)


@group.command()
def confirm(
    which: Which = None,
    batch: Batch = None,
    *,
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Confirm proposed entries (复核) as another person than the one who proposed them."""
    _decide(
        "confirmed", which=which, batch=batch, person=person, reason="", config=config,
        as_json=as_json,
    )  # fmt: skip


@group.command()
def refuse(
    which: Which = None,
    batch: Batch = None,
    *,
    person: Person,
    reason: Annotated[str, typer.Option("--reason", help="Why not.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Give proposed entries back (退回); they never hold."""
    _decide(
        "refused", which=which, batch=batch, person=person, reason=reason, config=config,
        as_json=as_json,
    )  # fmt: skip


@group.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A .csv or .toml file.", exists=True)],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Propose every entry of a file that is new, as one batch; a mistake refuses the whole file."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.region_directory import import_file

        found = import_file(file.read_bytes(), file=file.name, person=person, services=services)

    def text() -> None:
        batch = found[0].batch if found else "-"
        say(f"✓ 提出 {len(found)} 条，批次 {batch}，待另一人复核 · proposed, batch {batch}")
        if found:
            say(f"  hub region confirm --batch {batch} --person …")

    emit([_line(one) for one in found], as_json=as_json, text=text)


@group.command()
def keygen(
    out: Annotated[Path, typer.Option("--out", help="New file for the private key (0600).")],
    algorithm: Annotated[str, typer.Option("--algorithm", help="ed25519 or sm2.")] = "ed25519",
    as_json: Json = False,
) -> None:
    """Make a signing key; prints the public key that others enter in their directory."""
    with refusals(as_json=as_json):
        from hub.adapters.signing import PrivateKey, write_key_file

        if algorithm not in ("ed25519", "sm2"):
            raise typer.BadParameter("--algorithm ed25519|sm2")
        key = PrivateKey.generate(algorithm)
        write_key_file(key, out)
    _answer_key(key.public.id, key.public.text, as_json=as_json)


@group.command()
def key(config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show our own public key, to tell it to other regions by a way that is sure."""
    with services_of(config, as_json=as_json) as services:
        from hub.adapters.signing import own_public_key

        public = own_public_key(services.settings.exchange.private_key)
    _answer_key(public.id, public.text, as_json=as_json)


def _decide(
    state: str,
    *,
    which: list[int] | None,
    batch: str | None,
    person: str,
    reason: str,
    config: Path,
    as_json: bool,
) -> None:
    if bool(which) == bool(batch):
        raise typer.BadParameter("ID … or --batch, and not both")
    with services_of(config, as_json=as_json) as services:
        from hub.domain.region_directory import RecordState
        from hub.flows.region_directory import decide

        found = decide(
            batch or which or [], RecordState(state), person=person, reason=reason,
            services=services,
        )  # fmt: skip
    _answer(found, as_json=as_json)


def chosen(kind: type[Any], text: str, option: str) -> Any:  # noqa: ANN401 -- an enumeration's member
    """Return the member of an enumeration that an option names."""
    if text not in kind._value2member_map_:
        raise typer.BadParameter(f"{option}: {', '.join(one.value for one in kind)}")
    return kind(text)


def _fact(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise typer.BadParameter(f"NAME=VALUE: {text}")
    return name, value


def _line(record: Record, *, in_full: bool = False) -> dict[str, Any]:
    return {**asdict(record), "facts": record.shown(in_full=in_full)}


def _answer(found: Sequence[Record], *, as_json: bool, in_full: bool = False) -> None:
    def text() -> None:
        rows = [
            {
                **_line(one, in_full=in_full),
                "state": one.state.zh,
                "kind": one.kind.zh,
                "facts": "，".join(f"{k}={v}" for k, v in one.shown(in_full=in_full).items()),
                "by": f"{one.proposed_by} / {one.decided_by or '—'}",
            }
            for one in found
        ]
        table(rows, columns=_COLUMNS)

    emit([_line(one, in_full=in_full) for one in found], as_json=as_json, text=text)


def _answer_key(key_id: str, public: str, *, as_json: bool) -> None:
    def text() -> None:
        say(f"✓ 公钥 public key: {public}")
        say(f"  编号 id: {key_id}")
        say(f"  hub region propose key REGION public_key={public} --from … --person …")

    emit({"key_id": key_id, "public_key": public}, as_json=as_json, text=text)
