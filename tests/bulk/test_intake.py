"""Whole partner files become facts, the same by either way, or are refused and leave nothing."""

from __future__ import annotations

import hashlib
from datetime import date

import pyarrow.parquet as pq
import pytest

from hub.bulk.facts_file import ROW_GROUP_ROWS
from hub.bulk.intake import take_in
from hub.domain.facts import COLUMNS, Source
from hub.errors import Rejected, Unavailable
from hub.mappings.layout import Field, FieldType, Form, PartFields, RecordShape
from hub.settings.model import Limits
from tests.bulk.partner_files import ITEM_FIELDS, Row, content, layout

WAYS = ["codec", "scan"]
LISTED = [
    Row("R1", "91330106", "示范公司", "01", "202512", 12_345, date(2026, 1, 4)),
    Row("R1", "91330106", "示范公司", "02", "202601", 44, date(2026, 1, 5)),
    Row("R2", "91330107", "𠮷·公司", "T", "202511", 0, date(2026, 1, 3)),
]


def taken(tmp_path, way, shape, text, file_values=None, **limits):
    path = tmp_path / "list.txt"
    path.write_bytes(text)
    return take_in(
        path, shape, file="list.txt", file_values=file_values or {}, limits=Limits(**limits),
        out=tmp_path / "facts.parquet", way=way,
    )  # fmt: skip


def refused(tmp_path, way, shape, text, **limits):
    with pytest.raises(Rejected) as caught:
        taken(tmp_path, way, shape, text, **limits)
    assert [path.name for path in tmp_path.iterdir()] == ["list.txt"]
    place = caught.value.place
    return caught.value.code, place.line, place.field, place.byte_offset


@pytest.mark.parametrize("form", [Form.DELIMITED, Form.FIXED])
def test_both_ways_give_the_same_bytes(tmp_path, form):
    shape = layout(form, encoding="gb18030", newline="\r\n", business_key=("header.batch_no",))
    digests = set()
    for way in [*WAYS, *WAYS]:
        found = taken(tmp_path, way, shape, content(shape, LISTED))
        assert (found.rows, found.total_fen, found.day) == (3, 12_389, date(2026, 1, 5))
        assert (found.period_min, found.period_max) == (202511, 202601)
        assert found.business_key == "B001"
        assert found.head["trailer.rows"] == 3
        digests.add(hashlib.sha256((tmp_path / "facts.parquet").read_bytes()).hexdigest())
    assert len(digests) == 1

    facts = pq.read_table(tmp_path / "facts.parquet")
    assert facts.column_names == [column.name for column in COLUMNS[Source.COLLECTIONS]]
    assert [str(kind) for kind in facts.schema.types] == [
        "int64", *["string"] * 6, "int32", "int64", "date32[day]",
    ]  # fmt: skip
    assert facts.to_pylist()[1] == {
        "line": 3, "receipt_no": "R1", "payer_id": "91330106", "payer_name": "示范公司",
        "person_id": None, "person_name": None, "insurance_kind": "medical", "period": 202601,
        "amount_fen": 44, "collected_on": date(2026, 1, 5),
    }  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"123.45", b"123,45", ("amount_malformed", 2, "amount_fen", 53)),
        (b"123.45", b"-23.45", ("amount_negative", 2, "amount_fen", 53)),
        (b"123.45", "１23.45".encode(), ("amount_malformed", 2, "amount_fen", 53)),
        (b"|T|", b"|X|", ("code_unknown", 4, "insurance_kind", 147)),
        (b"R2|", b"R2||", ("fields_wrong", 4, None, 120)),
        (b"R2|", b"R2\xff|", ("encoding_broken", 4, None, 124)),
        (b"R2|", b"R\x002|", ("control_character", 4, "receipt_no", 122)),
        (b"R2|", b"|", ("field_missing", 4, "receipt_no", 122)),
        (b"R2|", b"R" * 300 + b"|", ("line_too_long", 4, None, 120)),
        (b"\nT|3", b"\nT|4", ("control_differs", 5, "trailer.rows", 172)),
        (b"12389", b"12390", ("control_differs", 5, "trailer.total_fen", 174)),
        (b"\n", b"\r\n", ("line_end_wrong", 1, None, 0)),
        (b"H|", b"", ("record_unknown", 1, None, 0)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_place(tmp_path, way, old, new, expected):
    text = content(layout(), LISTED).replace(old, new)
    assert refused(tmp_path, way, layout(), text, line_bytes_max=256) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (b"T|3", ("record_missing", 4, None, 120)),  # all lines are whole, but the last is not it
        (b"0103\nT|", ("date_malformed", 4, "collected_on", 161)),
        (b"D|R1", ("record_missing", 1, None, 0)),
        (b"H|", ("file_empty", None, None, 0)),
    ],
)
def test_a_file_that_was_cut_off_is_refused(tmp_path, way, end, expected):
    text = content(layout(), LISTED)
    assert refused(tmp_path, way, layout(), text[: text.index(end)]) == expected


