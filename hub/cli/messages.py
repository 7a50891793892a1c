"""`hub messages` and `hub quarantine`: what was sent, what arrived, what nobody could use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say, table

if TYPE_CHECKING:
    from hub.store.message_rows import MessageIn, MessageOut
    from hub.store.quarantine import Quarantined

messages = typer.Typer(
    name="messages",
    help="消息 · Messages of every road: list, resend.",
    no_args_is_help=True,
)
quarantine = typer.Typer(
    name="quarantine",
    help="隔离区 · Messages that nobody could use: list, show, redrive, drop.",
    no_args_is_help=True,
)

Person = Annotated[str, typer.Option("--person", help="Who decides it (姓名).")]
Id = Annotated[int, typer.Argument(help="Number in quarantine.", min=1)]
Limit = Annotated[int, typer.Option(help="At most so many, latest first.", min=1)]

_OUT = ("id", "road", "key", "message_id", "state", "attempts", "note", "changed_at")
_IN = ("id", "road", "queue", "sender", "key", "message_id", "state", "note", "received_at")
_QUARANTINED = ("id", "queue", "source", "key", "message_id", "reason", "size_bytes", "state", "at")


def register(app: typer.Typer) -> None:
    """Add `hub messages` and `hub quarantine`."""
    app.add_typer(messages)
    app.add_typer(quarantine)


@messages.command("list")
def list_(
    out: Annotated[bool, typer.Option("--out", help="Those that we send.")] = False,
    state: Annotated[
        str | None,
        typer.Option(help="new, applied, refused, parked; out: queued, confirmed, blocked."),
    ] = None,
    limit: Limit = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List messages that arrived, or with --out those to send."""
    with services_of(config, as_json=as_json) as services:
        from hub.store.messages import InState, OutState

        wanted = chosen(OutState if out else InState, state, "--state")
        with services.store.read() as uow:
            if out:
                rows = [_out(one) for one in uow.messages.list_out(state=wanted, limit=limit)]
            else:
                rows = [_in(one) for one in uow.messages.list_in(state=wanted, limit=limit)]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_OUT if out else _IN))


@messages.command()
def resend(
    message: Annotated[int, typer.Argument(help="Number of the blocked message.", min=1)],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let a blocked message go again, after the topology or the permissions were mended."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.message_dispatch import resend as order

        row = _out(order(message, person=person, services=services))
    emit(row, as_json=as_json, text=lambda: say(f"✓ {row['id']} → {row['state']}"))


@quarantine.command("list")
def list_quarantined(
    state: Annotated[str, typer.Option(help="open, redriven or dropped.")] = "open",
    limit: Limit = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List messages in quarantine; exit code 1 when there are open ones."""
    with services_of(config, as_json=as_json) as services:
        from hub.store.quarantine import QuarantineState

        wanted = chosen(QuarantineState, state, "--state")
        with services.store.read() as uow:
            rows = [_held(one) for one in uow.quarantine.list(state=wanted, limit=limit)]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_QUARANTINED))
    if rows and wanted is QuarantineState.OPEN:
        raise typer.Exit(Exit.FOUND)


@quarantine.command()
def show(number: Id, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show one message in quarantine with its reason; bytes that are no text are escaped."""
    with services_of(config, as_json=as_json) as services, services.store.read() as uow:
        found = uow.quarantine.get(number)
        shown = {
            **_held(found),
            "note": found.note,
            "headers": dict(found.headers),
            "body": None if found.body is None else found.body.decode("utf-8", "backslashreplace"),
        }
    emit(
        shown,
        as_json=as_json,
        text=lambda: table([{"": k, "隔离 quarantine": str(v)} for k, v in shown.items()]),
    )


@quarantine.command()
def redrive(
    number: Id, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Let a message be tried again, as after a correction here; nothing has its effect twice."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.message_intake import redrive as order

        due = order(number, person=person, services=services)
    emit({"id": number, "due": due}, as_json=as_json, text=lambda: say(f"✓ {number} → {due}"))


@quarantine.command()
def drop(
    number: Id, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Settle a message without any effect; it stays readable."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.message_intake import drop as order

        order(number, person=person, services=services)
    done = {"id": number, "state": "dropped"}
    emit(done, as_json=as_json, text=lambda: say(f"✓ {number} → dropped"))


def _out(one: MessageOut) -> dict[str, Any]:
    return {
        "id": one.id, "road": one.road, "key": one.message.key, "message_id": one.message.id,
        "type": one.message.type, "size_bytes": len(one.message.body), "state": one.state.value,
        "attempts": one.attempts, "note": one.note, "changed_at": one.changed_at,
    }  # fmt: skip


def _in(one: MessageIn) -> dict[str, Any]:
    return {
        "id": one.id, "road": one.road, "queue": one.queue, "sender": one.message.sender,
        "key": one.message.key, "message_id": one.message.id, "type": one.message.type,
        "size_bytes": len(one.message.body), "sha256": one.sha256, "state": one.state.value,
        "note": one.note, "received_at": one.received_at,
    }  # fmt: skip


def _held(one: Quarantined) -> dict[str, Any]:
    return {
        "id": one.id, "road": one.road, "queue": one.queue, "source": one.source, "key": one.key,
        "message_id": one.message_id, "type": one.type, "reason": one.reason,
        "size_bytes": one.size_bytes, "sha256": one.sha256, "message_in": one.message_in,
        "state": one.state.value, "at": one.at, "ended_by": one.ended_by,
    }  # fmt: skip
