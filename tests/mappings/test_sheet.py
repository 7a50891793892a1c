"""Statements as downloaded: where the table is, what an amount is, what proves it."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.money import yuan_display
from hub.simulate.bank import Statement, downloaded_csv, workbook
from tests.mappings.reading import CATALOG, layout_of, refused, rows_of

DAY = date(2026, 11, 23)
TWO_COLUMNS = """
form = "sheet"
source = "credits"
file_name = "{any}.csv"
day = "item.credited_on"

[layouts.some.options]
encodings = ["utf-8", "gb18030"]
totals = ["合计"]
skip = ["打印时间"]

[[layouts.some.records]]
name = "item"
repeat = true
fields = [
  { name = "credited_on", column = "日期", type = "date", format = "%Y-%m-%d" },
  { name = "deposit_no", column = "凭证", type = "text", required = false },
  { name = "credit_fen", column = "收入", type = "amount_yuan", separators = true, OPTIONAL },
  { name = "debit_fen", column = "支出", type = "amount_yuan", separators = true, OPTIONAL },
  { name = "balance_fen", column = "余额", type = "amount_yuan", separators = true },
  { name = "narrative", column = "摘要", type = "text", required = false },
]
""".replace("OPTIONAL", "required = false")
HEAD = "明细查询\n\n日期,凭证,收入,支出,余额,摘要\n"


@pytest.fixture
def two(tmp_path):
    return layout_of(tmp_path, TWO_COLUMNS)


def fens(layout, text: str) -> list[int]:
    return [row.values["amount_fen"] for row in rows_of(layout, text.encode())[0]]


def test_what_the_simulated_bank_writes_is_read() -> None:
    credits_ = [
        {
            "deposit_no": f"D{n}",
            "amount_fen": 10**8 + n,
            "credited_on": DAY,
            "narrative": "工伤保险",
        }
        for n in range(3)
    ]
    statement = Statement(day=DAY, credits=credits_)
    layouts = CATALOG.partner("bank").layouts

    for name, write in (("statement_csv", downloaded_csv), ("statement_xlsx", workbook)):
        rows, reading = rows_of(layouts[name], write(statement))
        assert [{k: r.values[k] for k in credits_[0]} for r in rows] == credits_
        assert {r.values["insurance_kind"] for r in rows} == {"work_injury"}
        assert reading.head["header.proof"] == "balances"
        assert reading.head["header.closing_fen"] == statement.closing_fen


def test_amounts_and_junk_as_banks_write_them(two) -> None:
    text = HEAD + (
        '2026-11-21\t,"=""001""","1,000.00 \t",,"1,000.00",  社保费  入库 \n'
        ",,,,,\n\n"
        '2026-11-22,,-,".44",999.56,\n'
        "日期,凭证,收入,支出,余额,摘要\n"  # the line of names again, on a new page
        '2026-11-23,,,-5.00,"1,004.56",冲正\n'
        '合计,,"1,005.00",.44,,\n打印时间：2026-11-23 10:00\n'
    )

    rows, reading = rows_of(two, text.encode())

    assert [row.values["amount_fen"] for row in rows] == [100_000, -44, 500]
    assert [row.line for row in rows] == [4, 7, 9]
    assert rows[0].values["deposit_no"] == "001"
    assert rows[0].values["narrative"] == "社保费 入库"
    assert reading.head["header.closing_fen"] == 100_456


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_the_encodings_of_banks(two, encoding) -> None:
    rows, _ = rows_of(
        two, (HEAD + "2026-11-21,,1,,1,𠮷䶮\n").encode("gb18030" if encoding == "gbk" else encoding)
    )

    assert rows[0].values["narrative"] == "𠮷䶮"


def test_either_order_of_time(two) -> None:
    rising = ["2026-11-21,,5,,15,", "2026-11-22,,,7,8,", "2026-11-23,,1,,9,"]

    for lines in (rising, rising[::-1]):
        _, reading = rows_of(two, (HEAD + "\n".join(lines) + "\n").encode())
        assert reading.head["header.opening_fen"] == 1000
        assert reading.head["header.closing_fen"] == 900


