"""Requests that change something come from our own pages: origin, and a token of the session.

The token is derived from the session's own, which only the browser has; nothing more is kept.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import g, request

from hub.console.context import console
from hub.errors import Rejected

if TYPE_CHECKING:
    from flask import Flask

FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
_BEFORE_SIGN_IN: Final = frozenset({"sign_in", "enrol"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def csrf_token() -> str:
    """Return the token that forms of this session carry; empty for nobody."""
    caller = g.get("caller")
    if caller is None or caller.signed_in is None:
        return ""
    return hmac.new(caller.signed_in.token.encode(), b"csrf", hashlib.sha256).hexdigest()


def install(app: Flask) -> None:
    """Check each request that may change something, and let templates write the token."""
    app.jinja_env.globals.update(csrf_token=csrf_token)
    app.before_request(check)


def check() -> None:
    """Refuse what does not come from our own pages: `Rejected("csrf_refused")`."""
    if request.method in SAFE:
        return
    caller = g.get("caller")
    if caller is not None and caller.signed_in is None:
        return  # a program's token is sent on purpose; no browser adds it by itself
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site not in (None, "same-origin") or not (origin is None or _is_ours(origin)):
        raise Rejected("csrf_refused")
    if caller is None or request.endpoint in _BEFORE_SIGN_IN:
        return  # there is no session yet that could be abused, or it is about to be replaced
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not hmac.compare_digest(csrf_token().encode(), given.encode()):
        raise Rejected("csrf_refused")


def _is_ours(origin: str) -> bool:
    ours = urlsplit(console().services.settings.console.public_url)
    here = urlsplit(request.host_url)
    try:
        given = urlsplit(origin)
    except ValueError:  # such as "https://["
        return False
    return any((given.scheme, given.netloc) == (one.scheme, one.netloc) for one in (ours, here))
