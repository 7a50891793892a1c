"""Targets: every address of the console, as raw requests of people who may open it.

An input is a request line, headers and a body. Session and token are added by the target, so that
what is refused is the input and not the person.
"""

from __future__ import annotations

import io
import json
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import run_wsgi_app

from hub.console.fields import shown
from hub.console.registry import Registry
from hub.console.topics import TOPICS
from hub.errors import HubError
from hub.mappings.roles import load_roles
from tests.conftest import ROOT
from tests.fuzz.target import Refused, Target, Unsafe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hub.console.registry import Action
    from tests.fuzz.mutations import Seed
    from tests.fuzz.target import Run

REGISTRY = Registry(TOPICS)
NO_RATES = {"requests_per_minute": 10_000_000, "sign_in_attempts": 10_000_000}
BOUNDARY = "b0undary"
NOBODY = "nobody"
_VALUES = {"text": "张三", "long": "原因", "count": "1", "money": "12.50", "date": "2026-11-24",
           "check": "1", "ids": "1", "file": "a,b\n1,2\n"}  # fmt: skip


@cache
def _roles() -> dict[str, Any]:
    return load_roles(ROOT / "config")


def _who(permissions: tuple[Any, ...], scope: str | None) -> str | None:
    """Return the first role that may open something."""
    for code, role in sorted(_roles().items()):
        own = {"bank_user": "partner", "region_user": "region"}.get(code)
        if role.permissions & set(permissions) and (not role.scoped or scope == own):
            return code
    return None


def _request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"{method} {path}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return "\n".join(lines).encode() + b"\n\n" + body


def _page_seeds() -> Iterator[Seed]:
    for page in REGISTRY.pages.values():
        path = page.rule.replace("<int:", "<").replace("<path:", "<")
        for role in {_who((page.permission,), page.scope) if page.permission else "auditor"} - {
            None
        }:
            filled = "".join(part.partition(">")[2].join(("1", "")) if i else part
                             for i, part in enumerate(path.split("<")))  # fmt: skip
            yield (
                (NOBODY if page.is_public else role),
                _request("GET", f"{filled}?lang=zh&day=2026-11-24"),
            )
    for table in REGISTRY.tables.values():
        role = _who((table.permission,), table.scope)
        asked = {one.name: "1" for one in table.filters}
        yield (
            role,
            _request(
                "GET", f"/tables/{table.name}?{urlencode({**asked, 'limit': '20', 'after': '1'})}"
            ),
        )
        yield (
            role,
            _request("GET", f"/tables/{table.name}", HX_Request="true", Accept_Language="en"),
        )
        yield "auditor", _request("GET", f"/tables/{table.name}?format=csv")
    for action in REGISTRY.actions.values():
        yield (
            _who(action.permissions, action.scope),
            _request("GET", f"/actions/{action.name}?id=1&note=x"),
        )


def _fields(action: Action) -> dict[str, str]:
    said = {}
    for field in shown(action.takes):
        said[field.name] = (
            str(field.choices[0][1]) if field.choices else _VALUES.get(field.kind, "1")
        )
        if "person_id" in field.name:
            said[field.name] = "33010019800101000X"
    return said


def _form_seeds() -> Iterator[Seed]:
    for action in REGISTRY.actions.values():
        body = urlencode({**_fields(action), "code": "000000"}).encode()
        yield _who(action.permissions, action.scope), _request(
            "POST", f"/actions/{action.name}", body, Origin="https://localhost",
            Content_Type="application/x-www-form-urlencoded", Sec_Fetch_Site="same-origin",
        )  # fmt: skip


def _upload_seeds() -> Iterator[Seed]:
    for action in REGISTRY.actions.values():
        kinds = {field.name: field.kind for field in shown(action.takes)}
        if "file" not in kinds.values():
            continue
        parts = []
        for name, value in {**_fields(action), "code": "000000"}.items():
            file = (
                '; filename="清单.csv"\r\nContent-Type: text/csv'
                if kinds.get(name) == "file"
                else ""
            )
            parts.append(
                f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'  # noqa: E501
            )
        body = ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
        for path in (f"/actions/{action.name}", f"/api/v1/actions/{action.name}"):
            yield _who(action.permissions, action.scope), _request(
                "POST", path, body, Origin="https://localhost",
                Content_Type=f"multipart/form-data; boundary={BOUNDARY}",
            )  # fmt: skip


def _api_seeds() -> Iterator[Seed]:
    yield "auditor", _request("GET", "/api/v1/openapi.json")
    for table in REGISTRY.tables.values():
        path = f"/api/v1/tables/{table.name}?limit=5&after=1"
        yield _who((table.permission,), table.scope), _request("GET", path)
    for action in REGISTRY.actions.values():
        body = json.dumps({**_fields(action), "code": "000000"}, ensure_ascii=False).encode()
        yield (
            _who(action.permissions, action.scope),
            _request(
                "POST", f"/api/v1/actions/{action.name}", body, Content_Type="application/json"
            ),
        )


