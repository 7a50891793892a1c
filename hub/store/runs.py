"""Runs (对账批次): the latest reconciliation of each day, its outputs, counts and totals."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select

from hub.domain.facts import Source
from hub.store.schema.reconciliation import run_totals, runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection, Row, Select


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """The Parquet files that a run wrote, by SHA-256 in the archive."""

    discrepancies_sha256: str
    open_collections_sha256: str
    open_deposits_sha256: str
    matches_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """How much is in transit and how much differs; sums in fen."""

    in_transit_count: int
    in_transit_fen: int
    difference_count: int
    difference_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTotal:
    """Level i: one day and insurance kind on each side, in fen; `None` where nothing is known."""

    day: date
    insurance_kind: str
    collected_fen: int | None
    deposited_fen: int | None
    credited_fen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The reconciliation of one day; `revision` counts how often late facts replaced it."""

    id: int
    as_of: date
    revision: int
    inputs_sha256: str
    missing: frozenset[Source]
    summary: Mapping[str, Any]
    files: RunFiles
    counts: RunCounts
    ran_at: datetime

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the run that a row of the table holds."""
        values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
        files = RunFiles(**{name: values.pop(name) for name in RunFiles.__slots__})
        counts = RunCounts(**{name: values.pop(name) for name in RunCounts.__slots__})
        missing = frozenset(Source(name) for name in values.pop("missing").split())
        summary = json.loads(values.pop("summary"))
        return cls(**values, missing=missing, summary=summary, files=files, counts=counts)


class Runs:
    """The runs that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(
        self,
        *,
        as_of: date,
        inputs_sha256: str,
        missing: Iterable[Source],
        summary: Mapping[str, Any],
        files: RunFiles,
        counts: RunCounts,
        totals: Iterable[RunTotal],
        at: datetime,
    ) -> Run:
        """Write a day's run, or replace it with the next revision; totals are replaced too."""
        earlier = self.of_day(as_of)
        values = {
            "as_of": as_of,
            "revision": earlier.revision + 1 if earlier else 1,
            "inputs_sha256": inputs_sha256,
            "missing": " ".join(sorted(source.value for source in missing)),
            "summary": json.dumps(summary, ensure_ascii=False, sort_keys=True),
            "ran_at": at,
            **asdict(files),
            **asdict(counts),
        }
        if earlier is None:
            self._connection.execute(runs.insert().values(values))
        else:
            self._connection.execute(runs.update().where(runs.c.id == earlier.id).values(values))
        saved = self._one(select(runs).where(runs.c.as_of == as_of))
        assert saved is not None  # noqa: S101 -- just written in this unit
        self._replace_totals(saved.id, totals)
        return saved

    def of_day(self, as_of: date) -> Run | None:
        """Return a day's run, if there is one."""
        return self._one(select(runs).where(runs.c.as_of == as_of))

    def latest(self, *, before: date | None = None) -> Run | None:
        """Return the run of the latest day, or of the latest day before a day."""
        earlier = () if before is None else (runs.c.as_of < before,)
        return self._one(select(runs).where(*earlier).order_by(runs.c.as_of.desc()).limit(1))

    def recent(self, *, before: date, limit: int) -> list[Run]:
        """Return the runs of the last `limit` days before a day, latest first."""
        query = select(runs).where(runs.c.as_of < before).order_by(runs.c.as_of.desc())
        return [Run.from_row(row) for row in self._connection.execute(query.limit(limit))]

    def totals(self, run_id: int) -> list[RunTotal]:
        """Return the level i totals of a run, by day and kind."""
        c = run_totals.c
        query = select(*(c[name] for name in RunTotal.__slots__)).where(c.run_id == run_id)
        rows = self._connection.execute(query.order_by(c.day, c.insurance_kind))
        return [RunTotal(**row._mapping) for row in rows]  # noqa: SLF001

    def _replace_totals(self, run_id: int, totals: Iterable[RunTotal]) -> None:
        self._connection.execute(run_totals.delete().where(run_totals.c.run_id == run_id))
        rows = [{"run_id": run_id, **asdict(total)} for total in totals]
        if rows:
            self._connection.execute(run_totals.insert(), rows)

    def _one(self, query: Select[Any]) -> Run | None:
        row = self._connection.execute(query).one_or_none()
        return None if row is None else Run.from_row(row)
