"""Aging (账龄): how long differences have been open, in working days, by cause and owner."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.domain.discrepancy import Discrepancy

BUCKETS: Final = ((3, "0-3"), (5, "4-5"), (10, "6-10"), (20, "11-20"))
BEYOND: Final = ">20"
UNKNOWN: Final = "?"  # the calendar does not know the year


@dataclass(frozen=True, slots=True, kw_only=True)
class AgingLine:
    """How many differences of one cause, owner and age bucket are open, and their sum in fen."""

    cause: str
    owner: str
    bucket: str
    count: int
    amount_fen: int


def bucket(age_working_days: int | None) -> str:
    """Return the bucket of an age in working days: `0-3`, `4-5`, `6-10`, `11-20`, `>20`, `?`."""
    if age_working_days is None:
        return UNKNOWN
    return next((name for limit, name in BUCKETS if age_working_days <= limit), BEYOND)


def aging(aged: Iterable[tuple[Discrepancy, int | None]]) -> list[AgingLine]:
    """Sum discrepancies with their ages into lines, ordered by cause, owner and age."""
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for discrepancy, age in aged:
        difference = discrepancy.difference
        line = sums[(difference.cause.value, discrepancy.owner, bucket(age))]
        line[0] += difference.count
        line[1] += difference.amount_fen
    order = {name: n for n, name in enumerate((*(name for _, name in BUCKETS), BEYOND, UNKNOWN))}
    return [
        AgingLine(cause=cause, owner=owner, bucket=age, count=count, amount_fen=amount_fen)
        for (cause, owner, age), (count, amount_fen) in sorted(
            sums.items(), key=lambda item: (*item[0][:2], order[item[0][2]])
        )
    ]
