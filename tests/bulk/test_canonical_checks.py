"""The checks of canonical cells: the SQL accepts exactly what the Python rule accepts."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.bulk.canonical_checks import Column, problem, sql_holds, sql_value
from hub.bulk.canonical_usual import _usually

CONNECTION = duckdb.connect(config={"threads": 1})

_DIGITS = st.text("0123456789", max_size=20)
_ODD = "0123456789.-+eE_ xX/年０１٣\t\n\r\x00\x7f\ufeff,\"'"
CELLS = st.one_of(
    st.text(max_size=70),
    st.text(_ODD, max_size=20),
    _DIGITS,
    st.from_regex(r"-?[0-9]{0,16}\.?[0-9]{0,4}", fullmatch=True),
    st.from_regex(r"(1[89]|20|21)[0-9]{2}[-/]?[01][0-9][-/]?[0-3][0-9]", fullmatch=True),
    st.from_regex(r"(1[89]|20|21)[0-9]{2}-?[01][0-9]", fullmatch=True),
    st.text("ABCxyz0129-!~#养老失业保险", max_size=66),
)


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=60), required=st.booleans())
@pytest.mark.parametrize("kind", ["id", "kind", "amount", "period", "date"])
def test_sql_accepts_exactly_what_python_accepts(kind, cells, required):
    column = Column("x", kind, required)
    holds = CONNECTION.execute(
        f"SELECT {sql_holds('x', column)} FROM (SELECT nullif(unnest($cells), '') AS x)",
        {"cells": [cell.replace("\x00", "\x01") for cell in cells]},
    ).fetchall()

    found = [problem(cell.replace("\x00", "\x01"), column) is None for cell in cells]

    assert found == [held for (held,) in holds]


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("amount", "1234.5", 123450),
        ("amount", ".44", 44),
        ("amount", "007", 700),
        ("amount", "9999999999999.99", 999999999999999),
        ("period", "2026-11", 202611),
        ("period", "202611", 202611),
    ],
)
def test_good_cells_have_the_value_that_they_say(kind, text, value):
    column = Column("x", kind)
    found = CONNECTION.execute(
        f"SELECT {sql_value('x', column)} FROM (SELECT $t AS x)", {"t": text}
    )

    assert problem(text, column) is None
    assert found.fetchall() == [(value,)]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("amount", text)
        for text in (
            "１２", "-1", "-0", "+1", "1e3", "1E3", "1_000", "1,000", " 1", "1 ", "1.", ".",
            "1.234", "NaN", "nan", "inf", "0x10", "12345678901234", "", "٣",
        )
    ]
    + [("date", t) for t in ("2026-02-30", "2026-13-01", "2026-1-1", "1899-12-31", "2100-01-01",
                             "2026/11/16", "2026-1116", "202611-16", "epoch", "0000-00-00")]
    + [("period", t) for t in ("202600", "202613", "26-11", "2026/11", "2026-1", "210001")]
    + [("id", t) for t in ("a b", "税票", "１２", "x" * 65, 'a"b', "a\tb", "a\x00b")]
    + [("kind", t) for t in ("养 老", "养" * 33, "\u3000", "ＡＢ")],
)  # fmt: skip
def test_cells_that_must_be_refused(kind, text):
    column = Column("x", kind)
    held = CONNECTION.execute(
        f"SELECT {sql_holds('x', column)} FROM (SELECT nullif($t, '') AS x)", {"t": text}
    )

    assert problem(text, column) is not None
    assert held.fetchall() == [(False,)]


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=60))
@example(cells=["-100.50", "100.50", "-0.00", "0.00", "9999999999999.99"])
@pytest.mark.parametrize("kind", ["id", "amount"])
def test_what_is_written_in_the_usual_way_is_always_good(kind, cells):
    column = Column("amount" if kind == "amount" else "payer_id", kind)
    held = CONNECTION.execute(
        f"SELECT coalesce({_usually(column, plain=False)}, false)"
        f" FROM (SELECT {column.name}, try_cast({column.name} AS DECIMAL(15, 2)) AS decimal"
        f" FROM (SELECT nullif(unnest($cells), '') AS {column.name}))",
        {"cells": [cell.replace("\x00", "\x01") for cell in cells]},
    ).fetchall()

    for cell, (usual,) in zip(cells, held, strict=True):
        assert not usual or problem(cell, column) is None