def test_a_list_without_entries_is_valid(two) -> None:
    assert fens(two, HEAD) == []
    assert fens(two, HEAD + "合计,,0,0,,\n") == []


@pytest.mark.parametrize(
    ("lines", "code", "line", "field"),
    [
        ("2026-11-21,,5,,15,\n2026-11-22,,,7,9,\n", "sheet_balance", 5, None),
        ("2026-11-21,,5,,15,\n合计,,5.01,,,\n", "sheet_total", 5, None),
        ("2026-11-21,,5,7,15,\n", "sheet_amount_twice", 4, None),
        ("2026-11-21,,,,15,\n", "field_missing", 4, "amount_fen"),
        (",,5,,15,\n", "field_missing", 4, "日期"),
        ("2026-11-21,,1.005,,15,\n", "amount_malformed", 4, "收入"),
        ("2026-11-21,,５,,15,\n", "amount_malformed", 4, "收入"),
        ('2026-11-21,,"1,0000",,15,\n', "amount_malformed", 4, "收入"),
        ("2026-11-21,,--5,,15,\n", "amount_malformed", 4, "收入"),
        ("2026-11-21,,1e3,,15,\n", "amount_malformed", 4, "收入"),
        ("2026-11-31,,5,,15,\n", "date_malformed", 4, "日期"),
        ("本页小计,,5,,,\n", "date_malformed", 4, "日期"),
        ('2026-11-21,"A,5,,15,\n', "quote_misplaced", 4, None),
        ("2026-11-21,,5,,15,\x07\n", "control_character", 4, None),
    ],
)
def test_what_does_not_add_up_or_cannot_be_read_is_refused(two, lines, code, line, field) -> None:
    error = refused(two, (HEAD + lines).encode())

    assert (error.code, error.place.line, error.place.field) == (code, line, field)


def test_a_wrong_byte_is_refused_at_its_place(two) -> None:
    raw = HEAD.encode() + b"2026-11-21,,5,,15," + b"\xff\n"

    error = refused(two, raw)

    assert (error.code, error.place.byte_offset, error.place.line) == (
        "encoding_broken",
        len(raw) - 2,
        4,
    )


def test_recording_only_notes_what_does_not_add_up(tmp_path) -> None:
    layout = layout_of(tmp_path, TWO_COLUMNS.replace("skip", 'proof = "record"\nskip'))
    text = HEAD + "2026-11-21,,5,,15,\n2026-11-22,,,7,x.y,\n2026-11-23,,1,,3,\n合计,,9,,,\n"

    rows, reading = rows_of(layout, text.encode())

    assert len(rows) == 3
    assert [deviation.place.line for deviation in reading.deviations[:3]] == [5, 7, 6]
    assert reading.head["header.proof"] == "none"


def test_no_table_or_a_column_twice(two) -> None:
    assert refused(two, b"a,b\n1,2\n").code == "sheet_without_table"
    assert refused(two, HEAD.replace("凭证", "日期").encode()).code == "sheet_without_table"
    assert refused(two, HEAD.replace("\n", ",日期\n").encode()).code == "column_twice"
    assert refused(two, b"").code == "file_empty"
    assert refused(two, b"<html><table></table></html>").code == "sheet_is_a_page"


def test_what_is_cut_off_is_refused(tmp_path, two) -> None:
    needs = layout_of(tmp_path, TWO_COLUMNS.replace("skip", "totals_required = true\nskip"))
    text = HEAD + "2026-11-21,,5,,15,\n"

    assert refused(needs, text.encode()).code == "sheet_without_totals"
    assert fens(needs, text + "合计,,5,,,\n") == [500]
    card = CATALOG.partner("cmb").layouts["credit"]
    bill = "2026年01月\n交易日,记账日,交易摘要,人民币金额\n,01/03,图书,56.70"
    assert refused(card, bill.encode()).code == "line_unfinished"
    assert refused(card, bill.replace("2026年01月", "").encode()).code == "sheet_without_year"


