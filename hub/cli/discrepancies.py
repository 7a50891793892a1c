"""`hub discrepancy`: see differences, say what to do about them, and how old they are."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Exit, Json, emit, say, table

if TYPE_CHECKING:
    from hub.domain.discrepancy import Discrepancy

group = typer.Typer(
    name="discrepancy",
    help="差异 · Differences that people must settle: list, show, assign, propose, confirm, aging.",
    no_args_is_help=True,
)

Id = Annotated[int, typer.Argument(help="Number of the discrepancy.", min=1)]
Person = Annotated[str, typer.Option("--person", help="Who does it (姓名).")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence or two.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Count ages up to this day; today if absent."
    ),
]


def register(app: typer.Typer) -> None:
    """Add `hub discrepancy`."""
    app.add_typer(group)


@group.command("list")
def list_(
    *,
    verdict: Annotated[str | None, typer.Option(help="Only this verdict or event.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only this desk's or person's.")] = None,
    state: Annotated[
        str | None, typer.Option(help="open, proposed or closed; what is not closed if absent.")
    ] = None,
    min_age: Annotated[int, typer.Option(help="Only this many working days or older.", min=0)] = 0,
    partner: Annotated[str | None, typer.Option(help="Only those of this partner.")] = None,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List differences, oldest first; exit code 1 when there are any."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.review import find

        found = find(
            services, verdict=verdict, owner=owner, state=state, partner=partner,
            min_age=min_age, as_of=_day(as_of),
        )  # fmt: skip
        rows = [_line(one, age) for one, age in found]
        emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))
    if rows:
        raise typer.Exit(Exit.FOUND)


@group.command()
def show(
    discrepancy: Id, as_of: AsOf = None, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Show one difference with everything that happened to it."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows.review import look

        one, age, notes = look(services, discrepancy, as_of=_day(as_of))
        line = _line(one, age)
        history = [
            {"at": n.at.isoformat(timespec="seconds"), "event": n.event, "person": n.person,
             "text": n.text}
            for n in notes
        ]  # fmt: skip

        def text() -> None:
            facts = [{"field": k, "value": str(v)} for k, v in line.items() if v is not None]
            table(facts)
            table(history, title="经过 history")

        emit({**line, "history": history}, as_json=as_json, text=text)


@group.command()
def assign(
    discrepancy: Id,
    owner: Annotated[str, typer.Option("--owner", help="Desk or person who looks at it now.")],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Give a difference to another desk or person."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows import resolve

        changed = resolve.assign(discrepancy, owner=owner, person=person, services=services)
        _answer(changed, as_json=as_json)


@group.command()
def comment(
    discrepancy: Id,
    text: Annotated[str, typer.Option("--text", help="What you want to say.")],
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Add a comment to a difference."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows import resolve

        resolve.comment(discrepancy, text=text, person=person, services=services)
        done = {"id": discrepancy, "commented": True}
        emit(done, as_json=as_json, text=lambda: say(f"差异 {discrepancy}：已加说明 (commented)"))


@group.command()
def propose(
    *,
    discrepancy: Id,
    action: Annotated[
        str, typer.Option("--action", help="explain 说明, correct 更正, accept 认可.")
    ],
    reason: Reason,
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Propose how to settle a difference; below the limit this closes it."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows import resolve
        from hub.flows.review import action_of

        changed = resolve.propose(
            discrepancy, action=action_of(action), reason=reason, person=person, services=services
        )
        _answer(changed, as_json=as_json)


@group.command()
def confirm(
    discrepancy: Id, person: Person, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Confirm a proposal as a second person, which closes the difference."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows import resolve

        changed = resolve.confirm(discrepancy, person=person, services=services)
        _answer(changed, as_json=as_json)


@group.command()
def decline(
    discrepancy: Id,
    reason: Reason,
    person: Person,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Give a proposal back; the difference is open again."""
    with services_of(config, as_json=as_json) as services:
        from hub.flows import resolve

        changed = resolve.decline(discrepancy, reason=reason, person=person, services=services)
        _answer(changed, as_json=as_json)


@group.command()
def aging(as_of: AsOf = None, config: Config = CONFIG_DEFAULT, as_json: Json = False) -> None:
    """Sum what is open by verdict, owner and age in working days."""
    from dataclasses import asdict

    from hub.domain.money import yuan_display

    with services_of(config, as_json=as_json) as services:
        from hub.flows.review import aging_report

        lines = [asdict(line) for line in aging_report(services, as_of=_day(as_of))]
        shown = [
            {**line, "amount": yuan_display(line.pop("amount_fen"))} for line in map(dict, lines)
        ]
        emit(lines, as_json=as_json, text=lambda: table(shown, title="账龄 aging (working days)"))


_LISTED = ("id", "verdict", "name", "amount", "age", "owner", "state", "receipt_no",
           "insurance_kind", "payer_id", "partner", "note")  # fmt: skip


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _line(one: Discrepancy, age: int | None) -> dict[str, Any]:
    from hub.flows.review import as_line

    return as_line(one, age)


def _answer(changed: Discrepancy, *, as_json: bool) -> None:
    from hub.flows.review import as_line

    line = as_line(changed, None)
    emit(line, as_json=as_json, text=lambda: say(
        f"差异 {changed.id}：{changed.state.value}，负责 {changed.owner}"
    ))  # fmt: skip
