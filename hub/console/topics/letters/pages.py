"""One letter with what it asks and its clock, and its papers.

A letter's papers name persons, so they open only for those who draft or sign letters or may see
personal data, and every opening is on record.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Literal

from flask import Response, send_file

from hub.console.access import record_look
from hub.console.context import console, viewer
from hub.console.pages import render
from hub.console.topics.discrepancies.people import payer
from hub.console.topics.discrepancies.words import STATES as DISCREPANCY_STATES
from hub.console.topics.discrepancies.words import cause_word
from hub.console.topics.letters.words import KINDS, STATES
from hub.console.words import fund
from hub.domain.permission import Permission
from hub.errors import Rejected
from hub.flows.letter_papers import ANNEX, DOCX, PDF, content_of, make_papers, paper_name
from hub.store.views import letters as view

if TYPE_CHECKING:
    from datetime import date

    from hub.domain.letter import Letter
    from hub.domain.letter_content import Item

ITEMS_SHOWN_MAX: Final = 200
_ENDINGS: Final = {"pdf": PDF, "docx": DOCX, "annex": ANNEX}
_TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "annex": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MAKERS: Final = (Permission.LETTER_DRAFT, Permission.LETTER_SIGN, Permission.PERSONAL_SEE)
_KINDS_OF_REPLY: Final = ((b"%PDF", ".pdf"), (b"PK\x03\x04", ".docx"), (b"\xff\xd8\xff", ".jpg"))


def letter(number: int) -> str:
    """Show a letter; `Rejected("letter_missing")`."""
    services = console().services
    with services.store.read() as uow:
        one = uow.letters.get(number)
        states = view.item_states(uow, number)
        reminders = view.reminders(uow, number)
    content = content_of(one, services)
    return render(
        "letters/letter.html",
        one=one,
        kind=KINDS[one.kind.value],
        state=STATES[one.state.value],
        content=content,
        totals=[(fund(line.insurance_kind), line) for line in content.totals],
        items=[_item(item, states) for item in content.items[:ITEMS_SHOWN_MAX]],
        items_left=max(0, len(content.items) - ITEMS_SHOWN_MAX),
        reminders=[(x, STATES[x.state.value]) for x in reminders],
        clock=clock(one, services.today()),
        papers=_papers(one),
        may_open=_may_open(),
    )


def clock(one: Letter, today: date) -> tuple[Literal["runs", "late", "ended"], int] | None:
    """Return whether the reply clock runs, is over or has ended, and by how many working days.

    Nothing before the letter is sent; 0 where the calendar does not know a year.
    """
    if one.due_on is None:
        return None
    until = one.reply.on if one.reply else today
    count = console().services.calendar.count
    try:
        if until > one.due_on:
            return ("ended" if one.reply else "late"), count(one.due_on, until)
        return ("ended" if one.reply else "runs"), count(until, one.due_on)
    except Rejected:
        return ("ended" if one.reply else "runs"), 0


def paper(number: int, kind: str) -> Response:
    """Send one of a letter's papers: as it was sent, or of a draft as it would be now.

    `Rejected`: `not_permitted`, `paper_missing` when there is none of that kind.
    """
    if not _may_open():
        raise Rejected("not_permitted", permission=Permission.LETTER_DRAFT.value)
    services = console().services
    with services.store.read() as uow:
        one = uow.letters.get(number)
    if kind == "reply" and one.reply is not None:
        with services.archive.open(one.reply.sha256) as content:
            return _sent(one, kind, content.read())
    kept = _papers(one).get(kind)
    if kept is not None:
        with services.archive.open(kept) as content:
            return _sent(one, kind, content.read())
    if kind in _ENDINGS and one.papers is None:
        made = make_papers(one, services).get(_ENDINGS[kind])
        if made is not None:
            return _sent(one, kind, made)
    raise Rejected("paper_missing", id=number, kind=kind[:20])


def _sent(one: Letter, kind: str, content: bytes) -> Response:
    record_look("letter", f"{one.id}/{kind}")
    if kind == "reply":
        ending = next((end for head, end in _KINDS_OF_REPLY if content.startswith(head)), ".txt")
        name, media_type = f"{paper_name(one)}-reply{ending}", "application/octet-stream"
    else:
        name, media_type = f"{paper_name(one)}{_ENDINGS[kind]}", _TYPES[kind]
    return send_file(
        BytesIO(content), mimetype=media_type, download_name=name, as_attachment=kind != "pdf"
    )


def _may_open() -> bool:
    return any(viewer().may(one) for one in _MAKERS)


def _papers(one: Letter) -> dict[str, str | None]:
    """Return the papers that were sent, by kind; a draft has none yet."""
    if one.papers is None:
        return {}
    kept = one.papers
    return {"pdf": kept.pdf_sha256, "docx": kept.docx_sha256, "annex": kept.annex_sha256}


def _item(item: Item, states: dict[int, str]) -> dict[str, Any]:
    state = states.get(item.discrepancy_id)
    return {
        "it": item,
        "verdict": cause_word(item.cause),
        "fund": fund(item.insurance_kind) if item.insurance_kind else None,
        "payer": payer(item.payer_id),
        "state": DISCREPANCY_STATES.get(state or ""),
    }
