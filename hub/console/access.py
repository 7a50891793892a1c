"""Who may open what: nothing that is not registered, and nothing without its permission.

One gate stands before every request, whatever the view itself asks again. What people see unmasked
is on record before the answer leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

from flask import g, redirect, request, url_for

from hub.console import csrf, headers, rates, sessions
from hub.console.context import console, viewer
from hub.domain.permission import Permission
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask import Flask
    from werkzeug.wrappers import Response

    from hub.console.registry import Action
    from hub.domain.permission import Viewer

Scope = Literal["partner", "region"] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Whom an address lets in: anybody, everybody signed in, or who has one of `permissions`."""

    permissions: tuple[Permission, ...] = ()
    scope: Scope = None
    is_public: bool = False
    is_own: bool = False  # shows everybody only what is his: outsiders too


_FIXED: Final[Mapping[str, Gate]] = {
    "static": Gate(is_public=True),
    "health": Gate(is_public=True),
    "openapi": Gate(is_own=True),
}
_TABLES: Final = frozenset({"table", "api_table"})
_ACTIONS: Final = frozenset({"action", "do_action", "api_action"})


def install(app: Flask) -> None:
    """Put the gate before every request, and what belongs to it around it."""
    settings = app.extensions["hub"].services.settings.console
    headers.install(app, settings)
    sessions.install(app)
    rates.install(app, settings)
    csrf.install(app)
    app.before_request(_gate)
    app.jinja_env.globals.update(may_unmask=may_unmask, unmasks=unmasks)


def gate_of(endpoint: str | None, values: Mapping[str, Any]) -> Gate | None:
    """Return whom an address lets in; `None` when nothing is registered there."""
    registry = console().registry
    if endpoint in _TABLES:
        table = registry.tables.get(str(values.get("name")))
        return None if table is None else Gate(permissions=(table.permission,), scope=table.scope)
    if endpoint in _ACTIONS:
        action = registry.actions.get(str(values.get("name")))
        return None if action is None else Gate(permissions=action.permissions, scope=action.scope)
    page = registry.pages.get(endpoint or "")
    if page is None:
        return _FIXED.get(endpoint or "")
    needed = () if page.permission is None else (page.permission,)
    return Gate(
        permissions=needed, scope=page.scope, is_public=page.is_public,
        is_own=page.permission is None,
    )  # fmt: skip


def may_open(endpoint: str, values: Mapping[str, Any], who: Viewer) -> bool:
    """Tell whether somebody may open an address."""
    gate = gate_of(endpoint, values)
    return gate is not None and lets_in(gate, who)


def may_use(action: Action, who: Viewer) -> bool:
    """Tell whether somebody may use an action."""
    return lets_in(Gate(permissions=action.permissions, scope=action.scope), who)


def lets_in(gate: Gate, who: Viewer) -> bool:
    """Tell whether a gate lets somebody in."""
    if gate.is_public or gate.is_own:
        return True
    return _in_scope(gate.scope, who) and any(who.may(one) for one in gate.permissions)


def require(permission: Permission) -> None:
    """Refuse who may not do something: `Rejected("not_permitted")`."""
    viewer().require(permission)


def require_scope(scope: Scope) -> None:
    """Tell outsiders that what is not theirs is not there: `Rejected("page_missing")`."""
    if not _in_scope(scope, viewer()):
        raise Rejected("page_missing")


def may_unmask() -> bool:
    """Tell whether this person may see identity and account numbers."""
    return viewer().may(Permission.PERSONAL_SEE)


def unmasks(who: Viewer) -> bool:
    """Tell whether this answer shows numbers unmasked; then the look is on record already."""
    if request.args.get("unmask") != "1" or not who.may(Permission.PERSONAL_SEE):
        return False
    if "look" not in g:
        _record([("page", request.full_path)])
        g.look = True
    return True


def record_look(kind: str, key: object) -> None:
    """Record that this person sees somebody's personal data, by kind and key of the record."""
    _record([(kind, str(key))])


def record_export(name: str, kind: str, rows: int) -> None:
    """Put an export of a table into the journal."""
    services, who = console().services, viewer().person
    asked = {key: value for key, value in request.args.items() if key not in ("format", "lang")}

    services.store.transact(
        lambda uow: uow.journal.note(
            "table.exported", f"table:{name}", at=services.now(), actor="console", person=who,
            format=kind, rows=rows, asked=sorted(asked), unmasked=asked.get("unmask") == "1",
        )
    )  # fmt: skip


def record_event(event: str, detail: str = "") -> None:
    """Record a security event about this request."""
    services, who = console().services, g.get("viewer")
    services.store.transact(
        lambda uow: uow.security.note(
            event, person=who.person if who else None, address=sessions.address(),
            at=services.real_now(), detail=detail[:400],
        )
    )  # fmt: skip


def _gate() -> Response | None:
    if request.url_rule is None:
        return None  # Flask says 404 or 405
    gate = gate_of(request.endpoint, request.view_args or {})
    if gate is not None and gate.is_public:
        return None
    if g.caller is None:
        return _ask_to_sign_in()
    if gate is None or not _in_scope(gate.scope if not gate.is_own else "any", viewer()):
        record_event("access.missing", f"{request.method} {request.path}")
        raise Rejected("page_missing")
    if not lets_in(gate, viewer()):
        record_event("access.refused", f"{request.method} {request.path}")
        needed = ", ".join(permission.value for permission in gate.permissions)
        raise Rejected("not_permitted", permission=needed)
    return None


def _ask_to_sign_in() -> Response:
    """Send people to the sign-in page, which leads back; programs learn that they are nobody."""
    is_part = request.headers.get("HX-Request") == "true"
    if request.path.startswith("/api/") or request.method != "GET" or is_part:
        raise Rejected("sign_in_needed")
    back = quote(request.full_path.rstrip("?"), safe="/")
    return redirect(url_for("sign_in") + f"?next={back}", code=303)


def _in_scope(scope: str | None, who: Viewer) -> bool:
    if not who.is_outsider or scope == "any":
        return True
    return scope is not None and getattr(who, scope) is not None


def _record(seen: Iterable[tuple[str, str]]) -> None:
    services, who = console().services, viewer().person
    services.store.transact(
        lambda uow: uow.security.look(who, seen, place=request.path, at=services.real_now())
    )
