"""`hub user`: who may sign in to the console (人员与岗位); one drafts, another agrees."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.context import CONFIG_DEFAULT, Config, services_of
from hub.cli.output import Json, emit, say, table
from hub.cli.user_token import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.permission import Role
    from hub.domain.person import Change, ChangeKind, Person, Place
    from hub.flows.people import Enrolment
    from hub.flows.services import Services

group = typer.Typer(
    name="user",
    help="人员与岗位 · Who may sign in to the console; two administrators decide.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="The person's name, as signatures show it.")]
Number = Annotated[int, typer.Argument(help="The change's number.")]
Administrator = Annotated[str, typer.Option("--person", help="The administrator who does it.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="A role of config/roles.toml; may be repeated.")
]
Desk = Annotated[str | None, typer.Option("--desk", help="The person's desk.")]
Partner = Annotated[str | None, typer.Option("--bank", help="For people of a bank: its code.")]
Region = Annotated[
    str | None, typer.Option("--region", help="For people of a region: its six digits.")
]
_COLUMNS = ("name", "sign_in", "roles", "state", "enrolled", "waits")


def register(app: typer.Typer) -> None:
    """Add `hub user`."""
    group.add_typer(tokens)
    app.add_typer(group)


@group.command("list")
def list_(
    changes: Annotated[
        bool, typer.Option("--changes", help="Changes that wait for an agreement instead.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """List who may sign in, or the drafted changes."""
    from hub.domain.person import ChangeState

    with services_of(config, as_json=as_json) as services:
        with services.store.read() as uow:
            people = uow.people.list()
            drafts = uow.people.changes(state=ChangeState.DRAFT)
        if changes:
            lines = [_change_line(one) for one in drafts]
            columns = ("id", "kind", "name", "to", "drafted_by", "drafted_at")
            emit(lines, as_json=as_json, text=lambda: table(lines, columns=columns))
            return
        found = [_line(person) for person in people]
        emit(found, as_json=as_json, text=lambda: table(found, columns=_COLUMNS))


@group.command("add")
def add(  # noqa: PLR0917 -- Typer
    name: Name,
    sign_in: Annotated[str, typer.Option("--sign-in", help="The name to sign in with.")],
    role: Roles = None,
    desk: Desk = None,
    bank: Partner = None,
    region: Region = None,
    person: Annotated[
        str | None, typer.Option("--person", help="The administrator who drafts it.")
    ] = None,
    first_administrator: Annotated[
        bool,
        typer.Option(
            "--first-administrator",
            help="An administrator at once; only while there are fewer than two.",
        ),
    ] = False,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Draft a new person, or add one of the first two administrators."""
    from hub.domain.person import ChangeKind
    from hub.flows import people

    if first_administrator == (person is not None):
        raise typer.BadParameter("give either --person or --first-administrator")
    with services_of(config, as_json=as_json) as services:
        roles = roles_of(services)
        if person is None:
            made = people.first_administrator(name, sign_in, roles=roles, services=services)
            _answer_enrolment(made, as_json=as_json)
            return
        place = _place(role, desk, bank, region)
        drafted = people.draft(
            ChangeKind.ADD, name, sign_in=sign_in, place=place, person=person, roles=roles,
            services=services,
        )  # fmt: skip
        _answer_change(drafted, as_json=as_json)


