"""The menu: of every topic the entries that this person may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app, request
from werkzeug.exceptions import HTTPException

from hub.console.access import may_open

if TYPE_CHECKING:
    from hub.console.context import Console
    from hub.domain.permission import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the menu. `label` is translated where it is shown."""

    label: str
    href: str
    is_here: bool


def navigation(console: Console, viewer: Viewer) -> list[tuple[str, list[Entry]]]:
    """Return the topics with their entries, in order, without those that would be refused."""
    found = []
    for topic in console.registry.topics:
        entries = [
            Entry(label=label, href=href, is_here=request.path == href.partition("?")[0])
            for label, href in topic.menu
            if _opens(href, viewer)
        ]
        if entries:
            found.append((topic.title, entries))
    return found


def _opens(href: str, viewer: Viewer) -> bool:
    adapter = current_app.create_url_adapter(None) or current_app.url_map.bind("localhost")
    try:
        endpoint, values = adapter.match(href.partition("?")[0], method="GET")
    except HTTPException:
        return False
    return may_open(endpoint, values, viewer)
