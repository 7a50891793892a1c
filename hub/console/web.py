"""The console as a WSGI application: what is registered, put together."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from flask import Flask, Response, jsonify, make_response, request, url_for
from flask.globals import request_ctx
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from hub.console import access, actions, formatting, language, openapi, tables, telemetry
from hub.console.context import Console, attach
from hub.console.mistakes import mistakes
from hub.console.pages import render_plain
from hub.console.registry import INTEGER_MAX, Registry
from hub.console.topics import TOPICS
from hub.errors import HubError, Unavailable
from hub.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from werkzeug.routing import Map

    from hub.domain.permission import Role
    from hub.flows.services import Services

REQUEST_BYTES_MAX: Final = 64 * 1024 * 1024
FORM_BYTES_MAX: Final = 1024 * 1024
FORM_PARTS_MAX: Final = 2000
_STATUS: Final[Mapping[str, int]] = {
    "not_permitted": 403,
    "sign_in_needed": 401,
    "fresh_code_needed": 403,
    "csrf_refused": 403,
    "step_up_no_token": 403,
    "too_many_requests": 429,
}
_STATUS_OF_KIND: Final[Mapping[str | None, int]] = {"absent": 404, "conflict": 409}


class _Number(IntegerConverter):
    """A whole number in an address that the databases can hold; others are not found."""

    def __init__(self, url_map: Map, **options: Any) -> None:  # noqa: ANN401 -- werkzeug's own
        super().__init__(url_map, **{"max": INTEGER_MAX, **options})


def create_app(services: Services, roles: Mapping[str, Role]) -> Flask:
    """Return the console over one deployment's services. Starts nothing."""
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.config.update(
        MAX_CONTENT_LENGTH=REQUEST_BYTES_MAX,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES_MAX,
        MAX_FORM_PARTS=FORM_PARTS_MAX,
        # signs nothing but the notice shown after an action: lost with the process, and no harm
        SECRET_KEY=secrets.token_bytes(32),
        SESSION_COOKIE_NAME="__Host-hub-notice",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        JSON_SORT_KEYS=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.converters["int"] = _Number
    attach(app, Console(services=services, roles=roles, registry=Registry(TOPICS)))
    for part in (telemetry, language, formatting, access, tables, actions, openapi):
        part.install(app)
    for topic in TOPICS:
        for page in topic.pages:
            app.add_url_rule(page.rule, page.endpoint, page.view, methods=page.methods)
    app.register_error_handler(HubError, _refused)
    app.register_error_handler(ValidationError, _mistaken)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)
    app.wsgi_app = _quoted(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _quoted(answer: Callable[..., Any]) -> Callable[..., Any]:
    """Write what is no ASCII behind the question mark as browsers do, `%E6`.

    werkzeug fails on such bytes at the first look at them, even of the page that would say so.
    """

    def quoted(environ: dict[str, Any], start: Callable[..., Any]) -> Any:  # noqa: ANN401 -- WSGI
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe=string.printable)
        return answer(environ, start)

    return quoted


def _wants_data() -> bool:
    return request.path.startswith("/api/")


def _refused(error: HubError) -> Response | tuple[Response, int]:
    otherwise = 503 if isinstance(error, Unavailable) else 422
    status = _STATUS.get(error.code) or _STATUS_OF_KIND.get(error.kind, otherwise)
    if _wants_data():
        return jsonify({"error": error.as_dict()}), status
    page = make_response(render_plain("error.html", status=status, refusal=error), status)
    if error.code == "sign_in_needed":
        page.headers["HX-Redirect"] = url_for("sign_in")  # a live part leads its page there
    return page


def _mistaken(error: ValidationError) -> tuple[Response | str, int]:
    return jsonify({"error": {"code": "input_unusable", "fields": mistakes(error)}}), 400


def _http_error(error: HTTPException) -> Response | tuple[Response | str, int]:
    status = error.code or 500
    if request_ctx.url_adapter is None:  # `Host` names no host, so no page can point to another
        return Response(f"{status} {error.name}\n", status, mimetype="text/plain")
    if _wants_data():
        return jsonify({"error": {"code": error.name.lower().replace(" ", "_")}}), status
    return render_plain("error.html", status=status, refusal=None), status


def _bug(error: Exception) -> tuple[Response | str, int]:
    # the last resort of every request: nobody outside learns more than that it happened
    log("console").exception("console.broken", path=request.path, kind=type(error).__name__)
    if _wants_data():
        return jsonify({"error": {"code": "internal_error"}}), 500
    return render_plain("error.html", status=500, refusal=None), 500
