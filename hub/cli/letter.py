"""`hub letter`: draft the monthly letter, sign it as another person, register the reply."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path  # noqa: TC003 -- Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json, emit, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.domain.letter import Letter

group = typer.Typer(
    name="letter",
    help="发函 · Monthly letters to the tax bureau: draft, sign, list, show, reply.",
    no_args_is_help=True,
)

Id = Annotated[int, typer.Argument(help="Number of the letter in the hub.", min=1)]
Person = Annotated[str, typer.Option("--person", help="Who does it (姓名).")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Do it as at the end of this day, which dates the letter; now if absent.",
    ),
]

_LISTED = ("id", "number", "kind", "month", "state", "drafted_by", "signed_by", "sent_on", "due_on",
           "reminders")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `hub letter`."""
    app.add_typer(group)


@group.command()
def draft(
    month: Annotated[str, typer.Option("--month", help="Month, such as 2026-11.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Draft a month's letter (拟稿); again while it is not signed, with the facts of now."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.domain.letter import parse_month
        from hub.flows.letter_draft import draft as draft_letter
        from hub.flows.letter_papers import make_papers, write_papers

        letter = draft_letter(parse_month(month), person=person, services=services)
        paths = write_papers(letter, make_papers(letter, services), services)
    _answer(letter, paths, as_json=as_json)


@group.command()
def sign(
    letter_id: Id,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Sign a draft as a second person (签发): it gets its number, is made and goes out."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.letter import issue_letter
        from hub.flows.letter import sign as sign_letter

        sign_letter(letter_id, person=person, services=services)
        paths = issue_letter(letter_id, services)
        with services.store.read() as uow:
            letter = uow.letters.get(letter_id)
    _answer(letter, paths, as_json=as_json)


@group.command("list")
def list_(
    state: Annotated[
        str | None, typer.Option(help="draft, signed, sent, overdue or replied.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List letters."""
    with services_of(config, as_json=as_json) as services:
        from hub.domain.letter import LetterState

        wanted = chosen(LetterState, state, "--state")
        with services.store.read() as uow:
            rows = [_line(letter) for letter in uow.letters.list(state=wanted)]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))


@group.command()
def show(letter_id: Id, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Show one letter: what it asks about, where its papers and the reply are kept."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.letter_papers import content_of

        with services.store.read() as uow:
            letter = uow.letters.get(letter_id)
        content = content_of(letter, services)
        items = [asdict(item) for item in content.items]
        line = {**_line(letter), "amount_fen": content.amount_fen, "items": items}

    def text() -> None:
        facts = {k: v for k, v in line.items() if v is not None and k != "items"}
        table([{"": name, "函件 letter": value} for name, value in facts.items()])
        table(items, title="不符款项 differences")

    emit(line, as_json=as_json, text=text)


@group.command()
def reply(
    *,
    letter_id: Id,
    file: Annotated[
        Path,
        typer.Option("--file", help="The written reply (书面回复).", exists=True, dir_okay=False),
    ],
    note: Annotated[str, typer.Option("--note", help="What it says, in a sentence or two.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Register the written reply: its file is kept, and no reminder follows."""
    with services_of(config, as_json=as_json, as_of=as_of) as services:
        from hub.flows.letter import reply as register_reply

        letter = register_reply(letter_id, file=file, note=note, person=person, services=services)
    _answer(letter, (), as_json=as_json)


def _answer(letter: Letter, paths: Sequence[Path], *, as_json: bool) -> None:
    line = {**_line(letter), "files": [str(path) for path in paths]}

    def text() -> None:
        due = f"，请于 {letter.due_on} 前回复 (reply due)" if letter.due_on else ""
        say(f"✓ {letter.kind.zh} {letter.id}：{letter.number or '—'}，{letter.state.zh}{due}")
        for path in paths:
            say(f"  {path}")

    emit(line, as_json=as_json, text=text)


def _line(letter: Letter) -> dict[str, Any]:
    line = asdict(letter)
    papers, reply_ = line.pop("papers") or {}, line.pop("reply") or {}
    replied = {f"reply_{name}": value for name, value in reply_.items()}
    return {**line, "kind": letter.kind.value, "state": letter.state.value, **papers, **replied}
