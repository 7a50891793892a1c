"""`hub exchange`: signed messages with other regions, as they were kept, and their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.region import Person, chosen

if TYPE_CHECKING:
    from hub.domain.region_message import RegionMessage

group = typer.Typer(
    name="exchange",
    help="协同报文 · Signed messages with other regions: what was sent, what came, receipts.",
    no_args_is_help=True,
)
_COLUMNS = ("at", "direction", "peer", "type", "case", "sequence", "state", "delivered_at", "code",
            "id")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `hub exchange`."""
    app.add_typer(group)


@group.command("list")
def list_(
    peer: Annotated[str | None, typer.Option("--peer", help="Only with this region.")] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state", help="sent, delivered, declined (ours), parked, applied, refused (theirs)."
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many.", min=1)] = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List messages, the latest first."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.region_message import MessageState

        wanted = chosen(MessageState, state, "--state") if state else None
        with services.store.read() as uow:
            found = uow.region_messages.list(peer=peer, state=wanted, limit=limit)
        rows = [_line(one) for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_COLUMNS))


@group.command()
def show(
    message_id: Annotated[str, typer.Argument(help="The message's id, 32 hex digits.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Show a message with its envelope and body; exit code 1 when there is none of that id."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        found = uow.region_messages.of_id(message_id)
    lines = [
        {**_line(one), "envelope": one.envelope.as_json(), "body": one.sealed().read_body()}
        for one in found
    ]
    emit(lines, as_json=as_json, text=lambda: _say_lines(lines))
    if not found:
        raise typer.Exit(Exit.FOUND)


@group.command()
def skip(
    peer: Annotated[str, typer.Argument(help="Region code of the sender.")],
    person: Person,
    reason: Annotated[str, typer.Option("--reason", help="Why what is missing cannot come.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Stop waiting for messages that a region has lost for good; what waits behind them goes on."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.region_order import skip as skip_gap

        number = skip_gap(peer, person=person, reason=reason, services=services)
    emit(
        {"peer": peer, "next": number}, as_json=as_json,
        text=lambda: say(f"✓ {peer}：从 {number} 号继续 · goes on with number {number}"),
    )  # fmt: skip


def _line(message: RegionMessage) -> dict[str, Any]:
    from hub.flows.region_receipts import proof_of_delivery

    envelope = message.envelope
    return {
        "at": message.at,
        "direction": message.direction.value,
        "peer": message.peer,
        "type": envelope.type,
        "case": envelope.case_ref,
        "sequence": envelope.sequence,
        "state": message.state.value,
        "state_zh": message.state.zh,
        "delivered_at": proof_of_delivery(message),
        "code": message.code,
        "id": message.id,
        "sha256": message.sha256,
    }


def _say_lines(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        for name, value in line.items():
            say(f"{name}: {value}")
