"""DuckDB splits a CSV file as the standard reader does, or balks; it never loses a row quietly."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.bulk.canonical_checks import Column, problem
from hub.bulk.canonical_csv import open_csv
from hub.bulk.canonical_diagnosis import _records
from hub.errors import Rejected

CELL = st.text("ab1 養\"',;#\t", max_size=4)
QUOTED = st.builds(lambda t: '"' + t.replace('"', '""') + '"', st.text('a,"\n\r1養', max_size=4))
LINE = st.lists(st.one_of(CELL, QUOTED), min_size=2, max_size=2).map(",".join)
ANY_LINE = st.one_of(LINE, LINE, LINE, st.text('ab,"', max_size=8))
END = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", "\n\n"])


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(ANY_LINE, max_size=5),
    ends=st.one_of(END.map(lambda end: [end] * 6), st.lists(END, min_size=6, max_size=6)),
    last=st.booleans(),
    mark=st.booleans(),
)
@example(lines=["1,2", "3,4"], ends=["\r\n"] * 6, last=True, mark=True)
@example(lines=["1,2", "3,4"], ends=["\r"] * 6, last=True, mark=False)
@example(lines=[",", ","], ends=["\n", "\n", "\r", "\n", "\n", "\n"], last=False, mark=False)
@example(lines=["1,2,", "3,4"], ends=["\n"] * 6, last=True, mark=False)
@example(lines=['1,"2" ', "3,4"], ends=["\n"] * 6, last=True, mark=False)
@example(lines=['"1"\t,2', "3,4"], ends=["\n"] * 6, last=True, mark=False)
@example(lines=[', "', ',"""'], ends=["\n"] * 6, last=False, mark=False)
@example(lines=[',"," '], ends=["\n"] * 6, last=False, mark=False)
@example(lines=['"a\nb",2', "3,4"], ends=["\n"] * 6, last=False, mark=False)
def test_both_readers_see_the_same_records(tmp_path, lines, ends, last, mark):
    text = "".join(line + end for line, end in zip(["x,y", *lines], ends, strict=False))
    text = text if last else text.rstrip("\r\n") if lines else text
    path = tmp_path / "a.csv"
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.encode())
    try:
        csv = open_csv(path, tmp_path)
        fast = sorted(duckdb.sql(f"SELECT * FROM {csv.relation()}").fetchall(), key=str)
    except (duckdb.Error, Rejected):
        return
    header, *records = _records(path)

    assert header.cells == list(csv.header)
    slow = [tuple(cell or None for cell in record.cells or ["no CSV"]) for record in records]
    # commas at the end of a line are passed over by both
    slow = [row[:2] if not any(row[2:]) else row for row in slow]
    assert fast == sorted(slow, key=str)


@pytest.mark.parametrize("byte", range(256))
def test_a_plain_file_has_only_identifiers_that_hold(tmp_path, byte):
    cell = b"R" + bytes([byte]) + b"1"
    path = tmp_path / "a.csv"
    path.write_bytes(b"receipt_no\nR1\n" + cell + b"\n")
    allowed = problem(cell.decode("latin-1"), Column("receipt_no", "id")) is None

    assert open_csv(path, tmp_path).is_plain() == (allowed or byte == ord("\n"))
