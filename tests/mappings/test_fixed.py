"""Fixed width: widths are bytes of the encoding, fillings are not part of the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Rejected
from hub.mappings.rendering import render
from tests.mappings.reading import CATALOG, layout_of, refused, rows_of

TABLE = """
form = "fixed"
file_name = "a_{any}"
encoding = "gb18030"
newline = "\\r\\n"
controls = [
  { field = "header.n", equals = "count", of = "item" },
  { field = "header.sum", equals = "sum", of = "item.fen" },
]
records = [
  { name = "header", tag = "H", fields = [
    { name = "n", width = 4, type = "count" },
    { name = "sum", width = 10, type = "amount_fen" } ] },
  { name = "item", tag = "D", repeat = true, fields = [
    { name = "name", width = 8, type = "text" },
    { name = "fen", width = 10, type = "amount_fen" },
    { name = "on", width = 8, type = "date", required = false } ] },
]
"""
HEAD = "H00010000000100\r\n"
ITEM = "D张三    000000010020261123\r\n"


@pytest.fixture
def layout(tmp_path):
    return layout_of(tmp_path, TABLE)


def test_widths_count_bytes(layout) -> None:
    for name, filled in (
        ("张三", "张三    "),
        ("𠮷", "𠮷    "),
        ("张三李四", "张三李四"),
        ("a", "a       "),
    ):
        raw = (HEAD + ITEM.replace("张三    ", filled)).encode("gb18030")

        rows, _ = rows_of(layout, raw)

        assert rows[0].values["name"] == name
        assert (rows[0].line, rows[0].byte_offset) == (2, 17)


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "name", "offset"),
    [
        ("张三    ", "张三   ", "width_wrong", 2, None, 17),
        ("张三    ", "张三     ", "width_wrong", 2, None, 17),
        ("张三    0", "a张三李四", "character_cut", 2, "name", 25),
        ("张三    ", "        ", "field_missing", 2, "name", 18),
        ("0000000100", "000000010 ", "amount_malformed", 2, "fen", 26),
        ("0000000100", "-000000100", "amount_negative", 2, "fen", 26),
        ("0000000100", "00000001.0", "amount_malformed", 2, "fen", 26),
        ("0000000100", "          ", "field_missing", 2, "fen", 26),
        ("20261123", "20261131", "date_malformed", 2, "on", 36),
        ("20261123", " 2026112", "date_malformed", 2, "on", 36),
        ("\r\n", "\n", "line_end_wrong", 2, None, 17),
        ("D", "X", "record_unknown", 2, None, 17),
    ],
)  # fmt: skip
def test_a_bad_line(layout, old, new, code, line, name, offset) -> None:  # noqa: PLR0917
    raw = (HEAD + ITEM.replace(old, new)).encode("gb18030")

    error = refused(layout, raw)

    assert (error.code, error.place.line, error.place.field) == (code, line, name)
    assert error.place.byte_offset == offset


def test_blanks_are_as_good_as_zeros_and_an_absent_value_is_absent(layout) -> None:
    raw = (HEAD + ITEM.replace("0000000100", "       100").replace("20261123", " " * 8)).encode(
        "gb18030"
    )

    rows, _ = rows_of(layout, raw)

    assert rows[0].values == {"name": "张三", "fen": 100, "on": None}


def test_full_width_digits_do_not_count_as_digits(layout) -> None:
    error = refused(layout, (HEAD + ITEM.replace("0000000100", "１００００")).encode("gb18030"))

    assert (error.code, error.place.field, error.place.byte_offset) == (
        "amount_malformed",
        "fen",
        26,
    )


def test_a_text_that_is_too_wide_is_not_written(layout) -> None:
    with pytest.raises(Rejected) as caught:
        render(layout, {}, [{"name": "张三李四王", "fen": 1, "on": None}])
    assert (caught.value.code, caught.value.place.field) == ("field_too_wide", "name")


NAMES = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=20)


@given(st.lists(st.tuples(NAMES, st.integers(0, 10**10)), max_size=5))
def test_what_is_written_reads_back(items) -> None:
    layout = CATALOG.partner("tax").layout("collections_fixed")
    rows = [
        {
            "receipt_no": str(number), "payer_id": "P", "payer_name": name, "person_id": None,
            "person_name": None, "insurance_kind": "medical", "period": 202611,
            "amount_fen": fen, "collected_on": DAY,
        }
        for number, (name, fen) in enumerate(items)
    ]  # fmt: skip
    head = {"header.list_no": "L", "header.business_on": DAY}

    read, reading = rows_of(layout, render(layout, head, rows))

    assert [row.values for row in read] == rows
    assert reading.head["trailer.total_fen"] == sum(fen for _, fen in items)


DAY = rows_of(CATALOG.partner("tax").layout("collections"), b"L1|0|0|20261123\r\n")[1].head[
    "header.business_on"
]
