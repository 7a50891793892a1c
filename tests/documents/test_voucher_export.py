"""What the finance system gets: every line, exact amounts, red as minus; and bean-check agrees."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from hub.documents.beancount import write_beancount
from hub.documents.voucher_export import COLUMNS, write_csv, write_workbook
from hub.domain.voucher import Cause, Document, Occurrence, post, reversal
from hub.mappings.books import load_books
from tests.conftest import ROOT, require
from tests.doubles import NOON

BOOKS = load_books(ROOT / "config")
BEAN_CHECK = Path(sys.executable).parent / "bean-check"
PAPER = Document(name="银行回单", sha256="d" * 64)
DAY = NOON.date()
CAUSE = Cause(at=NOON, actor="payout")
FACTS = {"title": '=SUM("11月")', "benefit": "养老金", "bank": "icbc", "day": "2026-11-24"}


def voucher(event, number, amount_fen=123_456_789_012_345, fund="pension", on=DAY):
    occurrence = Occurrence(
        event=event, subject=f"batch:{number}", fund=fund, amount_fen=amount_fen, on=on,
        documents=(PAPER,), facts=FACTS,
    )  # fmt: skip
    return post(occurrence, BOOKS, CAUSE).numbered(number)


@pytest.fixture
def vouchers():
    """Every event once in two funds, and one reversal."""
    made = [
        voucher(event, number, amount_fen=number, fund=fund)
        for fund in ("pension", "work_injury")
        for number, event in enumerate(BOOKS.events(), start=1)
    ]
    undone = reversal(
        made[1], on=date(2026, 12, 1), reason='误记 "重复"', documents=[PAPER], cause=CAUSE
    )
    return [*made, undone.numbered(1)]


def test_csv_has_every_line_with_exact_amounts(tmp_path, vouchers):
    vouchers = [*vouchers, voucher("payout.returned", 99)]
    path = tmp_path / "v.csv"

    assert write_csv(path, iter(vouchers), BOOKS) == len(vouchers)

    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert len(rows) == sum(len(v.lines) for v in vouchers)
    debit, red = rows[-2:]
    assert (debit["科目"], debit["借方金额"], debit["科目代码"]) == (
        "支出户存款", "1234567890123.45", "1004",
    )  # fmt: skip
    assert (red["科目"], red["借方金额"], red["科目代码"]) == (
        "社会保险待遇支出", "-1234567890123.45", "",
    )  # fmt: skip
    assert red["摘要"].startswith("'=SUM")


def test_the_workbook_says_the_same(tmp_path, vouchers):
    path = tmp_path / "v.xlsx"

    assert write_workbook(path, iter(vouchers), BOOKS) == len(vouchers)

    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert head == [name for name, _ in COLUMNS]
    assert len(rows) == sum(len(v.lines) for v in vouchers)
    sums = [sum(row[at] for row in rows if row[at] != "") for at in (8, 9)]
    assert round(sums[0], 2) == round(sums[1], 2) != 0


def test_bean_check_accepts_the_books(tmp_path, vouchers):
    require(BEAN_CHECK.is_file(), "bean-check (pip install beancount)")
    path = tmp_path / "books.beancount"
    assert write_beancount(path, iter(vouchers), BOOKS, title='局 "一"') == len(vouchers)

    def bean_check(file):
        return subprocess.run([BEAN_CHECK, file], capture_output=True, text=True, check=False)

    sound = bean_check(path)
    assert (sound.returncode, sound.stdout + sound.stderr) == (0, "")
    text = path.read_text("utf-8")
    assert "^pension-202612-1 ^pension-202611-2" in text
    assert "Assets:WorkInjury:支出户存款" in text

    wrong = tmp_path / "wrong.beancount"
    wrong.write_text(text.replace("  0.01 CNY", "  0.02 CNY", 1), "utf-8")
    assert bean_check(wrong).returncode != 0


def test_no_vouchers_make_files_too(tmp_path):
    assert write_csv(tmp_path / "v.csv", iter([]), BOOKS) == 0
    assert write_workbook(tmp_path / "v.xlsx", iter([]), BOOKS) == 0
    assert write_beancount(tmp_path / "v.beancount", iter([]), BOOKS, title="x") == 0
