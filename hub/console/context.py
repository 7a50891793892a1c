"""What views may reach: the services, the roles, what is registered, and who looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from flask import current_app, g

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from hub.console.registry import Registry
    from hub.domain.permission import Role, Viewer
    from hub.flows.services import Services

_KEY: Final = "hub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """One console over one deployment's services; shared by all threads."""

    services: Services
    roles: Mapping[str, Role]
    registry: Registry


def attach(app: Flask, to: Console) -> None:
    """Let the views of an app reach a console."""
    app.extensions[_KEY] = to


def console() -> Console:
    """Return the console that answers this request."""
    return cast("Console", current_app.extensions[_KEY])


def viewer() -> Viewer:
    """Return who looks; only in views that need a person, which `hub.console.access` sees to."""
    return cast("Viewer", g.viewer)
