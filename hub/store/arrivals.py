"""Arrivals (到达): which source of which day has come, and which run took its facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import and_, select

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.store.schema.reconciliation import arrivals
from hub.store.writes import insert_new

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a package a file is: `no` of `count`, both from 1 (ChildPackNum, CurPackNo)."""

    pack_no: str
    no: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One readable file of one source. Facts are in the archive; periods are `yyyymm`."""

    id: int
    inbox_id: int
    partner: str
    source: Source
    day: date
    rows: int
    total_fen: int
    facts_sha256: str
    period_min: int | None
    period_max: int | None
    part: Part | None
    arrived_at: datetime
    run_id: int | None

    @classmethod
    def from_row(cls, row: Row[Any]) -> Self:
        """Return the arrival that a row of the table holds."""
        values = dict(row._mapping)  # noqa: SLF001 -- SQLAlchemy's documented access by name
        pack_no, no, count = (values.pop(name) for name in ("pack_no", "part", "parts"))
        part = Part(pack_no=pack_no, no=no, count=count) if no is not None else None
        return cls(**{**values, "source": Source(values["source"]), "part": part})


class Arrivals:
    """The arrivals that one unit of work sees."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        inbox_id: int,
        partner: str,
        source: Source,
        day: date,
        rows: int,
        total_fen: int,
        facts_sha256: str,
        at: datetime,
        period_min: int | None = None,
        period_max: int | None = None,
        part: Part | None = None,
    ) -> Arrival:
        """Note that a file was read; a second run for the same file returns the first arrival.

        `Rejected("arrival_part_twice")` when this part of a package came in another file.
        """
        insert_new(
            self._connection,
            arrivals,
            inbox_id=inbox_id, partner=partner, source=source.value, day=day, rows=rows,
            total_fen=total_fen, facts_sha256=facts_sha256, arrived_at=at,
            period_min=period_min, period_max=period_max,
            pack_no=part.pack_no if part else None,
            part=part.no if part else None,
            parts=part.count if part else None,
        )  # fmt: skip
        added = self._all(select(arrivals).where(arrivals.c.inbox_id == inbox_id))
        if not added and part is not None:
            raise Rejected("arrival_part_twice", pack_no=part.pack_no, part=part.no)
        return added[0]

    def of_day(self, day: date, *, partner: str, source: Source) -> list[Arrival]:
        """Return what one partner sent for one source of one day, in order of arrival."""
        return self._all(select(arrivals).where(_of_day(day, partner, source)))

    def has_come(self, day: date, *, partner: str, source: Source) -> bool:
        """Tell whether a source of a day is there, with every part of every package.

        It is asked for every file, and a day may have many: only parts of packages are read.
        """
        c, mine = arrivals.c, _of_day(day, partner, source)
        any_of_them = select(c.id).where(mine).limit(1)
        if self._connection.execute(any_of_them).one_or_none() is None:
            return False
        parts = self._all(select(arrivals).where(mine, c.part.is_not(None)))
        return not incomplete_packages(parts)

    def inputs(self, until: date, *, run_id: int | None) -> list[Arrival]:
        """Return what a run takes: what no run took up to `until`, and what it took before.

        Parts of packages that are not complete stay behind.
        """
        c = arrivals.c
        free = c.run_id.is_(None) & (c.day <= until)
        mine = free if run_id is None else free | (c.run_id == run_id)
        found = self._all(select(arrivals).where(mine))
        waiting = incomplete_packages(found)
        return [arrival for arrival in found if _package(arrival) not in waiting]

    def consume(self, ids: Iterable[int], *, run_id: int) -> None:
        """Give arrivals to a run; one that another run has is a bug in the caller."""
        for arrival_id in ids:
            mine = arrivals.c.run_id.is_(None) | (arrivals.c.run_id == run_id)
            done = self._connection.execute(
                arrivals.update().where(arrivals.c.id == arrival_id, mine).values(run_id=run_id)
            )
            if done.rowcount != 1:
                raise ValueError(f"arrival {arrival_id} belongs to another run")

    def touching(self, source: Source, *, period_min: int, period_max: int) -> list[Arrival]:
        """Return a source's arrivals whose periods overlap a range of periods (`yyyymm`)."""
        c = arrivals.c
        overlap = (c.period_min <= period_max) & (c.period_max >= period_min)
        return self._all(select(arrivals).where(c.source == source.value, overlap))

    def since(self, source: Source, first: date, *, until: date) -> list[Arrival]:
        """Return a source's arrivals of the days from `first` up to and including `until`."""
        c = arrivals.c
        return self._all(
            select(arrivals).where(c.source == source.value, c.day >= first, c.day <= until)
        )

    def _all(self, query: Select[Any]) -> list[Arrival]:
        rows = self._connection.execute(query.order_by(arrivals.c.id))
        return [Arrival.from_row(row) for row in rows]


def _of_day(day: date, partner: str, source: Source) -> ColumnElement[bool]:
    c = arrivals.c
    return and_(c.day == day, c.partner == partner, c.source == source.value)


def incomplete_packages(found: Iterable[Arrival]) -> set[tuple[object, ...]]:
    """Return the identities of the packages among arrivals that lack a part."""
    parts: dict[tuple[object, ...], set[int]] = {}
    counts: dict[tuple[object, ...], int] = {}
    for arrival in found:
        if arrival.part is not None:
            parts.setdefault(_package(arrival), set()).add(arrival.part.no)
            counts[_package(arrival)] = arrival.part.count
    return {package for package, seen in parts.items() if len(seen) < counts[package]}


def _package(arrival: Arrival) -> tuple[object, ...]:
    pack_no = arrival.part.pack_no if arrival.part else None
    return (arrival.partner, arrival.source, arrival.day, pack_no)
