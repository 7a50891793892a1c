"""Links to tables: only to what is registered and open to who looks, with filters it has."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import url_for

from hub.console.access import may_open
from hub.console.context import console, viewer

if TYPE_CHECKING:
    from hub.console.registry import Table


def to_table(name: str, **filters: str) -> str | None:
    """Return the address of a table with filters; `None` where this viewer has no such table."""
    table: Table | None = console().registry.tables.get(name)
    if table is None or not may_open("table", {"name": name}, viewer()):
        return None
    known = {one.name for one in table.filters}
    if not set(filters) <= known:
        return None  # other rows than the ones that were counted
    address = url_for("table", name=name)
    return f"{address}?{urlencode(filters)}" if filters else address