def _door_seeds() -> Iterator[Seed]:
    form = urlencode({"name": "auditor", "password": "x", "code": "123456", "next": "/"}).encode()
    kind = "application/x-www-form-urlencoded"
    yield (
        NOBODY,
        _request("GET", "/sign-in?next=/tables/people&lang=en", Accept_Language="zh-CN,en;q=0.5"),
    )
    yield NOBODY, _request("POST", "/sign-in", form, Content_Type=kind, Origin="https://localhost")
    yield NOBODY, _request("GET", "/health")
    yield NOBODY, _request("GET", "/api/v1/tables/people", Authorization="Bearer hub_abc.def")
    yield (
        NOBODY,
        _request("GET", "/", Cookie="__Host-hub=abc; __Host-hub-notice=x", Host="localhost"),
    )
    yield NOBODY, _request("GET", "/static/hub.css", If_None_Match='"x"', Range="bytes=0-9")
    for page in REGISTRY.pages.values():
        if page.is_public:
            for method in page.methods:
                yield (
                    NOBODY,
                    _request(
                        method, page.rule, form if method == "POST" else b"", Content_Type=kind
                    ),
                )


class _People:
    """Everybody's session; made anew when an input has signed somebody out."""

    def __init__(self, folder: Path) -> None:
        from tests.console.house import House
        from tests.payouts import row, take_list
        from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices

        here, there = paying_offices(folder, HANGZHOU, CHENGDU)
        here.consent(here.apply("in", there))
        carry(here, there)
        take_list(here, [row(1), row(2), row(3)])
        self._patch = pytest.MonkeyPatch()
        self.house = House(folder, self._patch, office=here, **NO_RATES)
        self.house.app.error_handler_spec[None][None][Exception] = _again
        self._known: dict[str, tuple[str, str]] = {}

    def session(self, role: str) -> tuple[str, str]:
        """Return cookie header and token of a role's person."""
        if role not in self._known:
            browser = self.house.client_of(role)
            cookies = "; ".join(f"{c.key}={c.value}" for c in browser._cookies.values())
            self._known[role] = cookies, browser.csrf_token
        return self._known[role]

    def forget(self, role: str) -> None:
        """Sign in again the next time."""
        self._known.pop(role, None)


def _again(error: Exception) -> None:
    raise error


def _open(folder: Path) -> Run:
    people = _People(folder)

    def run(role: str, content: bytes) -> None:
        cookie, token = ("", "") if role == NOBODY else people.session(role)
        environ = _environ(content, cookie, token)
        answer, status, headers = run_wsgi_app(people.house.app, environ, buffered=True)
        b"".join(answer)
        code = int(status.split()[0])
        where = headers.get("Location", "")
        if code == 401 or where.startswith("/sign-in"):
            people.forget(role)
        if code >= 500 and code != 503:
            raise Unsafe(f"console: {status}")
        if any("\n" in value or "\r" in value for value in headers.values()):
            raise Unsafe("console: a line end in a header")
        if where and not where.startswith("/") and "localhost" not in where.split("/")[2]:
            raise Unsafe("console: leads to another site")
        if code >= 400:
            raise Refused(status.split()[0])

    return run


def _environ(content: bytes, cookie: str, token: str) -> dict[str, Any]:
    """Return what a server makes of a request, for whatever bytes."""
    head, _, body = content.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, target = first.partition(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method.strip().upper() or "GET", "SCRIPT_NAME": "",
        "PATH_INFO": _unquoted(path) or "/", "QUERY_STRING": query.strip(), "SERVER_NAME": "localhost",  # noqa: E501
        "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)), "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    if cookie:
        environ |= {"HTTP_COOKIE": cookie, "HTTP_X_CSRF_TOKEN": token}
    for line in lines:
        name, colon, value = line.partition(":")
        key = name.strip().upper().replace("-", "_")
        if not colon or not key.isascii() or not key.replace("_", "").isalnum():
            continue  # a server refuses it itself
        if key == "CONTENT_TYPE":
            environ[key] = value.strip()
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING") and not (
            key == "COOKIE" and cookie
        ):
            environ[f"HTTP_{key}"] = value.strip()
    return environ


def _unquoted(path: str) -> str:
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")


_MODULES = ["hub.console.actions", "hub.console.asked", "hub.console.fields", "hub.console.tables",
            "hub.console.topics.transfers.inputs", "hub.console.topics.bank.tables",
            "hub.store.views.paging"]  # fmt: skip
_WORDS = ("lang", "unmask", "after", "limit", "format", "xlsx", "csv", "next", "//evil.example", "https://[",
          "%00", "%ff", "%0d%0aX: y", "..%2f", "Origin: https://[", "Host: a b", "X-Forwarded-For: x",  # noqa: E501
          "Content-Type: multipart/form-data", "charset=utf-16", "9223372036854775808", "HX-Request: true",  # noqa: E501
          "If-Modified-Since: x", "Accept-Language: " + "zh," * 200, "Cookie: a=b", "Sec-Fetch-Site: x",  # noqa: E501
          "Authorization: Bearer ", "Range: bytes=-", "ids=1&ids=x")  # fmt: skip

TARGETS = [
    Target(name=f"console_{name}", modules=_MODULES, seeds=seeds, open=_open, words=_WORDS,
           refusals=(HubError, Refused), ci_inputs=inputs)
    for name, seeds, inputs in (
        ("pages", _page_seeds, 200), ("forms", _form_seeds, 120), ("uploads", _upload_seeds, 60),
        ("api", _api_seeds, 120), ("door", _door_seeds, 100),
    )
]  # fmt: skip
