"""Signing in by the organisation's provider of identities: the way there and the way back.

The way back is a navigation that another site began, on which browsers keep a Strict cookie back.
So what the two ways share travels in a Lax cookie of its own for some minutes, and the page that
the way back ends on is ours: it goes on by itself, and that navigation brings the new session.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, Final

from flask import g, make_response, redirect, request, url_for

from hub.console.context import console
from hub.console.pages import render_plain
from hub.console.rates import rates
from hub.console.registry import Page
from hub.console.sessions import address, agent, begin
from hub.console.topics.people.sign_in import local, prefer, refused
from hub.errors import HubError, Rejected
from hub.flows.provider_sign_in import note_refusal, provider_of, sign_in_by_provider

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from hub.flows.sign_in import SignedIn

COOKIE: Final = "__Host-hub-provider"
MINUTES: Final = 10  # for signing in at the provider
TARGET_CHARS_MAX: Final = 2000  # of the page to go on to: browsers keep 4096 bytes of a cookie
_BYTES: Final = 32
_PARTS: Final = 3


def go() -> str | Response | tuple[str, int]:
    """Send the browser to the provider, with a state, a nonce and a PKCE verifier of its own."""
    if g.caller is not None:
        return redirect(url_for("home"), code=303)
    rates().attempt(address())
    target = local(request.args.get("next", "")[:TARGET_CHARS_MAX])
    state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(_PARTS))
    try:
        where = provider_of(console().services).begin(
            back=_back(), state=state, nonce=nonce, verifier=verifier
        )
    except HubError as refusal:
        return _refused(refusal, target)
    answer = make_response(redirect(where, code=303))
    answer.set_cookie(
        COOKIE, f"{state}.{nonce}.{verifier}.{target}", max_age=MINUTES * 60, path="/",
        secure=True, httponly=True, samesite="Lax",
    )  # fmt: skip
    return answer


def come_back() -> Response | tuple[str, int]:
    """Take the provider's answer, begin the session, and go on from a page of our own."""
    rates().attempt(address())
    state, nonce, verifier, target = _kept()
    try:
        found = _sign_in(state, nonce, verifier)
    except HubError as refusal:
        return _refused(refusal, target)
    answer = make_response(render_plain("people/provider_done.html", next=target))
    begin(answer, found.token)
    prefer(answer, found.person.language, found.person.theme)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


def _sign_in(state: str, nonce: str, verifier: str) -> SignedIn:
    services = console().services
    provider = provider_of(services)
    try:
        identity = provider.finish(
            _code(state), back=_back(), nonce=nonce, verifier=verifier, at=services.real_now()
        )
    except Rejected as refusal:
        note_refusal(refusal, address=address(), services=services)
        raise
    return sign_in_by_provider(identity, address=address(), agent=agent(), services=services)


def _code(state: str) -> str:
    """Return the code of an answer to this browser's own question."""
    given = request.args
    if not state or not hmac.compare_digest(given.get("state", "").encode(), state.encode()):
        raise Rejected("provider_answer_refused", reason="state")
    if "error" in given or not given.get("code"):
        raise Rejected("provider_answer_refused", reason=given.get("error", "code")[:80])
    return given["code"]


def _refused(refusal: HubError, target: str) -> tuple[str, int]:
    """Show the sign-in page with the refusal; without a provider there is no such page."""
    if refusal.code == "page_missing":
        raise refusal
    return refused(refusal, next=target)


def _kept() -> tuple[str, str, str, str]:
    parts = request.cookies.get(COOKIE, "").split(".", _PARTS)
    if len(parts) != _PARTS + 1:
        return "", "", "", url_for("home")
    return parts[0], parts[1], parts[2], local(parts[3])


def _back() -> str:
    return console().services.settings.console.public_url + url_for("provider_back")


PAGES: Final = (
    Page(rule="/sign-in/provider", endpoint="provider", permission=None, view=go, is_public=True),
    Page(
        rule="/sign-in/provider/back", endpoint="provider_back", permission=None, view=come_back,
        is_public=True,
    ),
)  # fmt: skip
