"""`hub inbox`: what came in, what became of it, and letting a held file go on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say, table

if TYPE_CHECKING:
    from hub.store.inbox import Received

group = typer.Typer(
    name="inbox",
    help="收件 · Files that came in: list, show, release.",
    no_args_is_help=True,
)

Id = Annotated[int, typer.Argument(help="Number of the received file.", min=1)]

_LISTED = ("id", "channel", "name", "state", "novelty", "partner", "layout", "rows", "received_at")


def register(app: typer.Typer) -> None:
    """Add `hub inbox`."""
    app.add_typer(group)


@group.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="received, read, refused, held or duplicate.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="Only this channel.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, latest first.", min=1)] = 100,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List received files."""
    with services_of(config, as_json=as_json) as services:
        from hub.store.inbox import InboxState

        wanted = chosen(InboxState, state, "--state")
        with services.store.read() as uow:
            found = uow.inbox.list(state=wanted, channel=channel, limit=limit)
    rows = [asdict(one) for one in found]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


@group.command()
def show(inbox_id: Id, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show one received file: where its original is kept, and why it was refused or held."""
    with services_of(config, as_json=as_json) as services:
        with services.store.read() as uow:
            received = uow.inbox.get(inbox_id)
        shown = {**asdict(received), "original": services.archive.path(received.sha256)}
    emit(shown, as_json=as_json, text=lambda: _say_received(received, shown))


@group.command()
def release(
    inbox_id: Id,
    person: Annotated[str, typer.Option("--person", help="Who decides it (姓名).")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let a held file be read after all; the decision is noted with the person's name."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.receive import release as release_held

        shown = asdict(release_held(inbox_id, person=person, services=services))
    emit(shown, as_json=as_json, text=lambda: say(f"✓ {inbox_id} → {shown['state']}"))


def _say_received(received: Received, shown: dict[str, Any]) -> None:
    table([{"": key, "收件 received": value} for key, value in shown.items() if key != "error"])
    if received.error:
        say(str(received.error.get("zh", "")))
        say(str(received.error.get("en", "")))


def chosen(states: Any, word: str | None, option: str) -> Any:  # noqa: ANN401 -- any StrEnum
    """Return the state that a person typed, `None` for none; exit code 2 if there is no such."""
    if word is None:
        return None
    try:
        return states(word)
    except ValueError:
        names = ", ".join(state.value for state in states)
        raise typer.BadParameter(f"{option}: {word} is not one of {names}") from None
