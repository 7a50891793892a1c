"""SWIFT MT940: signs of reversals, chains of balances, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.mappings.layout import Form, Layout
from hub.simulate.bank import Statement, mt940
from tests.mappings.reading import CATALOG, refused, rows_of

LAYOUT = Layout(
    partner="any", name="any", form=Form.MT940, file_name="{any}", sha256="", encoding="utf-8"
)
DAY = date(2026, 11, 23)


def comma(fen: int) -> str:
    return f"{abs(fen) // 100},{abs(fen) % 100:02d}"


def balance(tag: str, fen: int, ccy: str = "CNY") -> str:
    return f":{tag}:{'D' if fen < 0 else 'C'}261123{ccy}{comma(fen)}"


def message(*lines: str, opening: int = 0, closing: int, name: str = "S1", tags=("60F", "62F")):
    first, last = balance(tags[0], opening), balance(tags[1], closing)
    head = [f":20:{name}", ":25:6222000000000001", ":28C:1/1", first]
    return "\r\n".join([*head, *lines, last, "-", ""])


def line(mark: str, fen: int, more: str = "NTRFREF1//BANK1") -> str:
    return f":61:2611231123{mark}{comma(fen)}{more}"


def values(text: str, layout=LAYOUT):
    return [row.values for row in rows_of(layout, text.encode())[0]]


@pytest.mark.parametrize(("mark", "sign"), [("C", 1), ("D", -1), ("RC", -1), ("RD", 1), ("CR", 1)])
def test_a_reversal_counts_the_other_way(mark, sign) -> None:
    """The library books RC as a credit and RD as a debit; the balances say otherwise."""
    (row,) = values(message(line(mark, 500), opening=10_000, closing=10_000 + 500 * sign))

    assert row["amount_fen"] == 500 * sign


def test_what_the_simulated_bank_writes_is_read() -> None:
    credit = {
        "deposit_no": "D1",
        "amount_fen": 12345,
        "credited_on": DAY,
        "insurance_kind": "pension",
    }
    raw = mt940(Statement(day=DAY, credits=[credit]))

    rows, reading = rows_of(CATALOG.partner("bank").layouts["mt940"], raw)

    assert {k: rows[0].values[k] for k in credit} == credit
    assert reading.head["header.proof"] == "balances"


def test_rows_say_when_and_what() -> None:
    text = message(line("C", 1), ":86:社保费入库", "  养老", closing=1)

    (row,) = values(text)

    assert row["credited_on"] == DAY
    assert row["narrative"] == "社保费入库 养老"
    assert row["deposit_no"] == "BANK1"


def test_the_booking_day_may_lie_in_the_next_year() -> None:
    (row,) = values(message(":61:2612310104C0,01NTRFNONREF", closing=1))

    assert row["credited_on"] == date(2027, 1, 4)


def test_words_after_the_closing_balance_belong_to_no_line() -> None:
    text = message(line("C", 1), closing=1).replace("\r\n-", "\r\n:86:SUMMARY\r\n-")

    assert values(text)[0]["narrative"] is None


def test_several_messages_and_swift_blocks() -> None:
    block = "{1:F01BANKCNBJAXXX0000000000}{2:I940BANKCNBJXXXXN}{4:\r\n"
    one = block + message(line("C", 5), closing=5).replace("\r\n-", "\r\n-}")
    two = message(line("D", 5), opening=5, closing=0, name="S2")

    rows, reading = rows_of(LAYOUT, (one + "\r\n" + two).encode())

    assert [row.values["amount_fen"] for row in rows] == [5, -5]
    assert reading.head["header.statements"] == 2


def test_pages_are_chained_by_intermediate_balances() -> None:
    one = message(line("C", 5), closing=5, tags=("60F", "62M"))
    two = message(line("C", 7), opening=5, closing=12, tags=("60M", "62F"), name="S2")

    assert len(values(one + two)) == 2
    assert "intermediate" in rows_of(LAYOUT, one.encode())[1].deviations[0].text
    gap = two.replace("C261123CNY0,05", "C261123CNY0,06").replace("CNY0,12", "CNY0,13")
    assert refused(LAYOUT, (one + gap).encode()).code == "statement_balance"


def test_a_day_without_entries_is_valid() -> None:
    assert values(message(opening=5, closing=5)) == []


@pytest.mark.parametrize(
    ("text", "code", "line_no"),
    [
        (message(line("C", 5), closing=6), "statement_balance", 1),
        (message(":61:XXXX", closing=0), "mt940_tag", 5),
        (message(line("C", 5).replace("0,05", "0,055"), closing=5), "amount_malformed", 5),
        (message(line("C", 5).replace("0,05", "０,05"), closing=5), "mt940_tag", 5),
        (message(line("C", 5), closing=5).replace("2611231123", "2613231123"), "date_malformed", 5),
        (
            message(line("C", 5), closing=5).replace(":62F:C261123CNY0,05", ""),
            "mt940_without_balance",
            1,
        ),
        (message(line("C", 5), closing=5).removeprefix(":20:S1\r\n"), "mt940_without_reference", 1),
        (
            message(line("C", 5), closing=5).replace("62F:C261123CNY", "62F:C261123EUR"),
            "statement_currency",
            6,
        ),
        (message(closing=0) * 2, "statement_twice", 6 + 1),
        (":99999", "mt940_tag", 1),
        ("hello", "mt940_empty", None),
        ("", "mt940_empty", None),
    ],
)
def test_bad_files(text, code, line_no) -> None:
    error = refused(LAYOUT, text.encode())

    assert (error.code, error.place.line) == (code, line_no)


def test_another_account_or_currency_than_the_layout_says() -> None:
    raw = message(closing=0).encode()

    other = replace(LAYOUT, options={"account": "6222000000000009"})
    assert refused(other, raw).code == "statement_other_account"
    assert refused(replace(LAYOUT, options={"currency": "EUR"}), raw).code == "statement_currency"
    assert rows_of(replace(LAYOUT, options={"account": "6222000000000001"}), raw)[0] == []


def test_the_declared_encoding_only() -> None:
    raw = message(line("C", 5), ":86:社保费", closing=5).encode("gbk")

    assert refused(LAYOUT, raw).code == "encoding_broken"
    assert rows_of(replace(LAYOUT, encoding="gbk"), raw)[0][0].values["narrative"] == "社保费"


def test_limits() -> None:
    raw = message(line("C", 5), line("C", 5), closing=10).encode()

    assert refused(LAYOUT, raw, items_max=1).code == "items_too_many"
    assert refused(LAYOUT, raw, line_bytes_max=20).code == "line_too_long"


def test_wherever_a_file_is_cut_no_rows_are_taken_without_its_closing_balance() -> None:
    raw = message(line("C", 5), line("D", 3), closing=2).encode()

    for length in range(raw.rindex(b":62F:") + 15):
        refused(LAYOUT, raw[:length])


@given(st.lists(st.integers(1, 10**9)), st.lists(st.integers(1, 10**9)), st.integers(-2, 2))
def test_a_file_is_taken_exactly_if_it_adds_up(into, out, error) -> None:
    lines = [line("C", fen) for fen in into] + [line("D", fen) for fen in out]
    text = message(*lines, opening=-7, closing=-7 + sum(into) - sum(out) + error)

    if error:
        assert refused(LAYOUT, text.encode()).code == "statement_balance"
    else:
        assert [v["amount_fen"] for v in values(text)] == into + [-fen for fen in out]


def test_messages_of_one_name_are_told_apart_by_their_balances() -> None:
    one = message(line("C", 5), closing=5)
    two = message(line("D", 5), opening=5, closing=0)

    assert [v["amount_fen"] for v in values(one + two)] == [5, -5]