@pytest.mark.parametrize("way", WAYS)
def test_what_is_harmless_is_taken(tmp_path, way):
    text = content(layout(), LISTED)
    assert taken(tmp_path, way, layout(), text.rstrip(b"\n")).rows == 3  # controls prove the end
    assert taken(tmp_path, way, layout(), b"\xef\xbb\xbf" + text).rows == 3


@pytest.mark.parametrize("way", WAYS)
def test_rows_above_the_limit_are_refused(tmp_path, way):
    text = content(layout(), LISTED)
    assert taken(tmp_path, way, layout(), text, items_max=3).rows == 3
    (tmp_path / "facts.parquet").unlink()
    assert refused(tmp_path, way, layout(), text, items_max=2)[:2] == ("items_too_many", 4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", [Form.DELIMITED, Form.FIXED])
def test_a_file_without_rows_is_valid(tmp_path, way, form):
    found = taken(tmp_path, way, layout(form), content(layout(form), []))
    assert (found.rows, found.total_fen, found.period_min) == (0, 0, None)
    assert pq.read_table(tmp_path / "facts.parquet").num_rows == 0


@pytest.mark.parametrize("way", WAYS)
def test_without_controls_the_last_line_must_be_finished(tmp_path, way):
    shape = layout(trailer=None)
    text = content(shape, LISTED)
    assert taken(tmp_path, way, shape, text).rows == 3
    (tmp_path / "facts.parquet").unlink()
    assert refused(tmp_path, way, shape, text[:-1])[:2] == ("line_unfinished", 4)


@pytest.mark.parametrize("way", WAYS)
def test_columns_are_found_by_name_and_others_left_alone(tmp_path, way):
    fields = (*ITEM_FIELDS[1:], Field(name="receipt_no", type=FieldType.TEXT, column="缴款书号"))
    shape = layout(
        header=None, trailer=None, names=True, quote='"',
        records=(RecordShape(name="item", fields=fields, repeat=True),),
    )  # fmt: skip
    lines = (
        "缴款书号|note|payer_id|payer_name|insurance_kind|period|amount_fen|collected_on",
        'R1|"odd ""|"" note"|P1|示范|01|202601|1.5|20260105',
        "R2|tab\there|P1||02|202601|.44|20260104",  # the codec does not mind, so nor does the scan
    )
    found = taken(tmp_path, way, shape, "".join(f"{line}\n" for line in lines).encode())
    assert (found.rows, found.total_fen, found.day) == (2, 194, date(2026, 1, 5))
    assert [d.place.line for d in found.deviations] == [1]
    assert pq.read_table(tmp_path / "facts.parquet")["receipt_no"].to_pylist() == ["R1", "R2"]


@pytest.mark.parametrize("way", WAYS)
def test_rows_of_other_kinds_are_left_out_but_counted(tmp_path, way):
    shape = layout(only={"insurance_kind": ("medical", "work_injury")})
    found = taken(tmp_path, way, shape, content(shape, LISTED))
    assert (found.rows, found.total_fen) == (2, 44)
    assert pq.read_table(tmp_path / "facts.parquet")["line"].to_pylist() == [3, 4]


@pytest.mark.parametrize("way", WAYS)
def test_the_day_comes_from_name_head_or_rows(tmp_path, way):
    text = content(layout(), LISTED)
    named = {"day": date(2026, 1, 9)}
    assert taken(tmp_path, way, layout(), text, named).day == date(2026, 1, 5)
    assert taken(tmp_path, way, layout(day="name"), text, named).day == date(2026, 1, 9)
    rows = layout(day="item.collected_on")
    assert taken(tmp_path, way, rows, text, named).day == date(2026, 1, 5)
    assert taken(tmp_path, way, rows, content(rows, []), named).day == date(2026, 1, 9)
    (tmp_path / "facts.parquet").unlink()
    assert refused(tmp_path, way, rows, content(rows, []))[0] == "file_day_unknown"


@pytest.mark.parametrize("way", WAYS)
def test_parts_of_a_package(tmp_path, way):
    numbers = tuple(Field(name=name, type=FieldType.COUNT) for name in ("no", "count"))
    header = RecordShape(
        name="header", tag="H", fields=(Field(name="pack", type=FieldType.TEXT), *numbers)
    )
    shape = layout(trailer=None, day="name")
    part = PartFields(pack_no="header.pack", no="header.no", count="header.count")
    shape = layout(trailer=None, day="item.collected_on", part=part,
                   records=(header, shape.item))  # fmt: skip
    rows = content(layout(header=None, trailer=None), LISTED)
    assert taken(tmp_path, way, shape, b"H|P7|2|3\n" + rows).part == ("P7", 2, 3)
    (tmp_path / "facts.parquet").unlink()
    assert refused(tmp_path, way, shape, b"H|P7|4|3\n" + rows)[0] == "part_impossible"


@pytest.mark.parametrize("way", WAYS)
def test_a_total_beyond_all_money_is_refused(tmp_path, way):
    shape = layout(header=None, trailer=None)
    line = b"D|R|P||01|202601|9999999999999.99|20260105\n"
    assert refused(tmp_path, way, shape, line * 2)[0] == "file_total_too_large"


@pytest.mark.parametrize("way", WAYS)
def test_a_disk_that_does_not_take_the_facts_is_no_fault_of_the_file(tmp_path, way):
    path = tmp_path / "list.txt"
    path.write_bytes(content(layout(), LISTED))
    with pytest.raises(Unavailable, match="No such file"):
        take_in(
            path, layout(), file="list.txt", file_values={}, limits=Limits(),
            out=tmp_path / "gone" / "facts.parquet", way=way,
        )  # fmt: skip


def test_a_row_without_what_facts_need_is_refused(tmp_path):
    shape = layout(Form.SHEET, source=Source.DEPOSITS, options={"kind_words": "kinds"}, records=(
        RecordShape(name="item", repeat=True, fields=(
            Field(name="credited_on", type=FieldType.DATE, column="day"),
            Field(name="amount_fen", type=FieldType.AMOUNT_YUAN, column="yuan"),
            Field(name="narrative", type=FieldType.TEXT, column="text", required=False),
        )),
    ), delimiter=",", day="item.credited_on", controls=())  # fmt: skip
    text = b"day,yuan,text\n20260105,1.00,01 paid\n20260105,2.00,cash\n"
    assert refused(tmp_path, None, shape, text) == ("field_missing", 3, "insurance_kind", None)
    assert taken(tmp_path, None, shape, text.replace(b"cash", b"02")).total_fen == 300


def test_a_large_file_takes_the_scan_in_row_groups_of_one_size(tmp_path):
    shape = layout(Form.FIXED, encoding="gb18030")
    rows = [
        Row(f"R{n}", "91330106", "示范", "01", "202601", n, date(2026, 1, 5))
        for n in range(ROW_GROUP_ROWS + 10)
    ]
    found = taken(tmp_path, None, shape, content(shape, rows))
    assert found.rows == len(rows)
    facts = pq.ParquetFile(tmp_path / "facts.parquet")
    groups = [facts.metadata.row_group(n).num_rows for n in range(facts.num_row_groups)]
    assert groups == [ROW_GROUP_ROWS, 10]
    assert facts.read(["line"])["line"].to_pylist() == list(range(2, len(rows) + 2))
