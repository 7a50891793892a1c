"""`hub assist`: whether a payee who lives elsewhere is alive (异地协查认证), asked and answered."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 -- Typer resolves annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Exit, Json, emit, say, table
from hub.cli.payout import AsOf, Person, Reason  # noqa: TC001 -- Typer resolves annotations

if TYPE_CHECKING:
    from datetime import date

    from hub.domain.assistance import Assistance

group = typer.Typer(
    name="assist",
    help="异地协查认证 · Is a payee who lives elsewhere alive: ask, answer, lift a stop.",
    no_args_is_help=True,
)
Id = Annotated[int, typer.Argument(help="Number of the request in this hub.", min=1)]
_DAY = ["%Y-%m-%d"]
_LISTED = ("id", "ref", "side", "peer", "person", "asked_on", "due_on", "late", "finding_zh",
           "certified_until", "consequence_zh", "lifted_by")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add `hub assist`."""
    app.add_typer(group)


@group.command()
def ask(
    *,
    other: Annotated[str, typer.Option("--other", help="Region where the person lives.")],
    person_id: Annotated[str, typer.Option("--person-id", help="The payee's identity number.")],
    name: Annotated[str, typer.Option("--name", help="The payee's name.")],
    due: Annotated[datetime, typer.Option("--due", formats=_DAY, help="To be answered by.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Ask another office whether a payee is alive (5-7)."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.assistance import ask as ask_office

        made = ask_office(
            peer=other, person_id=person_id, person_name=name, due_on=due.date(), person=person,
            services=services,
        )  # fmt: skip
        row = _line(made, services.today())
    _say(row, as_json=as_json)


@group.command()
def reply(
    *,
    request_id: Id,
    finding: Annotated[
        str, typer.Option("--finding", help="alive, deceased, missing, imprisoned, uncertified.")
    ],
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=_DAY, help='Last day that "alive" is good for.'),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option("--on", formats=_DAY, help="Day of the finding; today.")
    ] = None,
    note: Annotated[str | None, typer.Option("--note", help="What else was found.")] = None,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Answer what another office asked; the answer is signed and sent."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.domain.assistance import Answer, Finding
        from hub.flows.assistance import reply as answer_office

        found = chosen(Finding, finding, "--finding")
        if found is None:
            raise typer.BadParameter("--finding")
        answer = Answer(
            ref="", finding=found, found_on=on.date() if on else services.today(),
            certified_until=until.date() if until else None, note=note,
        )  # fmt: skip
        done = answer_office(request_id, answer, person=person, services=services)
        row = _line(done, services.today())
    _say(row, as_json=as_json)


@group.command()
def lift(
    *,
    request_id: Id,
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let benefits go on that an answer stopped or suspended (恢复发放), for a reason."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        from hub.flows.assistance import lift as lift_stop

        done = lift_stop(request_id, reason, person=person, services=services)
        row = _line(done, services.today())
    _say(row, as_json=as_json)


@group.command("list")
def list_(
    *,
    late: Annotated[bool, typer.Option("--late", help="Only what is open after its day.")] = False,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List requests, ours and theirs; exit code 1 when one is late."""
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        today = services.today()
        with services.store.read() as uow:
            rows = [_line(one, today) for one in uow.assistances.list(open_only=late)]
        rows = [row for row in rows if row["late"] or not late]
    emit(rows, as_json=as_json, text=lambda: table(rows, columns=_LISTED))
    if any(row["late"] for row in rows):
        raise typer.Exit(Exit.FOUND)


def _say(row: dict[str, Any], *, as_json: bool) -> None:
    def text() -> None:
        what = row["consequence_zh"] or f"待答复，期限 {row['due_on']}"
        say(f"✓ 协查 {row['id']}（{row['ref']}）：{row['finding_zh'] or '—'} {what}")

    emit(row, as_json=as_json, text=text)


def _line(one: Assistance, today: date) -> dict[str, Any]:
    from hub.domain.codes import person_id, shape

    request, answer = one.request, one.answer
    return {
        "id": one.id, "ref": request.ref, "ours": one.ours,
        "side": "本机构提出 ours" if one.ours else "对方提出 theirs", "peer": one.peer,
        "person": shape.mask_name(request.person_name),
        "person_id": person_id.mask(request.person_id), "asked_on": request.asked_on,
        "due_on": request.due_on, "late": one.is_late(today),
        "finding": answer.finding.value if answer else None,
        "finding_zh": answer.finding.zh if answer else "",
        "found_on": answer.found_on if answer else None,
        "certified_until": answer.certified_until if answer else None,
        "consequence": answer.finding.consequence.value if answer else None,
        "consequence_zh": answer.finding.consequence.zh if answer else "",
        "note": answer.note if answer else None, "answered_by": one.answered_by,
        "lifted_by": one.lifted_by,
    }  # fmt: skip
