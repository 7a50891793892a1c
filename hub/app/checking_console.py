"""Proves the console's settings: its address, and the key that seals second factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hub.app.identity import open_provider
from hub.errors import HubError
from hub.settings import Problem, Secret

if TYPE_CHECKING:
    from hub.settings import Settings

_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def check_console(settings: Settings) -> tuple[list[Problem], list[str]]:
    """Return what makes the console unusable, and what is only odd."""
    console, where = settings.console, f"{settings.config_dir.name}/hub.toml"
    problems, warnings = [], []
    if console.demo:
        warnings.append("console.demo: whoever can run commands can print one-time codes")
    if not console.is_https and urlsplit(console.public_url).hostname not in _LOCAL:
        message = "must begin with https://: without TLS no browser keeps the session's cookie"
        problems.append(Problem(file=where, key="console.public_url", message=message))
    if console.key is not None:
        try:
            warnings += _odd_about_key(console.key)
        except HubError as error:
            message = error.explain("en")
            problems.append(Problem(file=where, key="console.key", message=message))
    if console.oidc is not None:
        try:
            open_provider(settings)
            Secret(console.oidc.client_secret).reveal()
        except HubError as error:
            message = error.explain("en")
            problems.append(Problem(file=where, key="console.oidc", message=message))
        if console.oidc.second_factor:
            warnings.append("console.oidc.second_factor: the hub believes what it cannot see")
    return problems, warnings


def _odd_about_key(reference: str) -> list[str]:
    # only a deployment with a console waits for these imports
    from hub.adapters.credentials import check_key  # noqa: PLC0415
    from hub.adapters.signing import is_readable_by_others  # noqa: PLC0415

    check_key(reference)
    if is_readable_by_others(reference):
        return ["console.key: others may read the file; chmod 600 it"]
    return []