def test_limits_and_options(tmp_path, two) -> None:
    lines = "2026-11-21,,5,,15,\n2026-11-21,,5,,20,\n"
    one = layout_of(tmp_path, TWO_COLUMNS.replace("skip", 'account = "6222000001"\nskip'))

    assert refused(two, (HEAD + lines).encode(), items_max=1).code == "items_too_many"
    assert refused(one, (HEAD + lines).encode()).code == "statement_other_account"
    assert fens(one, "账号：6222000001\n" + HEAD + lines) == [500, 500]


def test_made_up_numbers_are_the_same_in_a_longer_list(two) -> None:
    lines = ["2026-11-21,,5,,15,", "2026-11-22,,,7,8,", "2026-11-23,,1,,9,"]

    def names(chosen):
        rows, _ = rows_of(two, (HEAD + "\n".join(chosen) + "\n").encode())
        return [row.values["deposit_no"] for row in rows]

    assert names(lines)[1:] == names(lines[1:])


def book(*sheets, cells=()) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as made:
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for rows in sheets:
            sheet = made.add_worksheet()
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if isinstance(value, date):
                        sheet.write_datetime(number, column, value, day)
                    else:
                        sheet.write(number, column, value)
        for row, column in cells:
            sheet.write(row, column, "x")
    return out.getvalue()


def bomb() -> bytes:
    """Return 17 MB of blanks that pack to almost nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (17 * 1024 * 1024))
    return out.getvalue()


def locked() -> bytes:
    """Return a workbook whose members are marked as encrypted."""
    raw = bytearray(book([NAMES]))
    at = raw.index(b"PK\x01\x02")
    raw[at + 8] |= 1
    return bytes(raw)


NAMES = ["日期", "凭证", "收入", "支出", "余额", "摘要"]


def test_cells_of_a_workbook_may_be_numbers_and_days(two) -> None:
    raw = book([["户名"], NAMES, [DAY, 7, 0.1 + 0.2, "", 1000.3, "甲"], [DAY, "8", "", 0.3, 1000]])

    rows, _ = rows_of(two, raw)

    assert [row.values["amount_fen"] for row in rows] == [30, -30]
    assert [row.values["deposit_no"] for row in rows] == ["7", "8"]
    assert {row.values["credited_on"] for row in rows} == {DAY}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (book([NAMES], [NAMES]), "sheet_ambiguous"),
        (book([["x"]], [["y"]]), "sheet_without_table"),
        (book([NAMES])[:-40], "sheet_broken"),
        (book([NAMES], cells=[(1_048_575, 16_383)]), "sheet_too_large"),
        (b"PK\x03\x04" + b"x" * 100, "sheet_broken"),
        (bomb(), "sheet_too_large"),
        (locked(), "sheet_encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "sheet_broken"),
    ],
)
def test_workbooks_that_cannot_be_used(two, raw, code) -> None:
    assert refused(two, raw).code == code


@given(
    st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=2), st.integers(1, 9), st.data()
)
def test_a_list_is_taken_exactly_if_its_balances_follow(amounts, error, data) -> None:
    layout = CATALOG.partner("cmb").layouts["debit"]
    lines, balance = ["记账日期,货币,交易金额,联机余额,交易摘要,对手信息,客户摘要"], 0
    for fen in amounts:
        balance += fen
        lines.append(f'2026-11-23,CNY,"{yuan_display(fen)}","{yuan_display(balance)}",,,')
    rows, _ = rows_of(layout, ("\n".join(lines) + "\n").encode())
    assert [row.values["amount_fen"] for row in rows] == amounts

    cut = data.draw(st.integers(1, len(amounts)))
    balance_wrong = yuan_display(sum(amounts[:cut]) + error)
    lines[cut] = f'2026-11-23,CNY,"{yuan_display(amounts[cut - 1])}","{balance_wrong}",,,'
    if len(amounts) > 2:
        assert refused(layout, ("\n".join(lines) + "\n").encode()).code == "sheet_balance"
