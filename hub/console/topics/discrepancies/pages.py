"""One discrepancy with all that happened to it, and how old what is open is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import url_for

from hub.console.context import console
from hub.console.language import gettext
from hub.console.pages import render
from hub.console.topics.discrepancies import words
from hub.console.topics.discrepancies.people import payer
from hub.console.words import fund
from hub.domain.aging import UNKNOWN
from hub.domain.discrepancy import Level
from hub.flows import aging as ages
from hub.flows.receipt_trail import deposit_records
from hub.flows.review import age_of
from hub.store.views import discrepancies as view

if TYPE_CHECKING:
    from hub.domain.aging import AgingLine


@dataclass(frozen=True, slots=True)
class Cell:
    """One bucket of one cause and owner, and where its discrepancies are listed."""

    count: int
    amount_fen: int
    href: str


def discrepancy(number: int) -> str:
    """Show one discrepancy; `Rejected("discrepancy_missing")`."""
    services = console().services
    with services.store.read() as uow:
        one = uow.discrepancies.get(number)
        notes = uow.discrepancies.notes(number)
        letters = view.asked_in(uow, number)
    what = one.difference
    return render(
        "discrepancies/discrepancy.html",
        one=one,
        what=what,
        verdict=words.cause_word(what.cause.value),
        level=words.LEVELS[what.level.value],
        state=words.STATES[one.state.value],
        ending=words.ENDINGS[one.closed_how.value] if one.closed_how else None,
        proposed=words.ACTIONS[one.proposal.action.value] if one.proposal else None,
        fund=fund(what.insurance_kind) if what.insurance_kind else None,
        payer=payer(what.payer_id),
        has_payer_page=what.payer_id is not None and what.period is not None,
        age=age_of(one, services.today(), services),
        notes=[(note, words.noted(note.event), _said(note.event, note.text)) for note in notes],
        letters=letters,
        kind=fund,
        deposits=deposit_records(one, services) if what.level is Level.RECEIPT else [],
    )


def aging() -> str:
    """Show what is not closed by cause, owner and age, as a chart and as a table."""
    services = console().services
    with services.store.read() as uow:
        lines = ages.report(services.today(), services, uow)
    by_age: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    rows: dict[tuple[str, str], dict[str, Cell]] = {}
    for line in lines:
        by_age[line.bucket][0] += line.count
        by_age[line.bucket][1] += line.amount_fen
        rows.setdefault((line.cause, line.owner), {})[line.bucket] = _cell(line)
    names = [name for name in ages.NAMES if name != UNKNOWN or name in by_age]
    return render(
        "discrepancies/aging.html",
        names=names,
        points=[(_days(name), by_age[name][0]) for name in names],
        amounts=[(_days(name), by_age[name][1]) for name in names],
        rows=[(words.cause_word(cause), owner, cells) for (cause, owner), cells in rows.items()],
        sums=by_age,
    )


def _cell(line: AgingLine) -> Cell:
    href = url_for(
        "table", name="discrepancies", verdict=line.cause, owner=line.owner, age=line.bucket
    )
    return Cell(line.count, line.amount_fen, href)


def _days(bucket: str) -> str:
    return gettext("not known") if bucket == UNKNOWN else bucket


def _said(event: str, text: str | None) -> object:
    """Return the text of a note; the code that opened it by its name."""
    if text is not None and event in ("opened", "reopened") and text in words.CAUSES:
        return words.CAUSES[text]
    if event == "proposed" and text:
        code, _, reason = text.partition(": ")
        if code in words.ACTIONS:
            return (words.ACTIONS[code], reason)
    return text
