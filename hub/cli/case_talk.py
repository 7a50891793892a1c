"""`hub case`, what offices say to each other: refuse, take back, ask, answer, forward, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.case_read import Id, answer
from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.inbox import chosen
from hub.cli.output import Json  # noqa: TC001 -- Typer resolves annotations
from hub.cli.payout import AsOf, Person, Reason  # noqa: TC001 -- Typer resolves annotations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from hub.domain.transfer_case import TransferCase
    from hub.flows.services import Services

Theirs = Annotated[
    bool, typer.Option("--theirs", help="The other office refuses, as its paper says.")
]


def register_talk(group: typer.Typer) -> None:
    """Add the commands of this module to `hub case`."""
    for command in (
        refuse, withdraw, invalidate, recall_answer, pause, resume, clarify, reply, forward, close,
        reopen,
    ):  # fmt: skip
        group.command(command.__name__.replace("_", "-"))(command)


def refuse(
    *,
    case_id: Id,
    reason: Reason,
    theirs: Theirs = False,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Refuse the transfer with its reason; a form that is out must be recalled first."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_desk import note_refusal
        from hub.flows.transfer_talk import refuse as refuse_case

        flow = note_refusal if theirs else refuse_case
        return flow(case_id, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def withdraw(
    *,
    case_id: Id,
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """End the case because the person no longer wants it (撤销申请)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_talk import withdraw as withdraw_case

        return withdraw_case(case_id, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def invalidate(
    *,
    case_id: Id,
    target: Annotated[str, typer.Argument(help="Key that `show` gives, such as form:… or funds:…")],
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Make a letter, form or payment void (作废); a form comes back once they answer."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_talk import invalidate as invalidate_fact

        return invalidate_fact(case_id, target, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def recall_answer(
    *,
    case_id: Id,
    given_back: Annotated[
        bool, typer.Option("--given-back/--kept", help="Whether they give our form back.")
    ],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Note, on paper only, the other office's answer to our recall of the form."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_desk import note_recall_answer

        return note_recall_answer(case_id, given_back=given_back, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def pause(
    *,
    case_id: Id,
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Stop our clock for a reason (暂停计时)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_desk import pause as pause_case

        return pause_case(case_id, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def resume(
    *,
    case_id: Id,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Let our clock go on (恢复计时)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_desk import resume as resume_case

        return resume_case(case_id, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def clarify(
    *,
    case_id: Id,
    text: Annotated[str, typer.Option("--text", help="The question.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Ask the other office (询问)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_talk import clarify as ask

        return ask(case_id, text, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def reply(
    *,
    case_id: Id,
    number: Annotated[str, typer.Argument(help="Number of the question, as `show` gives it.")],
    text: Annotated[str, typer.Option("--text", help="The answer.")],
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Answer a question of the other office (答复)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_talk import reply as answer_question

        return answer_question(case_id, number, text, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def forward(
    *,
    case_id: Id,
    to: Annotated[str, typer.Option("--to", help="Region code of the right office.")],
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Pass a request on to the office it belongs to, and say so to who asked (转办)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_talk import forward as forward_case

        return forward_case(case_id, to, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def close(
    *,
    case_id: Id,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Close a case that is over and owes nothing (归档)."""

    def act(services: Services) -> TransferCase:
        from hub.flows.transfer_talk import close as close_case

        return close_case(case_id, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def reopen(
    *,
    case_id: Id,
    need: Annotated[
        list[str] | None,
        typer.Option("--need", help="offer (a new form) or funds (more money); repeatable."),
    ] = None,
    reason: Reason,
    person: Person,
    as_of: AsOf = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Begin another round of a case that is over (重新启动); the other office does the same."""

    def act(services: Services) -> TransferCase:
        from hub.domain.transfer_kinds import Step
        from hub.flows.transfer_talk import reopen as reopen_case

        needs = [chosen(Step, one, "--need") for one in need or []]
        return reopen_case(case_id, needs, reason, person=person, services=services)

    _run(act, as_of, config, as_json=as_json)


def _run(
    act: Callable[[Services], TransferCase],
    as_of: datetime | None,
    config: Path,
    *,
    as_json: bool,
) -> None:
    with services_of(config, as_json=as_json, as_of=as_of, in_the_morning=True) as services:
        case = act(services)
    answer(case, as_json=as_json)