@group.command("roles")
def roles_(  # noqa: PLR0917 -- Typer
    name: Name,
    person: Administrator,
    role: Roles = None,
    desk: Desk = None,
    bank: Partner = None,
    region: Region = None,
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Draft other roles for somebody; all that is not given is taken away."""
    from hub.domain.person import ChangeKind

    place = _place(role, desk, bank, region)
    _draft(ChangeKind.ROLES, name, person, config, as_json=as_json, place=place)


@group.command("reset")
def reset(
    name: Name, person: Administrator, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Draft that somebody enrols anew: a lost password or authenticator."""
    from hub.domain.person import ChangeKind

    _draft(ChangeKind.RESET, name, person, config, as_json=as_json)


@group.command("enable")
def enable(
    name: Name, person: Administrator, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Draft that somebody who was kept out may enrol and sign in again."""
    from hub.domain.person import ChangeKind

    _draft(ChangeKind.ENABLE, name, person, config, as_json=as_json)


@group.command("agree")
def agree(
    change: Number, person: Administrator, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Agree to a change that another administrator drafted; it holds from now."""
    from hub.flows import people

    with services_of(config, as_json=as_json) as services:
        made = people.agree(change, person=person, roles=roles_of(services), services=services)
        if made is None:
            emit({"id": change}, as_json=as_json, text=lambda: say(f"✓ 变更 {change} 已生效"))
        else:
            _answer_enrolment(made, as_json=as_json)


@group.command("refuse")
def refuse(
    change: Number, person: Administrator, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Refuse a drafted change."""
    from hub.flows import people

    with services_of(config, as_json=as_json) as services:
        people.refuse(change, person=person, roles=roles_of(services), services=services)
        emit({"id": change}, as_json=as_json, text=lambda: say(f"✓ 变更 {change} 已拒绝"))


@group.command("disable")
def disable(
    name: Name, person: Administrator, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Keep somebody out from now on; sessions and tokens end at once."""
    from hub.flows import people

    with services_of(config, as_json=as_json) as services:
        found = people.disable(name, person=person, roles=roles_of(services), services=services)
        emit(_line(found), as_json=as_json, text=lambda: say(f"✓ {found.name} 已停用"))


@group.command("unlock")
def unlock(
    name: Name, person: Administrator, config: Config = CONFIG_DEFAULT, as_json: Json = False
) -> None:
    """Let somebody try at once who must wait after wrong passwords."""
    from hub.flows import people

    with services_of(config, as_json=as_json) as services:
        found = people.unlock(name, person=person, roles=roles_of(services), services=services)
        emit(_line(found), as_json=as_json, text=lambda: say(f"✓ {found.name} 可以立即登录"))


@group.command("code")
def code(
    sign_in: Annotated[str, typer.Argument(help="The sign-in name.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Print the present one-time code of a demonstration's user; refused anywhere else."""
    from hub.flows.people_demo import present_code

    with services_of(config, as_json=as_json) as services:
        now = present_code(sign_in, services=services)
        emit({"code": now}, as_json=as_json, text=lambda: say(now))


@group.command("demo")
def demo(
    password: Annotated[str, typer.Option("--password", help="The password of all of them.")],
    config: Config = CONFIG_DEFAULT,
    as_json: Json = False,
) -> None:
    """Add an invented person for each role of a demonstration; refused anywhere else."""
    from hub.flows.people_demo import add_cast

    with services_of(config, as_json=as_json) as services:
        people = add_cast(password, roles=roles_of(services), services=services)
    emit(people, as_json=as_json, text=lambda: table(people))


def _draft(
    kind: ChangeKind, name: str, person: str, config: Config, *, as_json: bool,
    place: Place | None = None,
) -> None:  # fmt: skip
    from hub.flows import people

    with services_of(config, as_json=as_json) as services:
        change = people.draft(
            kind, name, place=place, person=person, roles=roles_of(services), services=services
        )
        _answer_change(change, as_json=as_json)


def roles_of(services: Services) -> Mapping[str, Role]:
    """Return the deployment's roles."""
    from hub.mappings.roles import load_roles

    return load_roles(services.settings.config_dir)


def _place(
    roles: list[str] | None, desk: str | None, partner: str | None, region: str | None
) -> Place:
    from hub.domain.person import Place

    return Place(roles=tuple(roles or ()), desk=desk, partner=partner, region=region)


def _line(person: Person) -> dict[str, Any]:
    return {
        "name": person.name, "sign_in": person.sign_in, "roles": ", ".join(person.place.roles),
        "state": person.state.value, "enrolled": person.has_password, "waits": person.locked_until,
        "desk": person.place.desk, "bank": person.place.partner, "region": person.place.region,
    }  # fmt: skip


def _change_line(change: Change) -> dict[str, Any]:
    return {**asdict(change), "kind": change.kind.value, "state": change.state.value,
            "to": ", ".join(change.facts.get("roles", ()))}  # fmt: skip


def _answer_change(change: Change, *, as_json: bool) -> None:
    def text() -> None:
        say(f"✓ 已起草变更 {change.id}：{change.kind.zh} {change.name}")
        say(f"  另一名账号管理员 another administrator: hub user agree {change.id} --person …")

    emit(_change_line(change), as_json=as_json, text=text)


def _answer_enrolment(made: Enrolment, *, as_json: bool) -> None:
    def text() -> None:
        say(f"✓ {made.name}，登录名 sign-in name: {made.sign_in}")
        say(f"  开户码 enrolment code: {made.code}")
        say(f"  有效至 until {made.until.astimezone():%Y-%m-%d %H:%M}；只显示一次，请当面交付")

    emit(asdict(made), as_json=as_json, text=text)
