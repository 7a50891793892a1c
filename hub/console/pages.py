"""Showing a page: its template, with what every page has."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import g, render_template, request

from hub.console.context import console, viewer
from hub.console.navigation import navigation


def render(template: str, **values: Any) -> str:  # noqa: ANN401
    """Return a page in the reader's language; htmx asks with `HX-Request` for its own parts."""
    return render_template(
        template,
        viewer=viewer(),
        navigation=partial(navigation, console(), viewer()),  # parts of pages have no menu
        agency=console().services.settings.agency,
        today=console().services.today(),
        is_part=request.headers.get("HX-Request") == "true",
        **values,
    )


def render_plain(template: str, **values: Any) -> str:  # noqa: ANN401
    """Return a page that needs nobody signed in: sign-in, errors."""
    who = g.get("viewer")
    if who is not None:
        return render(template, **values)
    return render_template(
        template, viewer=None, navigation=list, agency=console().services.settings.agency, **values
    )
