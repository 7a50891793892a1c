"""What a reconciliation of a day takes: gathered in one look at the store, named by digests.

The facts themselves are files in the archive. Two looks that find the same digests would give
the same result, so the digest over all of them says whether a run again can be spared.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub import __version__
from hub.bulk.engine import Inputs, Terms
from hub.domain.discrepancy import Level, State
from hub.domain.facts import Source
from hub.flows.schedule import missing_sources
from hub.store.arrivals import incomplete_packages
from hub.store.discrepancies import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from hub.flows.schedule import Expected
    from hub.flows.services import Services
    from hub.store.arrivals import Arrival
    from hub.store.engine import UnitOfWork
    from hub.store.runs import Run

MATCHED_RUNS: Final = 62  # a receipt booked again within so many runs is seen to be a duplicate
ASSESSED_MONTHS: Final = 12  # months back that are judged against the assessments every day
DENIED_DAYS: Final = 366  # how long the treasury's word that it has no such receipt is kept
_MONTHS_PER_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything that a run of `as_of` takes; `taken` are the arrivals that it consumes."""

    as_of: date
    known: Run | None  # the run of this day, when it was reconciled before
    previous: Run | None
    missing: tuple[Expected, ...]
    taken: tuple[Arrival, ...]
    assessments: tuple[Arrival, ...]
    collected: tuple[Arrival, ...]  # everything collected for the assessed periods
    denials: tuple[Arrival, ...]
    matches: tuple[str, ...]

    @property
    def missing_sources(self) -> frozenset[Source]:
        """Return which sides are not there."""
        return frozenset(one.source for one in self.missing)

    @property
    def can_judge_all(self) -> bool:
        """Tell whether the tax bureau's list is there: without it nobody knows what is missing."""
        return Source.COLLECTIONS not in self.missing_sources

    def terms(self, services: Services) -> Terms:
        """Return by which rules the engine judges."""
        return Terms(
            as_of=self.as_of,
            transit_working_days=services.settings.reconciliation.transit_working_days,
            calendar=services.calendar,
            awaiting=self.missing_sources,
        )

    def digest(self, services: Services) -> str:
        """Return the SHA-256 of what the result depends on."""
        previous = self.previous.files if self.previous else None
        parts = {
            "version": __version__,
            "as_of": self.as_of.isoformat(),
            "transit": services.settings.reconciliation.transit_working_days,
            "missing": sorted(f"{one.partner}/{one.source}" for one in self.missing),
            "taken": _digests(self.taken),
            "assessments": _digests(self.assessments),
            "collected": _digests(self.collected),
            "denials": _digests(self.denials),
            "matches": sorted(self.matches),
            "open": [previous.open_collections_sha256, previous.open_deposits_sha256]
            if previous
            else [],
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def inputs(self, services: Services) -> Inputs:
        """Return the files that the engine reads."""
        archive = services.archive.path
        previous = self.previous.files if self.previous else None

        def paths(source: Source) -> list[Path]:
            return [archive(a.facts_sha256) for a in self.taken if a.source is source]

        return Inputs(
            collections=paths(Source.COLLECTIONS),
            deposits=paths(Source.DEPOSITS),
            credits=paths(Source.CREDITS),
            packages=paths(Source.PACKAGES),
            denials=[archive(a.facts_sha256) for a in self.denials],
            assessments=[archive(a.facts_sha256) for a in self.assessments],
            open_collections=[archive(previous.open_collections_sha256)] if previous else [],
            open_deposits=[archive(previous.open_deposits_sha256)] if previous else [],
            earlier_matches=[archive(sha256) for sha256 in self.matches],
            period_collections=[archive(a.facts_sha256) for a in self.collected],
            level_iii=bool(self.assessments),
        )


def gather(day: date, services: Services, uow: UnitOfWork) -> Gathered:
    """Return what a run of a day takes, as the store is now.

    Facts that come for a day before the last reconciled one belong to the last one's run: what
    was open then was carried on, so nothing before it is left to be judged.
    """
    latest = uow.runs.latest()
    as_of = max(day, latest.as_of) if latest else day
    known = uow.runs.of_day(as_of)
    taken = uow.arrivals.inputs(as_of, run_id=known.id if known else None)
    assessments, collected = _assessed(as_of, uow)
    denials = uow.arrivals.since(Source.DENIALS, as_of - timedelta(days=DENIED_DAYS), until=as_of)
    return Gathered(
        as_of=as_of,
        known=known,
        previous=uow.runs.latest(before=as_of),
        missing=tuple(missing_sources(as_of, services, uow)),
        taken=tuple(taken),
        assessments=tuple(assessments),
        collected=tuple(collected),
        denials=tuple(_complete(denials)),
        matches=tuple(
            run.files.matches_sha256 for run in uow.runs.recent(before=as_of, limit=MATCHED_RUNS)
        ),
    )


def _assessed(as_of: date, uow: UnitOfWork) -> tuple[list[Arrival], list[Arrival]]:
    """Return the assessments to judge, and all collections of the periods that they touch.

    A period older than a year is judged as long as a difference about it is not settled.
    """
    alive = uow.discrepancies.list(Wanted(states=frozenset({State.OPEN, State.PROPOSED})))
    first = min(
        (
            one.difference.period
            for one in alive
            if one.difference.level is Level.PAYER and one.difference.period is not None
        ),
        default=_months_before(as_of, ASSESSED_MONTHS),
    )
    first = min(first, _months_before(as_of, ASSESSED_MONTHS))
    found = uow.arrivals.touching(Source.ASSESSMENTS, period_min=first, period_max=_ALWAYS)
    assessments = [a for a in _complete(found) if a.day <= as_of]
    if not assessments:
        return [], []
    periods = [p for a in assessments for p in (a.period_min, a.period_max) if p is not None]
    touching = uow.arrivals.touching(
        Source.COLLECTIONS, period_min=min(periods), period_max=max(periods)
    )
    return assessments, [a for a in _complete(touching) if a.day <= as_of]


_ALWAYS: Final = 999_912  # the last period there is


def _complete(found: Sequence[Arrival]) -> list[Arrival]:
    waiting = incomplete_packages(found)
    return [
        a
        for a in found
        if a.part is None or (a.partner, a.source, a.day, a.part.pack_no) not in waiting
    ]


def _months_before(day: date, months: int) -> int:
    number = day.year * _MONTHS_PER_YEAR + day.month - 1 - months
    return number // _MONTHS_PER_YEAR * 100 + number % _MONTHS_PER_YEAR + 1


def _digests(found: Iterable[Arrival]) -> list[str]:
    return sorted(f"{a.source}:{a.inbox_id}:{a.facts_sha256}" for a in found)
