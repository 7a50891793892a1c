"""Several simulated days: each row arrives once, late lists come with the next day's."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest

from hub.domain.facts import Source
from hub.errors import Rejected
from hub.simulate import lists
from hub.simulate.cases import cases
from hub.simulate.dates import Dates, Sender
from hub.simulate.days import Days, parse_missing, simulate_days
from hub.simulate.mint import Mint
from tests.simulate.reading_back import CALENDAR, CATALOG, MONDAY, read_back, row_key

if TYPE_CHECKING:
    from pathlib import Path


def days(out: Path, **changes):
    plan = Days(**{"first": MONDAY, "count": 3, "rows": 200, "seed": 7, **changes})
    return simulate_days(plan, out, calendar=CALENDAR, catalog=CATALOG, advance=lambda _rows: None)


def test_a_missing_list_comes_on_the_next_day_beside_that_day_s_own(tmp_path):
    missing = frozenset({(2, Sender.TREASURY), (2, Sender.TAX)})

    first, second, third = days(tmp_path, missing=missing)

    assert second["missing"] == ["tax", "treasury"]
    assert not (tmp_path / "day-2" / "treasury").exists()
    assert [name.partition("/")[0] for name in second["files"]] == ["bank", "core"]
    assert {"tax/ZSMX_20261124_001.txt", "tax/ZSMX_20261125_001.txt"} <= set(third["files"])
    assert sum("CFX3139" in name for name in third["files"]) == 2
    assert sum("FXZ" in name for name in first["files"]) == 1


def test_three_days_hold_every_row_that_was_seen_and_none_twice(tmp_path):
    found: dict[Source, Counter] = {source: Counter() for source in Source}

    made = days(tmp_path, missing=frozenset({(2, Sender.TREASURY)}))

    for number, day in enumerate(made, start=1):
        for entry in day["files"]:
            sender, _, name = entry.partition("/")
            content = (tmp_path / f"day-{number}" / entry).read_bytes()
            layout, _, rows = read_back(Sender(sender), name, content, tmp_path)
            found[layout.source].update(
                row_key(layout.source, row, without=("deposit_no",)) for row in rows
            )
    assert found[Source.COLLECTIONS].total() == 600
    numbers = Counter(row["amount_fen"] for row in as_canonical(tmp_path))
    assert numbers == Counter(key[2] for key in found[Source.DEPOSITS].elements())


def as_canonical(tmp_path):
    """Invent the same three days again and return their deposits, as the lists have them."""
    missing_on = CALENDAR.add(MONDAY, 1)
    dates = Dates(
        calendar=CALENDAR, transit_days=3, missing=frozenset({(missing_on, Sender.TREASURY)})
    )
    mint, last = Mint(7), CALENDAR.add(MONDAY, 2)
    made = [
        case for n in range(3) for case in cases(mint, dates, [CALENDAR.add(MONDAY, n)], rows=200)
    ]
    return lists.facts(made, dates, lambda seen_on: seen_on <= last)[Source.DEPOSITS]


def test_a_treasury_that_never_sends_leaves_its_folder_out_and_money_waiting(tmp_path):
    *_, third = days(tmp_path, missing=frozenset({(3, Sender.TREASURY)}))
    truth = json.loads((tmp_path / "day-3" / "truth.json").read_text("utf-8"))

    assert third["missing"] == ["treasury"]
    assert third["truth"] == Counter(entry["verdict"] for entry in truth)
    assert third["truth"]["in_transit"] > 50


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        days(tmp_path / name, rows=100)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.*"))

    assert len(files) > 20
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


@pytest.mark.parametrize("text", ["treasury", "3:moon", "x:tax", ":tax", "-1:tax", "0:tax"])
def test_a_missing_list_that_cannot_be_understood_is_refused(text):
    with pytest.raises(Rejected) as refusal:
        parse_missing(text)

    assert refusal.value.code == "simulate_missing_malformed"


def test_a_list_cannot_be_missing_on_a_day_that_is_not_simulated(tmp_path):
    with pytest.raises(Rejected) as refusal:
        days(tmp_path, missing=frozenset({(4, Sender.TAX)}))

    assert refusal.value.code == "simulate_missing_malformed"


@pytest.mark.parametrize("rows", [0, -1, 100_000_001])
def test_days_have_as_many_rows_as_one_can_write(tmp_path, rows):
    with pytest.raises(Rejected) as refusal:
        days(tmp_path, rows=rows)

    assert refusal.value.code == "simulate_rows_out_of_range"


def test_a_missing_list_is_named_by_day_and_sender():
    assert parse_missing("3:treasury") == (3, Sender.TREASURY)


def test_days_begin_on_a_working_day(tmp_path):
    with pytest.raises(Rejected) as refusal:
        days(tmp_path, first=date(2026, 11, 22))

    assert refusal.value.code == "simulate_rest_day"
