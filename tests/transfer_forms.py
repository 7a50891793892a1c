"""Transfer forms as an old place would compute them: written apart from the hub's own way."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hub.domain.transfer_facts import Form
from hub.domain.transfer_sums import Terms

RATES = {year: 200 + 7 * (year % 50) for year in range(1990, 2027)}
TERMS = Terms(
    pooled_bp=1200, interest_factor_bp=5415, benefit_share_bp=5000, rates_bp=RATES,
    tolerance_fen=0,
)  # fmt: skip
TODAY = date(2026, 11, 24)


def share(fen, *parts):
    """Multiply fen by shares of 10,000, each product rounded half up to a fen."""
    for part in parts:
        exact = Decimal(fen) * part / 10_000
        fen = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
    return fen


def rows_of(years, on=TODAY, rates=RATES):
    """Return the yearly rows of (year, monthly base, months, own share, credited share)."""
    rows, total, own = [], 0, 0
    for year, base, months, personal_bp, credited_bp in years:
        if year == 1998 or not rows:
            total = own = 0
        mine = share(base * months, personal_bp)
        all_ = mine + share(base * months, credited_bp)
        closed = year < on.year
        interest = share(total, rates[year]) + share(all_, 5415, rates[year]) if closed else 0
        of_own = share(own, rates[year]) + share(mine, 5415, rates[year]) if closed else 0
        total, own = total + all_ + interest, own + mine + of_own
        rows.append(
            {
                "year": year, "base_fen": base, "months": months, "personal_bp": personal_bp,
                "credited_bp": credited_bp, "booked_fen": all_, "booked_personal_fen": mine,
                "interest_fen": interest, "interest_personal_fen": of_own, "balance_fen": total,
                "balance_personal_fen": own,
            }
        )  # fmt: skip
    return rows


def items_of(rows, before=0, on=TODAY):
    """Return items (1) to (6)."""
    since = [row for row in rows if row["year"] >= 1998]
    closed = [row for row in since if row["year"] < on.year]
    now = [row for row in since if row["year"] == on.year]
    account = closed[-1]["balance_fen"] if closed else 0
    this_year = now[0]["booked_fen"] if now else 0
    pooled = sum(share(row["base_fen"] * row["months"], 1200) for row in since)
    personal = before + account + this_year
    return {
        "before_1998_fen": before, "account_fen": account, "this_year_fen": this_year,
        "personal_fen": personal, "pooled_fen": pooled, "total_fen": personal + pooled,
    }  # fmt: skip


def form_of(rows, items, on=TODAY, amount_fen=None):
    """Return the form that has these rows and items."""
    amount = items["total_fen"] if amount_fen is None else amount_fen
    return Form(
        on=on, number="F-1", epoch=1, amount_fen=amount, items=dict(items),
        years=tuple(dict(row) for row in rows),
    )  # fmt: skip


def pension_form(first=2022, last=2026, base=600_000, before=0, on=TODAY):
    """Return a form of whole years, and of ten months of the last one."""
    years = [(year, base + 1_000 * (year - first), 12, 800, 0) for year in range(first, last)]
    rows = rows_of([*years, (last, base, 10, 800, 0)], on)
    return form_of(rows, items_of(rows, before, on), on)
