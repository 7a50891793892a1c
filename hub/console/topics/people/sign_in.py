"""The pages before sign-in: name, password and one-time code together; enrolment; signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import g, make_response, redirect, request, url_for

from hub.console.context import console
from hub.console.pages import render_plain
from hub.console.rates import rates
from hub.console.registry import Page
from hub.console.second_factor import square_code, written_code
from hub.console.sessions import COOKIE, address, agent, begin, end
from hub.errors import Rejected, Unavailable
from hub.flows import sign_in as flow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response

    from hub.errors import HubError

REFUSED = 422
_WEAK = frozenset({"password_length", "password_common", "password_differs", "code_wrong"})


def sign_in() -> str | Response | tuple[str, int]:
    """Ask who it is, and begin a session; a new one each time, whatever the browser had."""
    if request.method == "GET":
        if g.caller is not None:
            return redirect(url_for("home"), code=303)
        return _page(next=local(request.args.get("next")))
    form, services = request.form, console().services
    rates().attempt(address())
    try:
        found = flow.sign_in(
            form.get("name", "")[:100], form.get("password", "")[:1000],
            form.get("code", "")[:20], address=address(), agent=agent(), services=services,
        )  # fmt: skip
    except Rejected as refusal:
        name = form.get("name", "")[:100]
        return refused(refusal, next=local(form.get("next")), name=name)
    if old := request.cookies.get(COOKIE):
        flow.sign_out(old, services=services)
    answer = make_response(redirect(local(form.get("next")), code=303))
    begin(answer, found.token)
    prefer(answer, found.person.language, found.person.theme)
    return answer


def sign_out() -> Response:
    """End this session, or every session of this person."""
    token = request.cookies.get(COOKIE, "")
    everywhere = request.form.get("everywhere") == "1"
    flow.sign_out(token, everywhere=everywhere, services=console().services)
    answer = make_response(redirect(url_for("sign_in"), code=303))
    end(answer)
    return answer


def enrol() -> str | Response | tuple[str, int]:
    """Ask for the enrolment code, then for a password and the new authenticator's first code."""
    if request.method == "GET":
        return render_plain("people/enrol.html")
    form, services = request.form, console().services
    name, code = form.get("name", "")[:100], form.get("enrolment", "")[:100]
    rates().attempt(address())
    known = flow.credentials(services)
    try:
        person = flow.enrolling(name, code, services=services)
    except Rejected as refusal:
        return render_plain("people/enrol.html", refusal=refusal, name=name), REFUSED
    factor = form.get("factor") or known.new_factor()
    mended = _finish(name, code, factor) if "password" in form else None
    if "password" in form and mended is None:
        return render_plain("people/enrolled.html", person=person)
    page = render_plain(
        "people/enrol_password.html", refusal=mended, name=name, enrolment=code, factor=factor,
        picture=square_code(factor, person.sign_in), text=written_code(factor, person.sign_in),
        person=person,
    )  # fmt: skip
    return page, REFUSED if mended else 200


def same_twice(form: Mapping[str, str], name: str) -> None:
    """Refuse a new password that was typed in two ways: `Rejected("password_differs")`."""
    if form.get(name) != form.get("again"):
        raise Rejected("password_differs")


def refused(refusal: HubError, **values: object) -> tuple[str, int]:
    """Return the sign-in page with why it was not enough."""
    status = 503 if isinstance(refusal, Unavailable) else REFUSED
    return _page(refusal=refusal, **values), status


def _page(**values: object) -> str:
    has_provider = console().services.identity_provider is not None
    return render_plain("people/sign_in.html", has_provider=has_provider, **values)


def _finish(name: str, code: str, factor: str) -> Rejected | None:
    """Enrol; what the person can mend is returned, to be shown with the same square code."""
    form = request.form
    try:
        same_twice(form, "password")
        flow.enrol(
            name, code, password=form.get("password", "")[:1000], factor=factor,
            one_time=form.get("code", "")[:20], services=console().services,
        )  # fmt: skip
    except Rejected as refusal:
        if refusal.code not in _WEAK:
            raise
        return refusal
    return None


def local(target: str | None) -> str:
    """Return an address of this console; anything else leads to the first page."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return url_for("home")
    parts = urlsplit(target)
    return url_for("home") if parts.scheme or parts.netloc else target


def prefer(answer: Response, language: str | None, theme: str | None) -> None:
    """Bring what somebody chose once to the browser where he signs in now."""
    for cookie, value in (("hub-language", language), ("hub-theme", theme)):
        if value:
            answer.set_cookie(cookie, value, samesite="Strict", secure=True, max_age=365 * 86400)


PAGES = (
    Page(
        rule="/sign-in", endpoint="sign_in", permission=None, view=sign_in, is_public=True,
        methods=("GET", "POST"),
    ),
    Page(rule="/sign-out", endpoint="sign_out", permission=None, view=sign_out, methods=("POST",)),
    Page(
        rule="/enrol", endpoint="enrol", permission=None, view=enrol, is_public=True,
        methods=("GET", "POST"),
    ),
)  # fmt: skip
