"""The nightly check (夜间校验): every invariant on the live database; a breach is an alarm.

Once a week the archived originals are read and hashed too. What holds again ends its alarm.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from hub.domain.desk import FINANCE
from hub.domain.discrepancy import Difference, Ending, Event, Level, key_of
from hub.domain.way import Way
from hub.flows.conservation import watch
from hub.flows.verify import verify
from hub.logs import log

if TYPE_CHECKING:
    from hub.flows.services import Services
    from hub.flows.verify import Check
    from hub.store.engine import UnitOfWork
    from hub.store.tasks import Task

QUEUE: Final = "collection"
STEP: Final = "verify"
NOTE_CHARS_MAX: Final = 500
_MONEY: Final = frozenset({"conservation", "debit_conservation"})


def plan_night(day: date, services: Services) -> bool:
    """Add the check of a night, once for ever; rest days have one too."""
    settings, now = services.settings, services.now()
    due_at = datetime.combine(day, settings.verify.at, settings.time_zone)

    def unit(uow: UnitOfWork) -> bool:
        if uow.tasks.exists(queue=QUEUE, step=STEP, subject_id=day.isoformat()):
            return False
        uow.tasks.add(queue=QUEUE, step=STEP, subject_id=day.isoformat(), at=now, due_at=due_at)
        return True

    return services.store.transact(unit)


def verify_night(task: Task, services: Services) -> None:
    """Check every invariant, and show each breach to people until it holds again."""
    day, at = date.fromisoformat(task.subject_id), services.now()
    deep = day.isoweekday() == services.settings.verify.deep_weekday
    checks = list(verify(services, deep=deep))
    broken = [check for check in checks if not check.ok]

    def unit(uow: UnitOfWork) -> None:
        for check in checks:
            difference = _difference(check)
            if check.ok:
                uow.discrepancies.end(difference.key, Ending.CLEARED, at=at)
            else:
                uow.discrepancies.open(difference, owner=FINANCE, on=services.today(), at=at)
        if any(check.name in _MONEY for check in broken):  # so that its lanes stop
            uow.take_time()
            for way in Way:
                watch(uow.on(way), on=services.today(), at=at)
        subject, names = f"day:{day.isoformat()}", [check.name for check in broken]
        done = uow.journal.list(subject=subject, event="verify.done", limit=1)
        if done and json.loads(done[0].facts)["broken"] == names:
            return
        uow.journal.note(
            "verify.done", subject, at=at, actor="verify", deep=deep, checks=len(checks),
            broken=names,
        )  # fmt: skip

    services.store.transact(unit)
    for check in broken:
        log("verify").error("verify.breach", check=check.name, first=check.first)


def _difference(check: Check) -> Difference:
    note = f"{check.zh}（{check.invariant}）：{check.first}"[:NOTE_CHARS_MAX]
    return Difference(
        key=key_of(Level.EVENT, Event.VERIFY_BREACH, check.name),
        level=Level.EVENT,
        cause=Event.VERIFY_BREACH,
        amount_fen=0,
        rule=check.invariant,
        note=None if check.ok else note,
    )
