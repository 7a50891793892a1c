"""How long the console takes to answer over a store with a million of everything.

    python benchmarks/console.py --rows 1_000_000
    python benchmarks/console.py --delete

Fills a SQLite store once (`console_data`): a payout, a reconciled day, transfers and a credit come
through the flows and are multiplied in the database with other keys, triggers and checks in force.
Then the real application answers people who signed in, whole HTTP answers in process: of every
table its first page, a page further on, and the slowest of its filters, alone and in pairs; then
searches. Median and worst of five in ms. Exit code 1 when a worst one is over its limit.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.console_data import NO_RATES, made
from hub.adapters.credentials import STEP_S
from tests.console.house import House
from tests.transfer_funds import CHENGDU, HANGZHOU, paying_offices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hub.console.registry import Filter, Table
    from tests.console.house import Browser

LIMIT_MS = 200
SEARCH_LIMIT_MS = 1_000
TIMES = 5
PAGES = 6  # of 500 rows, before the page further on
OK = 200
REFUSED = (404, 422)  # what a filter answers to what it cannot mean
OUTSIDERS = {"partner": "bank_user", "region": "region_user"}
TRIED: Mapping[str, Sequence[str]] = {
    "text": ("none such", "2", "2026-10", "王", "510100"),
    "date": ("2024-01-01", "2026-03-01", "2026-11-24", "2027-12-31"),
    "money": ("0.01", "1,234.00", "900,000,000.00"),
}
IN_PAIRS = 3  # values of each filter
SEARCHES = {
    "an identity number": "33010619000777777X",
    "an account": "6222000000000777777",
    "a name": "王伟一",
    "the beginning of many names": "王伟",
    "an amount": "1,234.56",
    "a part of a file name": "0777777",
    "a part of no file name": "9999999.txt.no",
}


@dataclass(frozen=True, slots=True)
class Took:
    """One thing that was asked, and the milliseconds of each time."""

    what: str
    how: str
    ms: Sequence[float]
    limit_ms: float = LIMIT_MS

    @property
    def is_over(self) -> bool:
        """Tell whether it took too long at least once."""
        return max(self.ms) > self.limit_ms

    def __str__(self) -> str:
        mark = f"  OVER {self.limit_ms:.0f}" if self.is_over else ""
        return f"{self.what:32} {self.how:56} {median(self.ms):7.0f} {max(self.ms):7.0f}{mark}"


def asked(browser: Browser, address: str, times: int = TIMES) -> list[float] | None:
    """Return how long an address took; `None` when it refuses what it was asked."""
    ms = []
    for _ in range(times):
        began = time.perf_counter()
        answer = browser.get(address)
        ms.append((time.perf_counter() - began) * 1000)
        if answer.status_code in REFUSED:
            return None
        if answer.status_code != OK:
            raise SystemExit(f"{address} answers {answer.status_code}: {answer.text[-500:]}")
    return ms


def of_table(browser: Browser, table: Table, services: Any, who: str) -> Iterator[Took]:  # noqa: ANN401
    """Ask one table everything as one person."""
    what = f"{table.name}{who}"
    address = f"/tables/{table.name}"
    first = asked(browser, address)
    if first is not None:
        yield Took(what, "first page", first)
    after, rows = further(browser, table.name)
    if after is not None:
        ms = asked(browser, f"{address}?{urlencode({'after': after})}")
        yield Took(what, f"behind {rows} rows", ms or [])
    values = {one.name: list(usable(browser, table, one, services)) for one in table.filters}
    found = [({name: value}, ms) for name, known in values.items() for value, ms in known]
    for one, other in combinations(values, 2):
        some = [[value for value, _ in spread(values[name])] for name in (one, other)]
        for pair in product(*some):
            filters = dict(zip((one, other), pair, strict=True))
            if (ms := asked(browser, f"{address}?{urlencode(filters)}", 1)) is not None:
                found.append((filters, ms[0]))
    found.sort(key=lambda one: -one[1])
    for place, (filters, ms) in enumerate(found):
        if place and ms <= LIMIT_MS:
            break
        again = asked(browser, f"{address}?{urlencode(filters)}") or [ms]
        took = Took(what, ", ".join(f"{k}={v}" for k, v in filters.items()), again)
        if not place or took.is_over:
            yield took


def further(browser: Browser, name: str) -> tuple[str | None, int]:
    """Return where some pages end, and behind how many rows that is."""
    after, rows = None, 0
    for _ in range(PAGES):
        query = {"limit": 500} | ({} if after is None else {"after": after})
        answer = browser.get(f"/api/v1/tables/{name}", query_string=query)
        if answer.status_code != OK or answer.json["after"] is None:
            break
        after, rows = answer.json["after"], rows + len(answer.json["rows"])
    return after, rows


def usable(
    browser: Browser,
    table: Table,
    one: Filter,
    services: Any,  # noqa: ANN401
) -> Iterator[tuple[str, float]]:
    """Yield the values that a filter takes, each with how long it took."""
    if one.choices is not None:
        values = list(one.choices(services))
    else:
        page = browser.get(f"/api/v1/tables/{table.name}").json
        row = page["rows"][-1] if page.get("rows") else {}
        values = [str(row[one.name])] if row.get(one.name) else []
        values += TRIED[one.kind]
    for value in values:
        ms = asked(browser, f"/tables/{table.name}?{urlencode({one.name: value})}", 1)
        if ms is not None:
            yield value, ms[0]


def spread(values: Sequence[Any]) -> Sequence[Any]:
    """Return the first, a middle and the last value."""
    step = max(1, (len(values) - 1) / (IN_PAIRS - 1)) if values else 1
    return [values[int(n * step)] for n in range(IN_PAIRS) if int(n * step) < len(values)]


def used_until(database: Path) -> int:
    """Return until when one-time codes were used the last time that this was run."""
    with closing(sqlite3.connect(database)) as connection:
        (step,) = connection.execute("SELECT max(factor_step) FROM people").fetchone()
    return int((step + 1) * STEP_S)


def measure(database: Path, only: Sequence[str]) -> list[Took]:
    """Build the application over a database, sign people in, and ask everything."""
    found: list[Took] = []

    def keep(took: Took) -> None:
        found.append(took)
        print(took, flush=True)

    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        office, other = paying_offices(Path(home), HANGZHOU, CHENGDU)
        office.store.close()
        file = office.services.settings.store.sqlite_file
        file.unlink()
        file.symlink_to(database)
        office.clock.advance(hours=12)
        office.clock.advance(seconds=max(0, used_until(database) - office.clock.now().timestamp()))
        house = House(Path(home), patch, office=office, **NO_RATES)
        readers = {role: house.client_of(role) for role in ("auditor", *OUTSIDERS.values())}
        asked(readers["auditor"], "/tables/roles")  # templates are compiled
        print(f"{'':32} {'':56} {'median':>7} {'worst':>7}")
        for name, table in sorted(house.app.extensions["hub"].registry.tables.items()):
            if only and name not in only:
                continue
            for role in ("auditor", *([OUTSIDERS[table.scope]] if table.scope else [])):
                who = "" if role == "auditor" else f" ({role})"
                for took in of_table(readers[role], table, house.services, who):
                    keep(took)
        if not only:
            for what, text in SEARCHES.items():
                ms = asked(readers["auditor"], f"/search?{urlencode({'q': text})}") or [0.0]
                keep(Took("search", what, ms, SEARCH_LIMIT_MS))
        if not only or "home" in only:
            keep(Took("home", "", asked(readers["auditor"], "/") or []))
        other.store.close()
        office.store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="The console over a million of everything")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", default=[], help="names of tables, or home")
    parser.add_argument("--delete", action="store_true", help="delete the store and stop")
    parser.add_argument("--folder", type=Path, help="where the store is kept")
    args = parser.parse_args()
    folder = args.folder or Path(tempfile.gettempdir()) / "hub-console-benchmark"
    if args.delete:
        shutil.rmtree(folder, ignore_errors=True)
        return
    found = measure(made(folder, args.rows), args.only)
    over = [took for took in found if took.is_over]
    print(f"\n{len(found)} things asked, {len(over)} over the limit")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
