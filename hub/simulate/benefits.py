"""A month's pension list (明细清单) as the benefit desk hands it over: people, sums and accounts.

Everybody is invented; every number holds. Who has a name that a bank's file cannot write has the
account at a bank whose file can.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TYPE_CHECKING, Any, Final

from hub.domain.codes import bank_account, cnaps
from hub.errors import Rejected
from hub.mappings.file_names import fill
from hub.mappings.layout import Form
from hub.mappings.rendering import RENDERED, render
from hub.simulate.identities import People
from hub.simulate.rates import rates

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.mappings.catalog import Catalog, Partner
    from hub.mappings.layout import Layout

PENSIONS_MAX: Final = 2_000_000
MONTHS: Final = range(1, 13)
PENSION: Final = "基本养老金"
ARREARS: Final = "养老金补差"
FUND: Final = "pension"
KIND: Final = "social"

# Monthly pensions in yuan: lowest, highest, most frequent. All three are invented.
_YUAN: Final = (1_300, 9_800, 3_300)
_BIRTHS: Final = (date(1930, 1, 1), 13_500)  # first day, and how many: born before 1967
_ARREARS_PERMILLE: Final = 15  # also get a difference for the month before
_CARDS: Final = ("621700", "622202", "622848", "621661")  # how cards of large banks begin
_BRANCHES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What is asked for: how many people, which month (yyyymm), through which banks."""

    pensions: int
    month: int
    seed: int = 1
    banks: tuple[str, ...] = ()


def write_list(plan: Month, day: date, out: Path, catalog: Catalog) -> dict[str, Any]:
    """Write a list into a folder under the name that the desk gives it; return what is in it."""
    content, summary = pension_list(plan, catalog)
    out.mkdir(parents=True, exist_ok=True)
    path = out / fill(_layout(catalog).file_name, day=day)
    path.write_bytes(content)
    return {"file": str(path), **summary}


def pension_list(plan: Month, catalog: Catalog) -> tuple[bytes, dict[str, Any]]:
    """Return the list in the benefit desk's layout, and what is in it: count, total, by bank."""
    if not 1 <= plan.pensions <= PENSIONS_MAX:
        raise Rejected("simulate_pensions_out_of_range", count=plan.pensions, most=PENSIONS_MAX)
    if plan.month % 100 not in MONTHS or not 1990 <= plan.month // 100 <= 2999:  # noqa: PLR2004
        raise Rejected("simulate_month_malformed", month=plan.month)
    layout = _layout(catalog)
    banks = _banks(plan.banks, catalog)
    rows = _rows(plan, banks)
    by_bank = {bank.code: [r["amount_fen"] for r in rows if r["bank"] == bank.code]
               for bank in banks}  # fmt: skip
    summary = {
        "month": plan.month,
        "items": len(rows),
        "total_fen": sum(row["amount_fen"] for row in rows),
        "banks": {code: {"items": len(fens), "total_fen": sum(fens)}
                  for code, fens in by_bank.items()},
    }  # fmt: skip
    return render(layout, {}, rows), summary


def _rows(plan: Month, banks: Sequence[Partner]) -> list[dict[str, Any]]:
    random = Random(plan.seed)  # noqa: S311 -- invented people, not keys
    people = People(random, rates(), births=_BIRTHS)
    branches = [_branch(random) for _ in range(_BRANCHES)]
    rows: list[dict[str, Any]] = []
    for number, (person, name) in enumerate(zip(*people.take(plan.pensions), strict=True)):
        able = [bank for bank in banks if _can_write(bank, name)]
        row = {
            "kind": KIND,
            "fund": FUND,
            "person_id": person,
            "person_name": name,
            "benefit": PENSION,
            "period": plan.month,
            "amount_fen": int(random.triangular(*_YUAN)) * 100 + random.randrange(100),
            "bank": random.choice(able or list(banks)).code,
            "bank_no": random.choice(branches),
            "account_no": _card(random, number),
            "account_name": name,
        }
        rows.append(row)
        if random.randrange(1000) < _ARREARS_PERMILLE:
            fen = random.randrange(2_000, 60_000)
            rows.append({**row, "benefit": ARREARS, "period": _before(plan.month),
                         "amount_fen": fen})  # fmt: skip
    return rows


def _layout(catalog: Catalog) -> Layout:
    for partner in catalog.partners.values():
        for layout in partner.layouts.values():
            if layout.name == "payout_list" and layout.form in RENDERED:
                return layout
    raise Rejected("simulate_partner_missing", kind="core")


def _banks(codes: tuple[str, ...], catalog: Catalog) -> list[Partner]:
    known = [catalog.partner(code) for code in codes] or list(catalog.partners.values())
    found = [one for one in known if one.kind == "bank" and one.payout is not None]
    if not found or (codes and len(found) < len(codes)):
        raise Rejected("simulate_bank_missing")
    return found


def _can_write(bank: Partner, name: str) -> bool:
    layout = bank.layout(bank.payout.layout) if bank.payout else None
    if layout is None or layout.form is Form.PAIN001:
        return True
    try:
        name.encode(layout.encoding)
    except UnicodeEncodeError:
        return False
    return True


def _card(random: Random, number: int) -> str:
    body = f"{random.choice(_CARDS)}{random.randrange(10**4):04d}{number:08d}"
    return body + bank_account.check_digit(body)


def _branch(random: Random) -> str:
    body = f"{random.choice(('102', '103', '104', '105'))}5810{random.randrange(10**4):04d}"
    return body + cnaps.check_digit(body)


def _before(month: int) -> int:
    return month - 1 if month % 100 > 1 else month - 89
