"""Level i over time: what each side says of a day, summed over all runs that took its facts.

A day's lists may come with several runs, so a run alone cannot compare them. The comparison is
`hub.bulk.level_i`; here the sums of all runs are put together for it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hub.bulk import level_i
from hub.domain.discrepancy import Event, State
from hub.domain.facts import Source
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.domain.discrepancy import Difference
    from hub.store.engine import UnitOfWork
    from hub.store.runs import RunTotal

COMPARED_DAYS: Final = 62  # how far back a late list may still change a comparison
_SIDES: Final = ("collected_fen", "deposited_fen", "credited_fen")


def credit_differences(
    as_of: date, totals: Iterable[RunTotal], uow: UnitOfWork
) -> Iterator[Difference]:
    """Yield the days and kinds on which the bank credited another sum than the lists say.

    `totals` are those of the run of `as_of`; earlier runs are read from the store. A difference
    of a day too long ago to be compared again stays as it is until a person settles it.
    """
    first = as_of - timedelta(days=COMPARED_DAYS)
    every = list(totals)
    for run in uow.runs.recent(before=as_of, limit=COMPARED_DAYS):
        every += uow.runs.totals(run.id)
    came = {
        side: {a.day for a in uow.arrivals.since(source, first, until=as_of)}
        for side, source in (("deposited_fen", Source.DEPOSITS), ("credited_fen", Source.CREDITS))
    }
    yield from level_i.credit_differences(summed(every, first, came))
    alive = frozenset({State.OPEN, State.PROPOSED})
    for known in uow.discrepancies.list(Wanted(states=alive, cause=Event.CREDIT_DIFFERS)):
        if _day_of(known.difference) < first:
            yield known.difference


def summed(
    totals: Iterable[RunTotal], first: date, came: dict[str, set[date]]
) -> list[level_i.Total]:
    """Return totals from a day on, one for each day and kind.

    A side that says nothing about a day is unknown, unless its list of that day `came`: then it
    says that there was nothing.
    """
    sums: defaultdict[tuple[date, str], dict[str, int]] = defaultdict(dict)
    for total in totals:
        if total.day >= first:
            line = sums[total.day, total.insurance_kind]
            for side in _SIDES:
                fen = getattr(total, side)
                if fen is not None:
                    line[side] = line.get(side, 0) + fen
    spoken = {
        side: {day for (day, _), line in sums.items() if side in line} | came.get(side, set())
        for side in _SIDES
    }
    return [
        level_i.Total(
            day=day,
            insurance_kind=kind,
            **{side: line.get(side, 0 if day in spoken[side] else None) for side in _SIDES},
        )
        for (day, kind), line in sorted(sums.items())
    ]


def _day_of(difference: Difference) -> date:
    return date.fromisoformat(difference.key.split("|")[1])
