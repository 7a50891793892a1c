"""The clocks of a transfer: our statutory days and the other office's, with pauses (工作日时限).

A clock runs over the working days after the day that started it, without those inside a pause:
the day a pause begins does not count, the day it ends does. Where the calendar does not know a
year yet, or a pause lasts, nobody knows when something is due, and that is what the clock says.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.domain.transfer_facts import (
    Announced,
    Answered,
    Applied,
    Arrears,
    Asked,
    Consent,
    Form,
    Funds,
    Paused,
    Resumed,
)
from hub.domain.transfer_kinds import Direction, Step
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hub.domain.calendar import WorkingDays
    from hub.domain.transfer_case import TransferCase
    from hub.domain.transfer_rules import Cited

ARREARS: Final = "欠费"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Days that do not count, for a reason: from `first` to before `until` (`None`: it lasts)."""

    first: date
    until: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One step's clock. `due_on` is `None` while a pause lasts or the calendar ends.

    `by` is the article that says how long; `ended_on` when it was done, or the case ended.
    """

    step: Step
    ours: bool
    started_on: date
    due_on: date | None
    ended_on: date | None
    by: Cited | None
    pauses: tuple[Pause, ...] = ()
    calendar_ends: bool = False

    @property
    def is_open(self) -> bool:
        """Tell whether it still runs or stands in a pause."""
        return self.ended_on is None

    @property
    def is_paused(self) -> bool:
        """Tell whether it stands."""
        return self.is_open and any(one.until is None for one in self.pauses)

    def is_late(self, today: date) -> bool:
        """Tell whether it was, or is by now, not done in time."""
        return self.due_on is not None and (self.ended_on or today) > self.due_on


def clocks(case: TransferCase, calendar: WorkingDays) -> tuple[Clock, ...]:
    """Return every clock that has started, in the order of the steps."""
    return tuple(
        clock
        for step in Step
        for started_on in [_start(case, step)]
        if started_on is not None
        for clock in [_clock(case, step, started_on, calendar)]
        if clock is not None and not _is_of_an_earlier_round(case, clock)
    )


def due_on(
    started_on: date, working_days: int, pauses: Iterable[Pause], calendar: WorkingDays
) -> date | None:
    """Return the n-th working day after the start that no pause takes; `None` if one lasts."""
    at, left = started_on, working_days
    for pause in sorted(pauses, key=lambda one: (one.first, one.until or date.max)):
        before = calendar.count(at, pause.first - timedelta(days=1))
        if before >= left:
            break
        if pause.until is None:
            return None
        left -= before
        at = max(at, pause.until - timedelta(days=1))
    return calendar.add(at, left)


def working_day_before(day: date, working_days: int, calendar: WorkingDays) -> date:
    """Return the latest day from which so many working days lead to `day`."""
    earlier = day
    while calendar.count(earlier, day) < working_days:
        earlier -= timedelta(days=1)
    return earlier


def _is_of_an_earlier_round(case: TransferCase, clock: Clock) -> bool:
    """Tell whether a step was done before this round began: it counts in that round."""
    return case.round > 1 and clock.ended_on is not None and clock.started_on < case.opened_on


def _clock(case: TransferCase, step: Step, started_on: date, calendar: WorkingDays) -> Clock | None:
    rule = case.rule(step)
    ours = step.side is case.direction
    pauses = tuple(_pauses(case, step) if ours else _theirs(case))
    ended_on = _end(case, step)
    if ended_on is None and case.ending is not None:
        ended_on = case.ending.on
    due: date | None = None
    by, calendar_ends = rule.days_by, False
    if rule.days is not None:
        try:
            due = due_on(started_on, rule.days, pauses, calendar)
        except Rejected:  # calendar_unknown_year: next year's days are not published yet
            calendar_ends = True
    elif rule.month_end:
        by = rule.month_end_by
        due = started_on.replace(day=monthrange(started_on.year, started_on.month)[1])
    else:
        return None
    return Clock(
        step=step, ours=ours, started_on=started_on, due_on=due, ended_on=ended_on, by=by,
        pauses=pauses, calendar_ends=calendar_ends,
    )  # fmt: skip


def _start(case: TransferCase, step: Step) -> date | None:  # noqa: PLR0911 -- one a step
    """Return the day that starts a step's clock: the last thing that it waits for."""
    consent, form = case.first(Consent), _first_form(case)
    match step:
        case Step.CONSENT:
            return _day(case.first(Applied)) if case.direction is Direction.IN else None
        case Step.OFFER:
            return _asked_on(case)
        case Step.FUNDS:
            if form is None or not form.amount_fen:
                return None
            return form.on if case.rule(step).days is None else _asked_on(case) or form.on
        case Step.CONTINUE:
            if case.form is None or not case.is_funded:
                return None
            days = [case.opened_on, case.form.on, *(one.on for one in case.valid(Funds))]
            if case.direction is Direction.IN:
                if consent is None:
                    return None
                days.append(consent.on)
            return max(days)


def _asked_on(case: TransferCase) -> date | None:
    """Return when the old place had all that starts its work: consent, and what it asks for."""
    consent, applied = case.first(Consent), case.first(Applied)
    if consent is None:
        return None
    asked_on = max(consent.on, case.opened_on)  # a letter may come long after its day
    if case.direction is Direction.IN or not case.rule(Step.OFFER).application:
        return asked_on
    return max(asked_on, applied.on) if applied is not None else None


def _end(case: TransferCase, step: Step) -> date | None:
    match step:
        case Step.CONSENT:
            return _day(case.first(Consent))
        case Step.OFFER:
            return _day(_first_form(case))
        case Step.FUNDS:
            return _funded_on(case)
        case Step.CONTINUE:
            return case.ending.on if case.ending is not None else None


def _funded_on(case: TransferCase) -> date | None:
    """Return when the money was sent: as announced, else as it came."""
    if case.form is None:
        return None
    announced = case.valid(Announced)
    if announced and sum(one.amount_fen for one in announced) >= case.form.amount_fen:
        return max(one.on for one in announced)
    return max((one.on for one in case.valid(Funds)), default=None) if case.is_funded else None


def _first_form(case: TransferCase) -> Form | None:
    return min(case.valid(Form), key=lambda one: (one.on, one.number), default=None)


def _pauses(case: TransferCase, step: Step) -> Iterator[Pause]:
    """Yield when our clock stands: while a person paused it, and while arrears are unpaid."""
    over = {one.number: one.on for one in case.all(Resumed)}
    for one in case.all(Paused):
        yield Pause(first=one.on, until=over.get(one.number), reason=one.reason)
    if step is Step.OFFER:
        yield from _arrears(sorted(case.all(Arrears), key=lambda one: one.at))


def _arrears(looked: Sequence[Arrears]) -> Iterator[Pause]:
    since: date | None = None
    for one in looked:
        if one.owed_fen and since is None:
            since = one.on
        elif not one.owed_fen and since is not None:
            yield Pause(first=since, until=one.on, reason=ARREARS)
            since = None
    if since is not None:
        yield Pause(first=since, until=None, reason=ARREARS)


def _theirs(case: TransferCase) -> Iterator[Pause]:
    """Yield when their clock stands: while we owe them an answer."""
    answered = {one.number: one.on for one in case.all(Answered)}
    for one in case.all(Asked):
        if not one.ours:
            yield Pause(first=one.on, until=answered.get(one.number), reason=one.number)


def _day(fact: Applied | Consent | Form | None) -> date | None:
    return fact.on if fact is not None else None
