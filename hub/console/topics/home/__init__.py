"""The first page: today at a glance for what one may see, live without reload."""

from __future__ import annotations

from typing import Any

from flask import url_for

from hub.console.context import console, viewer
from hub.console.language import N_
from hub.console.pages import render
from hub.console.registry import Page, Topic
from hub.console.topics.home.charts import charts
from hub.console.topics.home.money import money, partners, today_sources
from hub.console.topics.home.waiting import waiting


def home() -> str:
    """Show the first page; its live part asks again by itself, its charts once a visit."""
    return render("home/home.html", charts=[] if viewer().is_outsider else charts(), **_now())


def live() -> str:
    """Show the part of the first page that changes by itself."""
    return render("home/live.html", **_now())


def _now() -> dict[str, Any]:
    if viewer().is_outsider:
        return {"outsider": True, "live_href": url_for("home_live")}
    with console().services.store.read() as uow:
        late, mine = waiting(uow)
        return {
            "outsider": False,
            "late": late,
            "mine": mine,
            "money": money(uow),
            "sources": today_sources(uow),
            "partners": partners(uow),
            "live_href": url_for("home_live"),
        }


TOPIC = Topic(
    name="home",
    title=N_("Today"),
    order=0,
    pages=(
        Page(rule="/", endpoint="home", permission=None, view=home),
        Page(rule="/home/live", endpoint="home_live", permission=None, view=live),
    ),
    menu=((N_("At a glance"), "/"),),
)
