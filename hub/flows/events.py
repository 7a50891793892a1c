"""What happens to files and sources as discrepancies: one place for their keys and their words.

A source that did not come, a file that was refused or that contradicts an earlier one: somebody
must act, so each is a discrepancy (差异) of a partner. It ends by itself when what was wrong is
there after all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.domain.desk import desk_for
from hub.domain.discrepancy import Difference, Ending, Event, Level, State, key_of

if TYPE_CHECKING:
    from datetime import date, datetime

    from hub.domain.facts import Source
    from hub.store.engine import UnitOfWork
    from hub.store.inbox import Received


def source_missing(day: date, partner: str, source: Source, *, note: str = "") -> Difference:
    """Return the difference "this source of this day did not come"."""
    return Difference(
        key=key_of(Level.EVENT, Event.SOURCE_MISSING, day.isoformat(), partner, source.value),
        level=Level.EVENT,
        cause=Event.SOURCE_MISSING,
        amount_fen=0,
        partner=partner,
        note=note or None,
    )


def file_refused(received: Received, *, partner: str | None = None, note: str = "") -> Difference:
    """Return the difference "this file was refused"; a file of that name that is read ends it."""
    return Difference(
        key=key_of(Level.EVENT, Event.FILE_REFUSED, received.channel, received.name),
        level=Level.EVENT,
        cause=Event.FILE_REFUSED,
        amount_fen=0,
        partner=partner,
        note=note or None,
    )


def file_conflict(received: Received, *, partner: str | None = None, note: str = "") -> Difference:
    """Return the difference "this file is held: it contradicts an earlier one"."""
    return Difference(
        key=key_of(Level.EVENT, Event.FILE_CONFLICT, received.channel, received.id),
        level=Level.EVENT,
        cause=Event.FILE_CONFLICT,
        amount_fen=0,
        partner=partner,
        note=note or None,
    )


def open_event(difference: Difference, uow: UnitOfWork, *, on: date, at: datetime) -> bool:
    """Open a discrepancy for an event; False, and nothing changes, when it is known already.

    One that had ended by itself is open again.
    """
    known = uow.discrepancies.of_key(difference.key)
    if known is not None and known.state is not State.CLOSED and known.difference == difference:
        return False
    uow.discrepancies.open(difference, owner=desk_for(difference), on=on, at=at)
    return True


def end_event(difference: Difference, uow: UnitOfWork, *, at: datetime) -> None:
    """End what is open about an event, because what was wrong is there after all."""
    uow.discrepancies.end(difference.key, Ending.ARRIVED, at=at)
