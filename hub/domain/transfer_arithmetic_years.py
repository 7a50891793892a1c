"""The yearly rows of a pension form: money booked, interest, balance; and items (1) to (6)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from hub.domain.transfer_arithmetic import (
    ACCOUNT,
    AMOUNT,
    BEFORE,
    FIRST_YEAR,
    PERSONAL,
    POOLED,
    THIS_YEAR,
    TOTAL,
    figure,
    plus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.domain.transfer_arithmetic import Sheet
    from hub.domain.transfer_facts import Form
    from hub.domain.transfer_sums import Terms

MONTHS: Final = 12
_PARTS: Final = (("personal_fen", "booked_personal_fen"), ("fen", "booked_fen"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One row as it was stated; `None` where it was not, or not as a number.

    `base_fen` is the monthly contribution base, `personal_bp` the person's own share of it, and
    `credited_bp` what is credited from the employer's. Figures in `fen` are the sums of both.
    """

    year: int
    stated: Mapping[str, Any]

    def get(self, name: str) -> int | None:
        """Return a figure."""
        return figure(self.stated, name)

    @property
    def wage_fen(self) -> int | None:
        """Return the contribution wage of the year: the base for as many months as were paid."""
        base, months = self.get("base_fen"), self.get("months")
        if base is None or months is None or months > MONTHS:
            return None
        return base * months


def check_pension(form: Form, sheet: Sheet) -> None:
    """Check every row in the order of the years, then the items."""
    rows = _rows(form, sheet)
    before = [row for row in rows if row.year < FIRST_YEAR]
    since = [row for row in rows if row.year >= FIRST_YEAR]
    for chain in (before, since):  # what was saved before 1998 is item (1), by itself
        previous: Year | None = None
        for row in chain:
            _check_row(row, previous, sheet, is_closed=row.year < form.on.year)
            previous = row
    _check_items(form, since, sheet, is_known=bool(rows))


def _rows(form: Form, sheet: Sheet) -> list[Year]:
    """Return the rows by year; a year that is there twice, or skipped, is a difference."""
    read = [Year(year=figure(row, "year") or 0, stated=row) for row in form.years]
    if any(not row.year for row in read):
        sheet.unknown("year", "year")
    rows = sorted((row for row in read if row.year), key=lambda row: row.year)
    for earlier, later in pairwise(rows):
        if later.year != earlier.year + 1:
            sheet.check("year", later.year, earlier.year + 1, why="", year=later.year)
    if not rows:
        sheet.unknown("year", "years")
    return rows


def _check_row(row: Year, previous: Year | None, sheet: Sheet, *, is_closed: bool) -> None:
    terms, wage = sheet.terms, row.wage_fen
    months = row.get("months")
    if months is not None and months > MONTHS:
        sheet.check("months", months, MONTHS, why="", year=row.year)
    own, credited = (
        None if wage is None or (share := row.get(name)) is None else terms.product(wage, share)
        for name in ("personal_bp", "credited_bp")
    )
    for item, computed in (("booked_personal_fen", own), ("booked_fen", plus(own, credited))):
        sheet.check(
            item, row.get(item), computed, why="base_fen, months, personal_bp, credited_bp",
            year=row.year, tolerance_fen=terms.tolerance_fen,
        )  # fmt: skip
    for part, booked in _PARTS:
        opening = 0 if previous is None else previous.get(f"balance_{part}")
        interest = row.get(f"interest_{part}")
        computed = _interest(row, opening, row.get(booked), terms) if is_closed else 0
        sheet.check(
            f"interest_{part}", interest, computed, why=f"{row.year} rate", year=row.year,
            tolerance_fen=terms.tolerance_fen,
        )  # fmt: skip
        balance = plus(opening, row.get(booked), interest)
        sheet.check(
            f"balance_{part}", row.get(f"balance_{part}"), balance, why=f"balance_{part}",
            year=row.year,
        )  # fmt: skip


def _interest(row: Year, opening: int | None, booked: int | None, terms: Terms) -> int | None:
    """Return a year's interest: on all of what was there, and on part of what came in the year."""
    rate, factor = terms.rates_bp.get(row.year), terms.interest_factor_bp
    if rate is None or factor is None or opening is None or booked is None:
        return None
    new = terms.product(terms.product(booked, factor), rate)
    return terms.product(opening, rate) + new


def _check_items(form: Form, rows: list[Year], sheet: Sheet, *, is_known: bool) -> None:
    """Check the items against the rows since 1998; without any row they are not known."""
    before, account, this_year, personal, pooled, total = (
        figure(form.items, name) for name in (BEFORE, ACCOUNT, THIS_YEAR, PERSONAL, POOLED, TOTAL)
    )
    if before is None:
        sheet.unknown(BEFORE, BEFORE)
    closed = [row for row in rows if row.year < form.on.year]
    now = [row for row in rows if row.year == form.on.year]
    saved = closed[-1].get("balance_fen") if closed else 0
    sheet.check(ACCOUNT, account, saved if is_known else None, why="balance_fen")
    booked = now[0].get("booked_fen") if now else 0
    sheet.check(THIS_YEAR, this_year, booked if is_known else None, why="booked_fen")
    sheet.check(PERSONAL, personal, plus(before, account, this_year), why="(1), (2), (3)")
    share = sheet.terms.pooled_bp
    parts = [
        None if share is None or row.wage_fen is None else sheet.terms.product(row.wage_fen, share)
        for row in rows
    ]
    sheet.check(
        POOLED, pooled, plus(*parts) if is_known else None, why="base_fen, months, pooled_bp",
        tolerance_fen=sheet.terms.tolerance_fen * len(rows),
    )  # fmt: skip
    sheet.check(TOTAL, total, plus(personal, pooled), why="(4), (5)")
    sheet.check(AMOUNT, form.amount_fen, total, why=TOTAL)
