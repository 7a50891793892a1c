"""Who sends a request: the session behind the browser's cookie, or a program's token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from flask import g, request

from hub.console.context import console
from hub.errors import Rejected
from hub.flows import programs, sign_in

if TYPE_CHECKING:
    from flask import Flask, Response

    from hub.domain.permission import Viewer
    from hub.flows.sign_in import SignedIn

COOKIE: Final = "__Host-hub"
BEARER: Final = "Bearer "
LIVE: Final = "-live"  # how the id of a part ends that a page renews by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sends this request; `signed_in` is `None` for a program."""

    viewer: Viewer
    key: str  # what its rate is counted by
    signed_in: SignedIn | None = None
    language: str | None = None
    theme: str | None = None


def identify() -> Caller | None:
    """Return who sends this request; `None` for nobody."""
    bearer = request.headers.get("Authorization", "")
    if bearer.startswith(BEARER):
        return _program(bearer.removeprefix(BEARER).strip())
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    by_itself = request.headers.get("HX-Trigger", "").endswith(LIVE)
    found = sign_in.resume(token, services=console().services, in_use=not by_itself)
    if found is None:
        return None
    return Caller(
        viewer=found.person.viewer(console().roles), key=found.session.token_sha256,
        signed_in=found, language=found.person.language, theme=found.person.theme,
    )  # fmt: skip


def caller() -> Caller:
    """Return who sends this request; only in views that need somebody."""
    return cast("Caller", g.caller)


def signed_in() -> SignedIn:
    """Return the person in front of the browser; a program's token will not do."""
    found: Caller | None = g.get("caller")
    if found is None:
        raise Rejected("sign_in_needed")
    if found.signed_in is None:
        raise Rejected("step_up_no_token")
    return found.signed_in


def address() -> str:
    """Return the network address that this request comes from."""
    return request.remote_addr or "?"


def agent() -> str:
    """Return what the browser says it is, cut to a length worth keeping."""
    return request.user_agent.string[:200]


def begin(response: Response, token: str) -> None:
    """Give the browser its session; it ends with the browser, with idleness, or by its age."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="Strict")


def end(response: Response) -> None:
    """Take the session from the browser, and what it may have kept of the pages."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'


def install(app: Flask) -> None:
    """Look who sends each request, but for files that are everybody's."""

    @app.before_request
    def _look() -> None:
        g.caller = None if request.endpoint == "static" else identify()
        if g.caller is not None:
            g.viewer = g.caller.viewer


def _program(raw: str) -> Caller | None:
    if not request.path.startswith("/api/"):
        return None
    found = programs.program(raw, services=console().services)
    if found is None:
        return None
    person, token = found
    viewer = person.viewer(console().roles)
    less = replace(viewer, permissions=viewer.permissions & token.permissions)
    return Caller(viewer=less, key=f"token:{token.id}")
