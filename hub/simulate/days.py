"""`hub simulate days`: consecutive working days, each folder holding what arrives on that day.

`day-1/tax/…`, `day-1/treasury/…` and so on, with `day-1/truth.json`: what the hub must report
once that day has been read, including what is still open from the days before. A list that is
missing on its day comes with the next one; what it holds is not known until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.simulate import lists
from hub.simulate.bank import OPENING_FEN
from hub.simulate.cases import cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.day import ROWS_MAX, TRANSIT_DAYS
from hub.simulate.mint import Mint
from hub.simulate.partner_files import Delivery, partner_files, write_into
from hub.simulate.truth import TruthFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from hub.domain.calendar import WorkingDays
    from hub.mappings.catalog import Catalog
    from hub.simulate.rows import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What to invent: `rows` of collections on each of `count` working days from `first` on."""

    first: date
    count: int
    rows: int
    seed: int
    missing: frozenset[tuple[int, Sender]] = frozenset()  # (3, TREASURY): none on the third day

    def __post_init__(self) -> None:
        """Refuse days that cannot be made."""
        if not 0 < self.rows <= ROWS_MAX:
            raise Rejected("simulate_rows_out_of_range", rows=self.rows, most=ROWS_MAX)
        for number, sender in sorted(self.missing):
            if not 0 < number <= self.count:
                found = f"{number}:{sender}"
                raise Rejected("simulate_missing_malformed", found=found, known=", ".join(Sender))


def parse_missing(text: str) -> tuple[int, Sender]:
    """Read `3:treasury`; `simulate_missing_malformed` otherwise."""
    number, _, sender = text.partition(":")
    if not (number.isascii() and number.isdecimal() and int(number)) or sender not in set(Sender):
        raise Rejected("simulate_missing_malformed", found=text[:40], known=", ".join(Sender))
    return int(number), Sender(sender)


def simulate_days(
    plan: Days,
    out: Path,
    *,
    calendar: WorkingDays,
    catalog: Catalog,
    advance: Callable[[int], None],
) -> list[dict[str, Any]]:
    """Write a folder for each day and return what each holds."""
    days = [calendar.add(plan.first, n) for n in range(plan.count)]
    if not calendar.is_working(plan.first):
        raise Rejected("simulate_rest_day", day=plan.first)
    missing = frozenset((days[n - 1], sender) for n, sender in plan.missing)
    dates = Dates(calendar=calendar, transit_days=TRANSIT_DAYS, missing=missing)
    invented = list(_invented(plan, dates, days, advance))
    return [
        _write(invented, dates, day, out / f"day-{number}", catalog)
        for number, day in enumerate(days, start=1)
    ]


def _invented(
    plan: Days, dates: Dates, days: list[date], advance: Callable[[int], None]
) -> Iterator[Case]:
    mint = Mint(plan.seed)
    for day in days:
        for case in cases(mint, dates, [day], rows=plan.rows):
            advance(case.rows)
            yield case


def _write(
    invented: list[Case], dates: Dates, day: date, folder: Path, catalog: Catalog
) -> dict[str, Any]:
    facts = lists.facts(invented, dates, lambda seen_on: seen_on == day)
    before = lists.facts(invented, dates, lambda seen_on: seen_on < day)[Source.CREDITS]
    delivery = Delivery(
        day=day,
        facts=facts,
        earlier=frozenset((on, who) for on, who in dates.missing if dates.seen(who, on) == day),
        opening_fen=OPENING_FEN + sum(credit["amount_fen"] for credit in before),
    )
    names = [
        write_into(folder, sender, name, content)
        for sender, name, content in partner_files(delivery, catalog)
        if (day, sender) not in dates.missing
    ]
    with TruthFile(folder / "truth.json", as_of=day) as truth:
        for case in invented:
            truth.add(case.planted)
    return {
        "day": day.isoformat(),
        "files": names,
        "missing": sorted(sender.value for on, sender in dates.missing if on == day),
        "truth": dict(sorted(truth.verdicts.items())),
    }
