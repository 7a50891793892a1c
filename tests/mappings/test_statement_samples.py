"""The real files of five Chinese banks, as downloaded: counted again here, in another way.

Whoever published them changed amounts and balances by hand, or cut rows out. Five of the eight
therefore contradict themselves and are refused as they stand, at the first figure that is wrong.
With `proof = "record"` every row of them is read, so that the layouts are tested on all eight.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import python_calamine

from hub.errors import Rejected
from hub.mappings.reading import read
from tests.conftest import ROOT
from tests.mappings.reading import CATALOG, refused

if TYPE_CHECKING:
    from pathlib import Path

    from hub.mappings.layout import Layout
    from hub.mappings.record import Reading, Row

pytestmark = pytest.mark.samples

FOLDER = ROOT.parent / "shared" / "samples" / "statements"


@dataclass(frozen=True)
class Real:
    """A real file: `first` looks like the first cell of an entry; amounts stand in columns."""

    path: str
    layout: str
    rows: int
    first: str
    credit: int | None = None
    debit: int | None = None
    signed: int | None = None
    marked: int | None = None  # column of the direction
    spending_positive: bool = False
    refused: tuple[str, int] | None = None  # code and line, as the file stands


DATE = r"\d{4}-\d{2}-\d{2}"
REAL = [
    Real(
        "icbc/example-icbc-credit-records.csv", "icbc.credit", 9, DATE, credit=8, debit=9,
        refused=("sheet_total", 18),
    ),
    Real(
        "icbc/example-icbc-debit-v1-records.csv", "icbc.debit_v1", 11, DATE, credit=8, debit=9,
        refused=("amount_malformed", 8),
    ),
    Real(
        "icbc/example-icbc-debit-v2-records.csv", "icbc.debit_v2", 11, DATE, credit=9, debit=10,
        refused=("amount_malformed", 8),
    ),
    Real(
        "cmb/example-cmb-records.csv", "cmb.credit", 6, r"(\d\d/\d\d)?", signed=3,
        spending_positive=True,
    ),
    Real(
        "cmb/example-cmb-records__2.csv", "cmb.debit", 5, DATE, signed=2,
        refused=("sheet_balance", 4),
    ),
    Real(
        "citic/example-citic-records.xls", "citic.credit", 13, DATE, signed=7,
        spending_positive=True,
    ),
    Real("spdb_debit/example-spdb_debit-records.xls", "spdb.debit", 4, r"\d+", credit=3, debit=4),
    Real(
        "bocom_debit/example-bocom_debit-records.csv", "bocom.debit", 6, r"\d+", signed=5, marked=4,
        refused=("sheet_balance", 3),
    ),
]  # fmt: skip
each_file = pytest.mark.parametrize("real", REAL, ids=lambda real: real.layout)


def _layout(real: Real) -> Layout:
    partner, _, name = real.layout.partition(".")
    return CATALOG.partner(partner).layouts[name]


def _read(layout: Layout, path: Path) -> tuple[list[Row], Reading]:
    with path.open("rb") as content:
        reading = read(layout, content, file=path.name, items_max=10**6, line_bytes_max=10**6)
        return list(reading.rows), reading


@pytest.fixture
def folder(samples) -> Path:
    return samples / "statements"


def test_every_real_file_has_a_layout(folder) -> None:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    assert found == {real.path for real in REAL}


@each_file
def test_a_file_is_read_in_full_or_refused_where_it_is_wrong(real, folder) -> None:
    path = folder / real.path
    if real.refused is None:
        rows, _ = _read(_layout(real), path)
        assert len(rows) == real.rows
        return

    with pytest.raises(Rejected) as caught:
        _read(_layout(real), path)

    error = caught.value
    assert (error.code, error.place.line) == real.refused
    assert error.place.file == path.name


@each_file
def test_every_entry_of_every_file_is_found(real, folder) -> None:
    layout = _layout(real)
    recording = replace(layout, options={**layout.options, "proof": "record"})

    rows, reading = _read(recording, folder / real.path)

    again = _counted_again(real, folder / real.path)
    assert len(again) == len(rows) == real.rows
    assert Counter(row.values["amount_fen"] for row in rows) == Counter(again)
    assert len({row.values["deposit_no"] for row in rows}) == real.rows
    assert bool(reading.deviations) == (reading.head["header.proof"] == "none")


def test_the_balances_of_a_real_xls_are_proven(folder) -> None:
    real = next(one for one in REAL if one.layout == "spdb.debit")

    _, reading = _read(_layout(real), folder / real.path)

    head = reading.head
    assert head["header.proof"] == "balances"
    assert head["header.opening_fen"] == 198_521
    assert head["header.closing_fen"] == 198_357


def test_a_bill_of_january_has_days_of_december(folder) -> None:
    real = next(one for one in REAL if one.layout == "cmb.credit")

    rows, _ = _read(_layout(real), folder / real.path)

    assert [row.values["credited_on"].year for row in rows] == [2023, 2023, 2024, 2024, 2024, 2024]


@pytest.mark.parametrize("cut", [600, 601, 2048, 5000])
def test_an_xls_that_was_cut_off_harms_nobody(cut, folder) -> None:
    """The library panics on some of these, in a process of its own."""
    real = next(one for one in REAL if one.layout == "spdb.debit")
    raw = (folder / real.path).read_bytes()[:-cut]

    assert refused(_layout(real), raw).code == "sheet_broken"


def _counted_again(real: Real, path: Path) -> list[int]:
    """Return the entries' amounts by looking for rows that begin like an entry."""
    found = []
    for cells in _cells(path):
        first, *_ = cells or [""]
        if len(cells) < 4 or not re.fullmatch(real.first, first) or not any(cells):
            continue
        if real.signed is None:
            amount = _amount(cells[real.credit]) - _amount(cells[real.debit])
        else:
            text = cells[real.signed]
            if not re.fullmatch(r"-?[\d,]*\.\d+", text):
                continue
            amount = _amount(text) * (-1 if real.spending_positive else 1)
            if real.marked is not None and "Dr" in cells[real.marked]:
                amount = -amount
        found.append(int(amount * 100))
    return found


def _cells(path: Path) -> list[list[str]]:
    if path.suffix == ".xls":
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        rows = book.get_sheet_by_index(0).to_python()
    else:
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    return [[str(cell).strip() for cell in row] for row in rows]


def _amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "") or "0")
