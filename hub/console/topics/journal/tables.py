"""The list of decisions, the newest first."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from hub.console import asked
from hub.console.language import N_
from hub.console.registry import Column, Filter, Rows, Table
from hub.domain.permission import Permission
from hub.store.views import journal

if TYPE_CHECKING:
    from datetime import date

    from hub.console.registry import Query
    from hub.store.engine import UnitOfWork

FACTS_CHARS: Final = 120  # of a row in the list; the entry's page has them all


def _entries(uow: UnitOfWork, query: Query) -> Rows:
    zone = query.services.settings.time_zone

    def begin(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time(), zone)

    until = asked.day(query.filters, "until")
    wanted = journal.Asked(
        event=query.filters.get("event"),
        subject=query.filters.get("subject"),
        person=query.filters.get("person"),
        since=begin(asked.day(query.filters, "since")),
        until=begin(until + timedelta(days=1) if until else None),
    )
    found, after = journal.entry_page(uow, wanted, after=query.after, limit=query.limit)
    rows = [
        {
            "n": row.n, "at": row.at, "event": row.event, "subject": row.subject,
            "actor": row.actor, "person": row.person,
            "facts": row.facts if len(row.facts) <= FACTS_CHARS else row.facts[:FACTS_CHARS] + "…",
            "_href": f"/journal/{row.n}",
        }
        for row in found
    ]  # fmt: skip
    return Rows(rows=rows, after=after)


TABLES: Final = (
    Table(
        name="journal",
        title=N_("Decisions"),
        permission=Permission.JOURNAL_SEE,
        columns=(
            Column(name="n", label=N_("Number"), kind="count"),
            Column(name="at", label=N_("When"), kind="instant"),
            Column(name="event", label=N_("Event")),
            Column(name="subject", label=N_("About")),
            Column(name="actor", label=N_("Actor")),
            Column(name="person", label=N_("Person")),
            Column(name="facts", label=N_("Facts")),
        ),
        fetch=_entries,
        filters=(
            Filter(name="event", label=N_("Event")),
            Filter(name="subject", label=N_("About")),
            Filter(name="person", label=N_("Person")),
            Filter(name="since", label=N_("From"), kind="date"),
            Filter(name="until", label=N_("Until"), kind="date"),
        ),
        note=N_("Each row is bound to the one before it; nothing in it can be changed unseen."),
    ),
)
