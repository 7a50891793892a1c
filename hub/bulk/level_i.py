"""Level i: totals of each day and insurance kind, and the bank's credits against the deposits.

What a source says nothing about is unknown (`None`), not zero: a list that has not come is an
event of its own and no difference of amounts. So credits are compared with deposits on the days
that both speak of, kind by kind, or in one sum when the bank names no kinds.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.bulk.rules import DAY_TOTALS
from hub.domain.discrepancy import Difference, Event, Level, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from hub.bulk.sql import Sql

UNNAMED: Final = ""
"""Stands for the insurance kind where the bank names none."""

_DAILY: Final = """
CREATE OR REPLACE TEMP TABLE daily AS
SELECT 'collections' AS source, is_new, collected_on AS day, insurance_kind,
    count(*) AS rows, sum(amount_fen) AS fen
FROM collections GROUP BY is_new, collected_on, insurance_kind
UNION ALL
SELECT 'deposits', is_new, credited_on, insurance_kind, count(*), sum(amount_fen)
FROM deposits GROUP BY is_new, credited_on, insurance_kind
"""

_TOTALS: Final = f"""
WITH said AS (
    SELECT if(source = 'collections', 0, 1) AS source, day, insurance_kind, fen
    FROM daily WHERE is_new
    UNION ALL
    SELECT 2, credited_on, coalesce(insurance_kind, '{UNNAMED}'), amount_fen FROM credits
)
SELECT day, insurance_kind, source, sum(fen)::BIGINT FROM said GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One day and kind on each side in fen; `None` where a source says nothing about the day."""

    day: date
    insurance_kind: str
    collected_fen: int | None
    deposited_fen: int | None
    credited_fen: int | None


def count(connection: Sql) -> None:
    """Fill `daily`: rows and sums of collections and deposits by day and kind, in one pass."""
    connection.execute(_DAILY)


def totals(connection: Sql) -> list[Total]:
    """Return the totals of today's lists in order of day and kind; needs `count`."""
    sums: defaultdict[tuple[date, str], dict[int, int]] = defaultdict(dict)
    spoken: set[tuple[date, int]] = set()
    for day, kind, source, fen in connection.execute(_TOTALS).fetchall():
        sums[day, kind][source] = fen
        spoken.add((day, source))
    return [
        Total(
            day=day,
            insurance_kind=kind,
            collected_fen=by_source.get(0, 0 if (day, 0) in spoken else None),
            deposited_fen=by_source.get(1, 0 if (day, 1) in spoken else None),
            credited_fen=by_source.get(2, 0 if (day, 2) in spoken else None),
        )
        for (day, kind), by_source in sums.items()
    ]


def credit_differences(of: Iterable[Total]) -> Iterator[Difference]:
    """Yield what the bank credited otherwise than the treasury booked, in order of day and kind."""
    days: defaultdict[date, list[Total]] = defaultdict(list)
    for total in of:
        if total.deposited_fen is not None and total.credited_fen is not None:
            days[total.day].append(total)
    for day, lines in days.items():
        if any(line.insurance_kind == UNNAMED for line in lines):
            deposited = sum(line.deposited_fen or 0 for line in lines)
            yield from _compare(day, None, deposited, sum(line.credited_fen or 0 for line in lines))
            continue
        for line in lines:
            yield from _compare(
                day, line.insurance_kind, line.deposited_fen or 0, line.credited_fen or 0
            )


def _compare(day: date, kind: str | None, deposited: int, credited: int) -> Iterator[Difference]:
    if deposited != credited:
        yield Difference(
            key=key_of(Level.DAY, day.isoformat(), kind),
            level=Level.DAY,
            cause=Event.CREDIT_DIFFERS,
            amount_fen=abs(deposited - credited),
            insurance_kind=kind,
            deposited_fen=deposited,
            rule=DAY_TOTALS.stamp,
            note=f"day={day} credited_fen={credited}",
        )
