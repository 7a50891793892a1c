"""The workbook of a reconciliation, read back as a spreadsheet program would."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from python_calamine import CalamineWorkbook

from hub.documents.discrepancy_workbook import AGES, COLUMNS, write_workbook

AS_OF = date(2026, 11, 23)
RECEIPT = "330100000000000101"


def row(verdict: str, number: int = 0, **changes):
    cells = {
        "receipt_no": str(int(RECEIPT) + number), "deposit_no": None, "verdict": verdict,
        "level": "ii", "insurance_kind": "pension", "payer_id": "91330100MA0000001X",
        "period": "202611", "collected": Decimal("100.50"), "deposited": None, "assessed": None,
        "amount": Decimal("100.50"), "collected_on": date(2026, 11, 2), "age_working_days": 15,
        "rule": "ii-07-unbooked@1", "note": None,
    }  # fmt: skip
    return cells | changes


SUMMARY = {
    "verdicts": [
        {"level": "ii", "verdict": "overdue", "count": 3, "fen": 30150},
        {"level": "ii", "verdict": "short", "count": 1, "fen": 100},
        {"level": "iii", "verdict": "short", "count": 1, "fen": 11},
    ],
    "aging": [
        {"verdict": "overdue", "bucket": "11-20", "count": 3, "fen": 30150},
        {"verdict": "short", "bucket": "?", "count": 2, "fen": 111},
    ],
}
ROWS = [row("overdue", n) for n in range(3)] + [
    row("short", 5, note="=1+1", payer_id="=cmd|' /C calc'!A0"),
    row("short", 6, insurance_kind="失业", age_working_days=None, level="iii"),
]


@pytest.fixture
def book(tmp_path):
    return written(tmp_path / "a.xlsx")


def written(path, **changes):
    options = {"summary": SUMMARY, "rows": iter(ROWS), "rows_max": 100, "as_of": AS_OF}
    write_workbook(path, **(options | changes))
    return CalamineWorkbook.from_path(str(path))


def sheet(book, name):
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def test_there_is_an_overview_and_a_sheet_for_each_verdict(book):
    assert book.sheet_names == ["总览 overview", "逾期未入库 overdue", "少入库 short"]


def test_headings_are_in_both_languages(book):
    assert sheet(book, "少入库 short")[1] == [f"{c.zh}\n{c.en}" for c in COLUMNS]


def test_numbers_of_receipts_are_text_and_amounts_are_numbers(book):
    first = sheet(book, "逾期未入库 overdue")[2]

    assert first[0] == RECEIPT
    assert first[4] == "基本养老保险 pension"
    assert first[7] == 100.5
    assert first[11:13] == ["2026-11-02", 15]


def test_a_text_that_looks_like_a_formula_stays_a_text(book):
    first = sheet(book, "少入库 short")[2]

    assert first[5] == "=cmd|' /C calc'!A0"
    assert first[14] == "=1+1"


def test_what_is_not_known_is_an_empty_cell(book):
    second = sheet(book, "少入库 short")[3]

    assert second[8] == ""
    assert second[12] == ""


def test_the_overview_counts_all_rows_and_ages(book):
    cells = sheet(book, "总览 overview")
    lines = {line[0]: line[1:3] for line in cells}

    assert lines["逾期未入库 overdue"] == [3, 301.5]
    assert lines["少入库 short"] == [2, 1.11]
    assert [line for line in cells if line[0] in AGES][3][:3] == ["11-20", 3, 301.5]
    assert lines["?"] == [2, 1.11]


def test_there_is_a_chart_of_the_ages(tmp_path, book):
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()

    categories, values = re.findall(r"<c:f>'总览 overview'!(\$[AB]\$\d+:\$[AB]\$\d+)</c:f>", chart)
    cells = sheet(book, "总览 overview")
    first, last = (int(n) for n in re.findall(r"\d+", categories))
    assert [line[0] for line in cells[first - 1 : last]] == list(AGES)
    assert values == categories.replace("A", "B")


def test_beyond_the_cap_a_note_says_how_many_there_are(tmp_path):
    book = written(tmp_path / "a.xlsx", rows_max=2)

    capped, complete = sheet(book, "逾期未入库 overdue"), sheet(book, "少入库 short")

    assert len(capped) == 4
    assert "共 3 行" in capped[0][0]
    assert "the first 2 are shown" in capped[0][0]
    assert complete[0][0] == "共 2 行 rows"
    (note,) = [line[0] for line in sheet(book, "总览 overview") if str(line[0]).startswith("注")]
    assert "逾期未入库 overdue" in note
    assert "少入库" not in note


def test_rows_may_come_as_tuples_and_the_bytes_are_the_same(tmp_path):
    written(tmp_path / "a.xlsx")
    written(tmp_path / "b.xlsx", rows=(tuple(one.values()) for one in ROWS))

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_without_differences_there_is_only_the_overview(tmp_path):
    book = written(tmp_path / "a.xlsx", rows=(), summary={"verdicts": [], "aging": []})

    assert book.sheet_names == ["总览 overview"]
