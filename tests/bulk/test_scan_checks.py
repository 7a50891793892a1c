"""The SQL checks let through exactly what the codecs read, with the same value."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.bulk.scan_checks import check, quoted, text
from hub.errors import Rejected
from hub.mappings import codecs
from hub.mappings.layout import Field, FieldType

MAPS = {"kinds": {"102": "pension", "x": "it's", " y": "blank"}}
TYPES = [
    (FieldType.TEXT, {}),
    (FieldType.TEXT, {"chars_max": 3}),
    (FieldType.COUNT, {}),
    (FieldType.COUNT, {"chars_max": 2}),
    (FieldType.AMOUNT_FEN, {}),
    (FieldType.AMOUNT_YUAN, {}),
    (FieldType.AMOUNT_YUAN, {"separators": True}),
    (FieldType.DATE, {}),
    (FieldType.DATE, {"format": "%Y-%m-%d"}),
    (FieldType.DATE, {"format": "%d.%m.%Y"}),
    (FieldType.DATE, {"format": "%Y年%m月%d日"}),
    (FieldType.PERIOD, {}),
    (FieldType.PERIOD, {"format": "%Y/%m"}),
    (FieldType.PERIOD, {"format": "(%Y%m)"}),
    (FieldType.CODE, {"map": "kinds"}),
]
WORDS = (
    "", "0", "00", "1", "-1", "-0", "1.5", "1.55", "1.555", ".44", "1.", ".", "1,234.50", "1,23",
    "12,345", "1234", "9999999999999.99", "10000000000000.00", "0000000000001.00", "1e3", "１２",
    "1_000", " 1", "1 ", "NaN", "Infinity", "20260105", "20260230", "2026-01-05", "05.01.2026",
    "2026年01月05日", "202601", "202613", "2026/01", "(202601)", "18991231", "21000101", "2026-1-5",
    "999999999999999", "1000000000000000", "999999999999999999", "9999999999999999999", "a" * 200,
    "a" * 201, "　张三　", " 张 三", "\u00a0x", "\u2003", "　", "！", "! ", "102", "x", " y",
    "0102", "+1", "𠮷" * 200, "𠮷" * 201, "it's", "٣", "0x10",
)  # fmt: skip


@pytest.fixture(scope="module")
def database():
    with duckdb.connect() as connection:
        yield connection


def by_sql(database, field, word):
    found = check(field, MAPS)
    cleaned = text(field)
    name = quoted(field.name)
    given_text = f"(SELECT {cleaned} AS {name} FROM (SELECT ?::VARCHAR AS {name}))"
    return database.execute(
        f"SELECT {found.value}, {found.holds} FROM {given_text}", [word]
    ).fetchone()


def agrees(database, field, word):
    value, holds = by_sql(database, field, word)
    try:
        read = codecs.parse(word, field, MAPS)
    except Rejected:
        return not holds
    return holds and value == read and type(value) is type(read)


@pytest.mark.parametrize(("kind", "more"), TYPES, ids=str)
@pytest.mark.parametrize("required", [True, False])
def test_sql_agrees_with_codec(database, kind, more, required):
    field = Field(name='a "name"', type=kind, required=required, **more)
    assert [word for word in WORDS if not agrees(database, field, word)] == []


@settings(max_examples=200, deadline=None)
@given(
    case=st.sampled_from(TYPES),
    required=st.booleans(),
    word=st.text(st.sampled_from("0123456789.,-+ 　年月日/()eE_xX张１٣\u00a0"), max_size=22),
)
def test_sql_agrees_with_codec_on_anything(database, case, required, word):
    kind, more = case
    field = Field(name="f", type=kind, required=required, **more)
    assert agrees(database, field, word)
