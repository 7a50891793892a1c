"""MT940 as banks of many countries write it: what is meant is read, and no word is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.mappings.layout import Form, Layout
from tests.mappings.reading import refused, rows_of

LAYOUT = Layout(
    partner="any", name="any", form=Form.MT940, file_name="{any}", sha256="", encoding="utf-8"
)
NOTHING = ":60F:C261123CNY0,00"


def statement(*lines: str, opening: str = NOTHING, closing: str, account: str = "62220001") -> str:
    head = (":20:S1", f":25:{account}", ":28C:1/1", opening)
    return "\n".join([*head, *lines, f":62F:{closing}", "-", ""])


def values(text: str, layout: Layout = LAYOUT):
    return [row.values for row in rows_of(layout, text.encode())[0]]


def one(*lines: str, closing: str = "C261123CNY5,00"):
    (row,) = values(statement(*lines, closing=closing))
    return row


@pytest.mark.parametrize(
    ("mark", "fen"),
    [
        ("C5,00NTRFREF", 500),
        ("CN5,00NTRFREF", 500),  # with a funds code
        ("CR5,NTRFREF", 500),
        ("C5NTRFREF", 500),
        ("C5.00NTRFREF", 500),
        ("C,50NTRFREF", 50),
        ("C5,000NTRFREF", 500),
        ("C 5,00NTRFREF", 500),
        ("C5,00 NTRFREF", 500),
        ("c5,00ntrfREF", 500),
        ("C00000000000000005,00NTRFREF", 500),
    ],
)
def test_an_amount_is_read_to_its_end(mark, fen) -> None:
    closing = f"C261123CNY{fen // 100},{fen % 100:02d}"

    row = one(f":61:2611231123{mark}", closing=closing)

    assert (row["amount_fen"], row["deposit_no"], row["code"]) == (fen, "REF", "NTRF")


@pytest.mark.parametrize("amount", ["1.234,50", "1,234.50", "1'234,50", "5,5,0", "5..0"])
def test_an_amount_that_can_be_read_in_two_ways_is_refused(amount) -> None:
    raw = statement(f":61:2611231123C{amount}NTRFREF", closing="C261123CNY1,23").encode()

    assert refused(LAYOUT, raw).code in ("mt940_tag", "amount_malformed")


def test_a_decimal_point_is_never_cut_off() -> None:
    """Cut everywhere alike, the balances would still agree."""
    line = ":61:2611231123C100.50NTRFREF"

    (row,) = values(statement(line, closing="C261123CNY100.50"))

    assert row["amount_fen"] == 10050
    assert refused(LAYOUT, statement(line, closing="C261123CNY100").encode()).code == (
        "statement_balance"
    )


@pytest.mark.parametrize("end", ["C261123CNY5,00-}", "C261123CNY5,00\n-XXX", "C2611235,00"])
def test_a_closing_balance_with_what_follows_it(end) -> None:
    """The end of a block on its line, a bank's own end, and no currency."""
    assert one(":61:261123C5,00NMSC", closing=end)["amount_fen"] == 500


def test_a_balance_of_sixteen_digits_and_one_that_is_none() -> None:
    assert (
        values(statement(opening=":60F:C261123CNY0000000000000000,00", closing=NOTHING[5:])) == []
    )
    raw = statement(opening=":60F:C261123CNYO0,00", closing=NOTHING[5:]).encode()
    error = refused(LAYOUT, raw)
    assert (error.code, error.facts["tag"]) == ("mt940_tag", "60F")


@pytest.mark.parametrize(
    ("days", "on"),
    [
        ("2602300301", date(2026, 3, 1)),
        ("260230", date(2026, 2, 28)),
        ("240230", date(2024, 2, 29)),
        ("261123    ", date(2026, 11, 23)),
    ],
)
def test_interest_of_30_february(days, on) -> None:
    assert one(f":61:{days}C5,00NINTNONREF")["credited_on"] == on


@pytest.mark.parametrize("days", ["261323", "2613231123", "2611321123", "2611230230", "260431"])
def test_another_day_that_does_not_exist(days) -> None:
    raw = statement(f":61:{days}C5,00NINTNONREF", closing="C261123CNY5,00").encode()

    assert refused(LAYOUT, raw).code == "date_malformed"


def test_empty_lines_within_words_end_nothing() -> None:
    row = one(":61:261123C5,00NMSCREF", ":86:first", " " * 65, "second", "", "third")

    assert row["narrative"] == "first second third"


def test_a_wrapped_time_of_day_is_no_tag() -> None:
    row = one(":61:261123C5,00NMSCREF", ":86:2026-11-23T16", ":26:37 paid", ":10 more")

    assert row["narrative"] == "2026-11-23T16 :26:37 paid :10 more"


def test_words_in_tags_of_the_bank_itself() -> None:
    row = one(":61:261123C5,00S051REF", ":NS:01pension", "15payer")

    assert row["narrative"] == "01pension 15payer"


def test_what_stands_behind_a_reference_is_kept() -> None:
    row = one(":61:261123D1,00N060P000029225      A SHOP", "and more", closing="D261123CNY1,00")

    assert row["narrative"] == "A SHOP and more"
    assert row["message_id"] == "P000029225"
    assert row["amount_fen"] == -100


def test_the_kind_of_message_before_it() -> None:
    text = statement(":61:261123C5,00NMSCREF", closing="C261123CNY5,00")

    assert len(values(f":940:\n{text}")) == 1
    assert len(values(f"BANKCNBJ\n940\n{text}")) == 1


@pytest.mark.parametrize(
    "account", ["62220001", "BANKCNBJ/62220001", "62220001CNY", "//CN12/62220001/CNY", "6222 0001"]
)
def test_an_account_with_its_bank_and_currency(account) -> None:
    text = statement(closing=NOTHING[5:], account=account)
    mine = replace(LAYOUT, options={"account": "62220001"})

    _, reading = rows_of(mine, text.encode())

    assert reading.statements[0].account_no == account.removesuffix("CNY").removesuffix("/")
    other = replace(LAYOUT, options={"account": "62220002"})
    error = refused(other, text.encode())
    assert (error.code, error.place.line) == ("statement_other_account", 2)


def test_a_report_within_the_day_is_told_from_a_statement_that_was_cut() -> None:
    report = ":20:S1\n:25:1\n:28C:1/1\n:34F:CNY0,\n:61:261123C5,00NMSCREF\n:90C:1CNY5,00\n-\n"

    assert refused(LAYOUT, report.encode()).code == "mt940_interim"
    cut = report.replace(":34F:CNY0,\n", "").replace(":90C:1CNY5,00\n", "")
    assert refused(LAYOUT, cut.encode()).code == "mt940_without_balance"
