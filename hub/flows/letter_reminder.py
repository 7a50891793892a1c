"""Reminders (催办函): when the reply to a letter is late, the hub asks again by itself.

A reminder is a letter of its own with a number of its own. It repeats what two people have signed
already, so the hub signs it; it goes out on the working day after the due date, and again after
the same time until the reply has come.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.letter import Letter, LetterKind, letter_number, reminder_key
from hub.domain.letter_content import Earlier
from hub.errors import Rejected
from hub.flows.letter_papers import content_of
from hub.flows.receive import QUEUE

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

HUB: Final = "hub"  # who drafts and signs a reminder


def plan_reminder(
    letter_id: int, ordinal: int, due_on: date, services: Services, uow: UnitOfWork
) -> None:
    """Plan a reminder for the opening of the working day after a due date."""
    try:
        on = services.calendar.add(due_on, 1)
    except Rejected:  # the calendar ends there; the next day is soon enough to look again
        on = due_on + timedelta(days=1)
    opens_at = services.settings.reconciliation.opens_at
    uow.tasks.add(
        queue=QUEUE,
        step="remind",
        subject_id=f"{letter_id}/{ordinal}",
        at=services.now(),
        due_at=datetime.combine(on, opens_at, services.settings.time_zone),
    )


def remind(task: Task, services: Services) -> None:
    """Send the reminder that the task names (`letter/ordinal`), unless the reply has come."""
    letter_id, ordinal = (int(part) for part in task.subject_id.split("/"))
    today = services.today()
    with services.store.read() as uow:
        letter = uow.letters.get(letter_id)
    if not letter.awaits_reply or letter.reminders >= ordinal:
        return
    assert letter.number is not None  # noqa: S101 -- it was signed
    assert letter.sent_on is not None  # noqa: S101
    assert letter.due_on is not None  # noqa: S101
    earlier = Earlier(
        number=letter.number,
        sent_on=letter.sent_on,
        due_on=letter.due_on,
        overdue_working_days=services.calendar.count(letter.due_on, today),
        ordinal=ordinal,
    )
    content = replace(content_of(letter, services), earlier=earlier)
    sha256 = services.archive.put_bytes(content.as_json()).sha256
    at = services.now()
    fresh = Letter(
        id=0,
        key=reminder_key(letter_id, ordinal),
        kind=LetterKind.REMINDER,
        month=letter.month,
        to_party=letter.to_party,
        cc_party=letter.cc_party,
        content_sha256=sha256,
        drafted_by=HUB,
        drafted_at=at,
        about_id=letter_id,
    )
    services.store.transact(lambda uow: _sign(fresh, ordinal, services, uow))


def _sign(fresh: Letter, ordinal: int, services: Services, uow: UnitOfWork) -> None:
    at, today = fresh.drafted_at, services.today()
    settings = services.settings.letters
    assert fresh.about_id is not None  # noqa: S101 -- a reminder is about a letter
    letter = uow.letters.get(fresh.about_id)
    if not letter.awaits_reply or letter.reminders >= ordinal:
        return  # the reply, or another hub, was quicker
    due_on = services.calendar.add(today, settings.reply_working_days)
    uow.letters.save(letter.remind(today))
    reminder = uow.letters.add(fresh)
    number = letter_number(settings.number_prefix, today.year, uow.letters.next_serial(today.year))
    uow.letters.save(reminder.sign(number=number, person=None, sent_on=today, due_on=due_on))
    uow.journal.note(
        "letter.reminded", f"letter:{letter.id}", at=at, actor=HUB, number=number,
        about=letter.number, ordinal=ordinal, due_on=due_on.isoformat(),
    )  # fmt: skip
    uow.tasks.add(queue=QUEUE, step="issue", subject_id=str(reminder.id), at=at)
    plan_reminder(letter.id, ordinal + 1, due_on, services, uow)
