"""A month's pension list (明细清单) as the benefit desk hands it over: people, sums and accounts.

Everybody is invented; every number holds. Who has a name that a bank's file cannot write has the
account at a bank whose file can.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from hub.domain.codes import bank_account, cnaps
from hub.errors import Rejected
from hub.mappings.file_names import fill
from hub.mappings.layout import Form
from hub.mappings.rendering import RENDERED, write
from hub.simulate.identities import People
from hub.simulate.rates import rates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
_PEOPLE_AT_A_TIME: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What is asked for: how many people, which month (yyyymm), through which banks."""

    pensions: int
    month: int
    seed: int = 1
    banks: tuple[str, ...] = ()


def write_list(plan: Month, day: date, out: Path, catalog: Catalog) -> dict[str, Any]:
    """Write a list into a folder under the name that the desk gives it; return what is in it."""
    _require(plan)
    path = out / fill(_layout(catalog).file_name, day=day)
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=out) as half_made:  # whoever looks into the folder finds it whole
        summary = write_pensions(plan, catalog, half_made)
        half_made.seek(0)
        with path.open("wb") as file:
            copyfileobj(half_made, file)
    return {"file": str(path), **summary}


def write_pensions(plan: Month, catalog: Catalog, out: BinaryIO) -> dict[str, Any]:
    """Write the list in the benefit desk's layout; return what is in it: count, total, by bank."""
    _require(plan)
    banks = _banks(plan.banks, catalog)
    by_bank: dict[str, list[int]] = {}

    def rows() -> Iterator[dict[str, Any]]:
        by_bank.update({bank.code: [0, 0] for bank in banks})
        for row in _rows(plan, banks):
            sums = by_bank[row["bank"]]
            sums[0] += 1
            sums[1] += row["amount_fen"]
            yield row

    write(_layout(catalog), {}, rows, out)
    return {
        "month": plan.month,
        "items": sum(count for count, _ in by_bank.values()),
        "total_fen": sum(fen for _, fen in by_bank.values()),
        "banks": {code: {"items": count, "total_fen": fen}
                  for code, (count, fen) in by_bank.items()},
    }  # fmt: skip


def _require(plan: Month) -> None:
    if not 1 <= plan.pensions <= PENSIONS_MAX:
        raise Rejected("simulate_pensions_out_of_range", count=plan.pensions, most=PENSIONS_MAX)
    if plan.month % 100 not in MONTHS or not 1990 <= plan.month // 100 <= 2999:  # noqa: PLR2004
        raise Rejected("simulate_month_malformed", month=plan.month)


def _rows(plan: Month, banks: Sequence[Partner]) -> Iterator[dict[str, Any]]:
    """Yield the list's rows, each time the same ones."""
    random = Random(plan.seed)  # noqa: S311 -- invented people, not keys
    people = People(random, rates(), births=_BIRTHS)
    branches = [_branch(random) for _ in range(_BRANCHES)]
    for number, (person, name) in enumerate(_taken(people, plan.pensions)):
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
        yield row
        if random.randrange(1000) < _ARREARS_PERMILLE:
            fen = random.randrange(2_000, 60_000)
            yield {**row, "benefit": ARREARS, "period": _before(plan.month), "amount_fen": fen}


def _taken(people: People, count: int) -> Iterator[tuple[str, str]]:
    for start in range(0, count, _PEOPLE_AT_A_TIME):
        yield from zip(*people.take(min(_PEOPLE_AT_A_TIME, count - start)), strict=True)


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
