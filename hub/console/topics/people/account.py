"""One's own account: sessions, password, language and theme, programs that act for oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, make_response, redirect, request, url_for

from hub.console.context import console, viewer
from hub.console.language import gettext
from hub.console.pages import render
from hub.console.registry import Page
from hub.console.sessions import address, signed_in
from hub.console.topics.people.sign_in import same_twice
from hub.domain.person import LANGUAGES, THEMES
from hub.domain.whole import whole
from hub.errors import Rejected
from hub.flows import programs
from hub.flows import sign_in as flow

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

REFUSED = 422


def account() -> str:
    """Show one's own account."""
    return _page()


def password() -> Response | tuple[str, int]:
    """Change one's own password; a one-time code proves that it is oneself."""
    form = request.form
    try:
        same_twice(form, "new")
        flow.change_password(
            signed_in(), form.get("present", "")[:1000], form.get("new", "")[:1000],
            form.get("code", "")[:20], services=console().services,
        )  # fmt: skip
    except Rejected as refusal:
        return _page(refusal=refusal), REFUSED
    flash(gettext("Your password is changed; other sessions have ended."))
    return redirect(url_for("account"), code=303)


def preferences() -> Response:
    """Keep one's language and theme, here and wherever one signs in."""
    chosen = {
        "language": _one_of(LANGUAGES, request.form.get("language")),
        "theme": _one_of(THEMES, request.form.get("theme")),
    }
    person = signed_in().person
    console().services.store.transact(lambda uow: uow.people.set(person, **chosen))
    answer = make_response(redirect(url_for("account"), code=303))
    for name, value in chosen.items():
        if value is None:
            answer.delete_cookie(f"hub-{name}", samesite="Strict", secure=True)
        else:
            year_s = 365 * 86400
            answer.set_cookie(f"hub-{name}", value, samesite="Strict", secure=True, max_age=year_s)
    return answer


def add_token() -> str | tuple[str, int]:
    """Make a token for a program; it is shown on this one page."""
    form = request.form
    wanted = frozenset(p for p in viewer().permissions if p.value in form.getlist("permissions"))
    days = form.get("days", "")
    try:
        token, raw = programs.add_token(
            signed_in().person, form.get("label", "") or "-", wanted,
            days=1 if (known := whole(days)) is None else known,
            code=form.get("code", "")[:20], roles=console().roles, address=address(),
            services=console().services,
        )  # fmt: skip
    except Rejected as refusal:
        return _page(refusal=refusal), REFUSED
    return _page(made=(token, raw))


def revoke_token() -> Response:
    """End one of one's own tokens."""
    person, services = signed_in().person, console().services
    given = request.form.get("id", "")
    with services.store.read() as uow:
        mine = {str(token.id): token.id for token in uow.sessions.tokens(person.id)}
    if given not in mine:
        raise Rejected("person_token_missing", id=given[:20])
    programs.revoke_token(mine[given], person=person.name, services=services)
    flash(gettext("The token has ended."))
    return redirect(url_for("account"), code=303)


def _page(**more: object) -> str:
    found, services = signed_in(), console().services
    with services.store.read() as uow:
        sessions = uow.sessions.of(found.person.id)
        tokens = uow.sessions.tokens(found.person.id)
        person = uow.people.get(found.person.id)
    return render(
        "people/account.html", person=person, sessions=sessions, tokens=tokens,
        here=found.session.token_sha256, roles=[console().roles[code] for code in viewer().roles],
        languages=LANGUAGES, themes=THEMES, now=services.real_now(), **more,
    )  # fmt: skip


def _one_of(known: tuple[str, ...], given: str | None) -> str | None:
    return given if given in known else None


_POST = ("POST",)
PAGES = (
    Page(rule="/account", endpoint="account", permission=None, view=account),
    Page(
        rule="/account/password", endpoint="account_password", permission=None, view=password,
        methods=_POST,
    ),
    Page(
        rule="/account/preferences", endpoint="account_preferences", permission=None,
        view=preferences, methods=_POST,
    ),
    Page(
        rule="/account/tokens", endpoint="account_token", permission=None, view=add_token,
        methods=_POST,
    ),
    Page(
        rule="/account/tokens/end", endpoint="account_token_end", permission=None,
        view=revoke_token, methods=_POST,
    ),
)  # fmt: skip
