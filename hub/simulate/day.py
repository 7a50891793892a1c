"""`hub simulate day`: one day as the hub sees it, with the answer it must give.

The files hold everything seen by that day: what was collected then and on the working day before,
the bookings so far, the assessments and the treasury's denials. The same seed, rows and day give
the same bytes. Memory does not grow with the rows, except for the partners' files, which are
capped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub.errors import Rejected
from hub.simulate import lists
from hub.simulate.canonical import Canonical
from hub.simulate.cases import cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.mint import Mint
from hub.simulate.partner_files import Delivery, partner_files, write_into
from hub.simulate.truth import TruthFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from hub.domain.calendar import WorkingDays
    from hub.mappings.catalog import Catalog
    from hub.simulate.rows import Case

TRANSIT_DAYS: Final = 3
ROWS_MAX: Final = 100_000_000
FORMS: Final = ("csv", "parquet", "partners")
_EARLIER: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What to invent: `rows` of collections as of a working day, in which forms."""

    rows: int
    seed: int
    as_of: date
    forms: frozenset[str] = frozenset(FORMS)
    partner_rows_max: int = 20_000

    def __post_init__(self) -> None:
        """Refuse a day that cannot be made."""
        unknown = sorted(self.forms - set(FORMS))
        if unknown:
            raise Rejected("simulate_form_unknown", form=unknown[0], known=", ".join(FORMS))
        if not 0 < self.rows <= ROWS_MAX:
            raise Rejected("simulate_rows_out_of_range", rows=self.rows, most=ROWS_MAX)


def simulate_day(
    day: Day,
    out: Path,
    *,
    calendar: WorkingDays,
    catalog: Catalog | None,
    advance: Callable[[int], None],
) -> dict[str, Any]:
    """Write the day's files into `out` and return what was written.

    Existing files of the same names are replaced. `advance` is told the rows as they are made.
    The partners' own forms need their `catalog`; without one they are left out.
    """
    if not calendar.is_working(day.as_of):
        raise Rejected("simulate_rest_day", day=day.as_of)
    out.mkdir(parents=True, exist_ok=True)
    dates = Dates(calendar=calendar, transit_days=TRANSIT_DAYS)
    days = [dates.before(day.as_of, _EARLIER), day.as_of]
    catalog = catalog if "partners" in day.forms else None
    kept = _Kept(day.partner_rows_max if catalog else 0)
    with (
        Canonical(out, forms=day.forms, as_of=day.as_of) as canonical,
        TruthFile(out / "truth.json", as_of=day.as_of) as truth,
    ):
        for case in cases(Mint(day.seed), dates, days, rows=day.rows):
            canonical.add(case)
            truth.add(case.planted)
            kept.add(case)
            advance(case.rows)
    files = _write_partners(kept.cases, dates, days, out / "partners", catalog) if catalog else []
    summary = {
        "as_of": day.as_of.isoformat(),
        "seed": day.seed,
        "transit_days": TRANSIT_DAYS,
        "sides": {
            name: {
                "rows": table.rows,
                "total_fen": table.total_fen,
                "files": [path.name for path in table.paths],
            }
            for name, table in canonical.tables.items()
        },
        "partners": files,
        "truth": dict(sorted(truth.verdicts.items())),
    }
    (out / "day.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return summary


def _write_partners(
    kept: list[Case], dates: Dates, days: list[date], folder: Path, catalog: Catalog
) -> list[str]:
    """Write the cases that were kept in every form of their senders, and the truth about them."""
    *earlier, as_of = days
    facts = lists.facts(kept, dates, lambda seen_on: seen_on <= as_of)
    delivery = Delivery(
        day=as_of,
        facts=facts,
        earlier=frozenset((day, sender) for day in earlier for sender in Sender),
        every_form=True,
    )
    files = [write_into(folder, *one) for one in partner_files(delivery, catalog)]
    with TruthFile(folder / "truth.json", as_of=as_of) as truth:
        for case in kept:
            truth.add(case.planted)
    return files


class _Kept:
    """The first cases, as many as fit into the partners' files."""

    def __init__(self, rows_max: int) -> None:
        self.cases: list[Case] = []
        self.complete = True
        self._left = rows_max

    def add(self, case: Case) -> None:
        self.complete = self.complete and case.rows <= self._left
        if self.complete:
            self._left -= case.rows
            self.cases.append(case)
