"""The daily reconciliation (每日对账) as a step: facts in, differences and what is open out.

The matching itself is `hub.bulk.engine`. Here its inputs are found, its outputs are kept, and
what it says becomes discrepancies, all in one unit of work. What was in transit yesterday and
is matched today ends by itself.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from hub.bulk import engine
from hub.bulk.differences import differences
from hub.domain.desk import desk_for
from hub.flows.contributions import book_contributions
from hub.flows.day_papers import write_papers
from hub.flows.day_totals import credit_differences
from hub.flows.package_check import check_packages
from hub.flows.run_inputs import gather
from hub.flows.scratch import scratch
from hub.store.merging import Merge
from hub.store.runs import RunCounts, RunFiles, RunTotal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hub.bulk.engine import Outcome
    from hub.domain.discrepancy import Difference
    from hub.flows.run_inputs import Gathered
    from hub.flows.services import Services
    from hub.store.engine import UnitOfWork
    from hub.store.merging import Merged
    from hub.store.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What a run found, with its files in the archive."""

    digest: str
    summary: dict[str, Any]
    files: RunFiles
    counts: RunCounts
    totals: tuple[RunTotal, ...]


def reconcile(task: Task, services: Services) -> None:
    """Reconcile the day that the task names, or the last reconciled day if that is later.

    When nothing came since the last run of that day, nothing is done. `Rejected` when the
    calendar does not know a year that an age is counted in.
    """
    with services.store.read() as uow:
        gathered = gather(date.fromisoformat(task.subject_id), services, uow)
    digest = gathered.digest(services)
    if gathered.known is not None and gathered.known.inputs_sha256 == digest:
        return
    told = services.settings.reconciliation
    with scratch(services) as folder:
        outcome = engine.run(
            gathered.inputs(services),
            gathered.terms(services),
            folder,
            memory_mb=told.memory_mb,
            threads=told.threads,
            spark=told.cluster(),
        )
        result = _result(digest, gathered, outcome, services)
        write_papers(gathered.as_of, outcome, result.summary, services)
    at = services.now()
    services.store.transact(lambda uow: _save(gathered, result, services, uow, at=at))


def _result(digest: str, gathered: Gathered, outcome: Outcome, services: Services) -> _Result:
    matches = outcome.matches
    assert matches is not None  # noqa: S101 -- asked for
    missing = [f"{one.partner}/{one.source.value}" for one in gathered.missing]
    return _Result(
        digest=digest,
        summary={**outcome.summary, "missing": missing},
        files=RunFiles(
            discrepancies_sha256=services.archive.put_file(outcome.discrepancies).sha256,
            open_collections_sha256=services.archive.put_file(outcome.open_collections).sha256,
            open_deposits_sha256=services.archive.put_file(outcome.open_deposits).sha256,
            matches_sha256=services.archive.put_file(matches).sha256,
        ),
        counts=RunCounts(**asdict(outcome.counts)),
        totals=tuple(RunTotal(**asdict(total)) for total in outcome.totals),
    )


def _save(
    gathered: Gathered, result: _Result, services: Services, uow: UnitOfWork, *, at: datetime
) -> None:
    as_of = gathered.as_of
    run = uow.runs.save(
        as_of=as_of,
        inputs_sha256=result.digest,
        missing=gathered.missing_sources,
        summary=result.summary,
        files=result.files,
        counts=result.counts,
        totals=result.totals,
        at=at,
    )
    uow.arrivals.consume([a.id for a in gathered.taken], run_id=run.id)
    limit = services.settings.limits.discrepancies_per_run_max
    flooded = result.counts.difference_count > limit
    merged = uow.discrepancies.merge(
        _differences(gathered, result, services, uow),
        Merge(
            on=as_of,
            at=at,
            owner_of=desk_for,
            end_others=gathered.can_judge_all,
            flood_sha256=result.files.discrepancies_sha256 if flooded else None,
        ),
    )
    check_packages(as_of, services, uow, at=at)
    book_contributions(as_of, result.totals, gathered.taken, services, uow, at=at)
    _note(gathered, result, run.revision, merged, uow, at=at)


def _differences(
    gathered: Gathered, result: _Result, services: Services, uow: UnitOfWork
) -> Iterator[Difference]:
    """Yield what a person must see: of records, of payers, of days."""
    path = services.archive.path(result.files.discrepancies_sha256)
    yield from differences(path)
    yield from credit_differences(gathered.as_of, result.totals, uow)


def _note(
    gathered: Gathered,
    result: _Result,
    revision: int,
    merged: Merged,
    uow: UnitOfWork,
    *,
    at: datetime,
) -> None:
    sums: dict[str, Any] = {"collected_fen": 0, "deposited_fen": 0, "credited_fen": 0}
    for total in result.totals:
        for name in sums:
            sums[name] += getattr(total, name) or 0
    uow.journal.note(
        "day.reconciled",
        f"day:{gathered.as_of.isoformat()}",
        at=at,
        actor="collection",
        revision=revision,
        inputs_sha256=result.digest,
        discrepancies_sha256=result.files.discrepancies_sha256,
        files=len(gathered.taken),
        missing=result.summary["missing"],
        **sums,
        **asdict(result.counts),
        **asdict(merged),
    )
