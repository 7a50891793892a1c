"""The life of a letter (函) after its draft: signed by a second person, sent, answered, or not.

Signing gives it its number and dates in one unit of work; its papers follow by a task of their
own, so a crash in between loses nothing. A reply ends the clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.domain.approval import named
from hub.domain.letter import LetterKind, LetterState, Papers, letter_number
from hub.domain.letter_content import still_holds
from hub.errors import Rejected
from hub.flows.letter_papers import (
    ANNEX,
    DOCX,
    PDF,
    content_of,
    make_papers,
    paper_name,
    write_papers,
)
from hub.flows.letter_reminder import plan_reminder
from hub.flows.outgoing import put_out
from hub.flows.receive import QUEUE

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from hub.domain.letter import Letter
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

HUB: Final = "hub"  # who acts when nobody does


def sign(
    letter_id: int, *, person: str, services: Services, content_sha256: str | None = None
) -> Letter:
    """Sign a draft as another person than the one who wrote it: it gets its number and dates.

    `content_sha256` is what the person read; `Rejected("letter_changed")` if it was drafted anew.
    `Rejected("letter_outdated")` when a difference that it asks about is not as it was.
    """
    who, at, today = named(person), services.now(), services.today()
    settings = services.settings.letters
    due_on = services.calendar.add(today, settings.reply_working_days)
    with services.store.read() as uow:
        drafted = uow.letters.get(letter_id)
    if content_sha256 not in (None, drafted.content_sha256):
        raise Rejected("letter_changed", id=letter_id)
    content = content_of(drafted, services)

    def unit(uow: UnitOfWork) -> Letter:
        letter = uow.letters.get(letter_id)
        letter.require_state(LetterState.DRAFT)
        letter.require_other_person(who)
        stale = [
            item.discrepancy_id
            for item in content.items
            if not still_holds(item, uow.discrepancies.get(item.discrepancy_id))
        ]
        if stale or letter.content_sha256 != drafted.content_sha256:
            raise Rejected("letter_outdated", id=letter_id, count=len(stale))
        number = letter_number(
            settings.number_prefix, today.year, uow.letters.next_serial(today.year)
        )
        signed = uow.letters.save(
            letter.sign(number=number, person=who, sent_on=today, due_on=due_on)
        )
        uow.journal.note(
            "letter.signed", f"letter:{letter_id}", at=at, actor="person", person=who,
            number=number, content_sha256=letter.content_sha256, due_on=due_on.isoformat(),
        )  # fmt: skip
        uow.tasks.add(queue=QUEUE, step="issue", subject_id=str(letter_id), at=at)
        return signed

    return services.store.transact(unit)


def issue(task: Task, services: Services) -> None:
    """Make the papers of the signed letter that the task names, and send them."""
    issue_letter(int(task.subject_id), services)


def issue_letter(letter_id: int, services: Services) -> list[Path]:
    """Make a signed letter's papers, put them into the outbox; returns where people find them.

    A letter that is sent already is left alone, and the answer is empty.
    """
    with services.store.read() as uow:
        letter = uow.letters.get(letter_id)
    if letter.state is not LetterState.SIGNED:
        return []
    made = make_papers(letter, services)
    paths = write_papers(letter, made, services)
    kept = {end: services.archive.put_bytes(paper).sha256 for end, paper in made.items()}
    at = services.now()
    services.store.transact(lambda uow: _send(letter_id, kept, services, uow, at=at))
    return paths


def reply(letter_id: int, *, file: Path, note: str, person: str, services: Services) -> Letter:
    """Register the written reply (书面回复): its file is kept, and the clock ends.

    A reply to a reminder is a reply to the letter that it is about.
    """
    at, today = services.now(), services.today()
    with file.open("rb") as content:
        limit = services.settings.limits.file_bytes_max
        sha256 = services.archive.put(content, size_bytes_max=limit).sha256

    def unit(uow: UnitOfWork) -> Letter:
        named_one = uow.letters.get(letter_id)
        about = named_one.about_id or letter_id
        reminders = [x for x in uow.letters.list() if x.about_id == about and x.awaits_reply]
        answered = uow.letters.get(about)
        for letter in (answered, *reminders):
            saved = uow.letters.save(
                letter.register_reply(sha256=sha256, note=note, person=person, on=today)
            )
            answered = saved if saved.id == about else answered
        uow.journal.note(
            "letter.replied", f"letter:{about}", at=at, actor="person", person=named(person),
            number=answered.number, sha256=sha256,
        )  # fmt: skip
        return answered

    return services.store.transact(unit)


def _send(
    letter_id: int, kept: dict[str, str], services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    letter = uow.letters.get(letter_id)
    if letter.state is not LetterState.SIGNED:
        return  # somebody else was quicker
    papers = Papers(pdf_sha256=kept.get(PDF), docx_sha256=kept[DOCX], annex_sha256=kept.get(ANNEX))
    sent = uow.letters.save(letter.issue(papers))
    channel = services.settings.letters.channel
    for ending, sha256 in sorted(kept.items()):
        put_out(uow, channel=channel, name=f"{paper_name(sent)}{ending}", sha256=sha256, at=at)
    for discrepancy_id in uow.letters.items(letter_id):
        uow.discrepancies.note(discrepancy_id, "asked", at=at, text=sent.number)
    uow.journal.note(
        "letter.sent", f"letter:{letter_id}", at=at, actor=HUB, number=sent.number,
        channel=channel, **{f"sha256{end}": sha256 for end, sha256 in sorted(kept.items())},
    )  # fmt: skip
    if sent.kind is LetterKind.MONTHLY and sent.due_on is not None:
        plan_reminder(letter_id, 1, sent.due_on, services, uow)
