"""What each answer tells the browser: run nothing but our own files, keep nothing, tell nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import abort, request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask, Response

    from hub.settings import ConsoleSettings

# img-src: the style sheet draws its small signs from data:
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ALWAYS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # not no-referrer: with that browsers send "Origin: null" to our pages too (hub.console.csrf)
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_YEAR_S: Final = 365 * 24 * 3600
_HOUR_S: Final = 3600


def install(app: Flask, settings: ConsoleSettings) -> None:
    """Add the headers to every answer, and trust as many proxies as the settings name."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    hosts = {host, "localhost", "127.0.0.1"}
    if settings.proxies:
        n = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n)  # type: ignore[method-assign]

    @app.before_request
    def _know_host() -> None:
        if urlsplit(f"//{request.host}").hostname not in hosts:
            abort(400)

    @app.after_request
    def _add(response: Response) -> Response:
        response.headers.update(ALWAYS)
        if settings.is_https:
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
        keep = request.endpoint == "static" and response.status_code < 400  # noqa: PLR2004
        cache = f"public, max-age={_HOUR_S}" if keep else "no-store"
        response.headers["Cache-Control"] = cache
        return response
