"""Delimited text: what is wrong is refused with its line, field and byte offset."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from hub.errors import Rejected
from hub.mappings.reading import read
from hub.mappings.rendering import render
from tests.mappings.reading import CATALOG, layout_of, refused, rows_of

LIST = CATALOG.partner("tax").layout("collections")
CSV = CATALOG.partner("tax").layout("collections_csv")
NAMES = "税票号码,缴费人识别号,缴费人名称,证件号码,姓名,征收品目,费款所属期,实缴金额,缴费日期\n"
ITEM = "R1|P1|甲公司|I1|张三|10201|202611|10.00|20261123\r\n"


BEGIN = len("L1|1|10.00|20261123\r\n")
NAMED = len(NAMES.encode())


def listed(*items: str, count: int | None = None, total: str = "10.00") -> bytes:
    head = f"L1|{len(items) if count is None else count}|{total}|20261123\r\n"
    return (head + "".join(items)).encode("gb18030")


def test_a_good_list() -> None:
    rows, reading = rows_of(LIST, listed(ITEM))

    assert [row.values["person_name"] for row in rows] == ["张三"]
    assert (rows[0].line, rows[0].byte_offset) == (2, BEGIN)
    assert reading.head["header.total_fen"] == 1000


def test_a_list_without_rows_is_a_good_list() -> None:
    rows, reading = rows_of(LIST, listed(total="0"))

    assert (rows, reading.head["header.item_count"]) == ([], 0)


@pytest.mark.parametrize(
    ("old", "new", "code", "name"),
    [
        ("|10.00|", "|１０.00|", "amount_malformed", "amount_fen"),
        ("|10.00|", "|-10.00|", "amount_negative", "amount_fen"),
        ("|10.00|", "|10.001|", "amount_malformed", "amount_fen"),
        ("|10.00|", "|99999999999999|", "amount_too_large", "amount_fen"),
        ("|10.00|", "||", "field_missing", "amount_fen"),
        ("|10201|", "|10299|", "code_unknown", "insurance_kind"),
        ("|202611|", "|202613|", "period_malformed", "period"),
        ("|20261123\r", "|20261131\r", "date_malformed", "collected_on"),
        ("|张三|", "|张\t三|", "control_character", "person_name"),
        ("|张三|", "|张\0三|", "control_character", "person_name"),
        ("|张三|", f"|{'张' * 201}|", "field_too_long", "person_name"),
        ("R1|", f"{'R' * 41}|", "field_too_long", "receipt_no"),
        ("|10201|", "|10２01|", "code_unknown", "insurance_kind"),
    ],
)
def test_a_bad_field_is_named_with_its_byte(old, new, code, name) -> None:
    raw = listed(ITEM, ITEM.replace(old, new))
    second = BEGIN + len(ITEM.encode("gb18030"))
    fields = [f.name for f in LIST.item.stored]
    cells = ITEM.replace(old, new).split("|")

    error = refused(LIST, raw)

    before = "".join(f"{cell}|" for cell in cells[: fields.index(name)])
    assert (error.code, error.place.field) == (code, name)
    assert error.place.line == 3
    assert error.place.byte_offset == second + len(before.encode("gb18030"))


@pytest.mark.parametrize(
    ("raw", "code", "line", "offset"),
    [
        (b"", "file_empty", None, 0),
        (listed(ITEM.replace("|张三", "")), "fields_wrong", 2, BEGIN),
        (listed(ITEM.replace("|张三", "|张|三")), "fields_wrong", 2, BEGIN),
        (listed(ITEM, "\r\n"), "fields_wrong", 3, BEGIN + len(ITEM.encode("gb18030"))),
        (listed(ITEM.replace("\r\n", "\n")), "line_end_wrong", 2, BEGIN),
        (listed(ITEM.replace("\r\n", "\r\r\n")), "line_end_wrong", 2, BEGIN),
        (listed(ITEM, ITEM, count=1, total="20"), "control_differs", 1, 3),
        (listed(ITEM, total="10.01"), "control_differs", 1, 5),
        (listed(ITEM).replace(b"\r\n", b"\r\n" + listed(), 1), "fields_wrong", 2, BEGIN),
        (listed(ITEM)[: BEGIN + 20], "fields_wrong", 2, BEGIN),
        (listed(ITEM)[: BEGIN + 1], "fields_wrong", 2, BEGIN),
        (listed(ITEM).decode("gb18030").encode("utf-16"), "encoding_broken", 1, 0),
        (listed(ITEM).decode("gb18030").encode("utf-16-le"), "line_end_wrong", 1, 0),
        (b"\xef\xbb\xbf" + listed(ITEM), "encoding_broken", 1, 0),
    ],
)  # fmt: skip
def test_a_bad_file(raw, code, line, offset) -> None:
    error = refused(LIST, raw)

    assert (error.code, error.place.line, error.place.byte_offset) == (code, line, offset)


def test_the_limits_hold() -> None:
    assert refused(LIST, listed(ITEM, ITEM, total="20"), items_max=1).code == "items_too_many"
    long = refused(LIST, listed(ITEM.replace("甲", "甲" * 100)), line_bytes_max=100)
    assert (long.code, long.place.line, long.place.byte_offset) == ("line_too_long", 2, BEGIN)
    endless = refused(LIST, b"x" * 10_000, line_bytes_max=100)
    assert (endless.code, endless.place.line) == ("line_too_long", 1)
    exact = len(ITEM.encode("gb18030")) - 2
    assert len(rows_of(LIST, listed(ITEM), line_bytes_max=exact)[0]) == 1


def test_nothing_is_known_before_the_end() -> None:
    """A reader may give rows of a file that it then refuses; only its end is a promise."""
    content = io.BytesIO(listed(ITEM, total="11"))
    rows = read(LIST, content, file="a", items_max=9, line_bytes_max=999).rows

    assert next(rows).values["receipt_no"] == "R1"
    with pytest.raises(Rejected, match="control"):
        next(rows)


def test_a_csv_finds_its_columns_by_name() -> None:
    names = NAMES.strip().split(",")
    values = ["R1", "P1", '"甲,""乙"""', "", "张三", "10201", "2026-11", "10", "2026-11-23"]
    text = ",".join([*reversed(names), "备注"]) + "\n" + ",".join([*reversed(values), "x"]) + "\n"

    rows, reading = rows_of(CSV, b"\xef\xbb\xbf" + text.encode())

    assert rows[0].values["payer_name"] == '甲,"乙"'
    assert rows[0].values["person_id"] is None
    assert (rows[0].line, rows[0].byte_offset) == (2, len(text.splitlines()[0].encode()) + 4)
    assert "备注" in reading.deviations[0].text


GOOD = "R1,P1,甲,I1,张三,10201,2026-11,10.00,2026-11-23\n"


@pytest.mark.parametrize(
    ("text", "code", "line", "offset"),
    [
        (NAMES.replace("姓名", "名字") + GOOD, "column_missing", 1, 0),
        (NAMES.replace("姓名", "税票号码") + GOOD, "column_twice", 1, 0),
        (NAMES + GOOD + NAMES, "code_unknown", 3, None),
        (NAMES + GOOD.replace("甲", '"甲'), "quote_misplaced", 2, NAMED),
        (NAMES + GOOD.replace("甲", '甲"乙"'), "quote_misplaced", 2, NAMED),
        (NAMES + GOOD.replace("甲", '"甲"乙'), "quote_misplaced", 2, NAMED),
        (NAMES + GOOD[:-1], "line_unfinished", 2, NAMED),
        (NAMES + GOOD.replace("\n", "\r\n"), "line_end_wrong", 2, NAMED),
        (NAMES + GOOD.replace("R1", '""'), "field_missing", 2, NAMED),
        (NAMES + GOOD.replace("10.00", '"10.0"'). replace("甲", '"甲,乙"'), None, 2, None),
    ],
)  # fmt: skip
def test_a_bad_csv(text, code, line, offset) -> None:
    if code is None:
        assert rows_of(CSV, text.encode())[0][0].values["amount_fen"] == 1000
        return
    error = refused(CSV, text.encode())

    assert (error.code, error.place.line) == (code, line)
    assert offset is None or error.place.byte_offset == offset


def test_a_csv_of_names_only_has_no_rows() -> None:
    assert rows_of(CSV, NAMES.encode())[0] == []


def test_the_byte_of_a_quoted_field_is_that_of_its_mark() -> None:
    raw = (NAMES + GOOD.replace("甲", '"甲,乙"').replace("10201", '"1,"')).encode()

    error = refused(CSV, raw)

    assert error.place.byte_offset == raw.index(b'"1,"')


TRAILED = """
form = "delimited"
file_name = "a_{any}"
delimiter = "|"
controls = [{ field = "trailer.n", equals = "count", of = "item" }]
records = [
  { name = "header", tag = "H", fields = [{ name = "on", type = "date" }] },
  { name = "item", repeat = true, fields = [
    { name = "a", type = "text" }, { name = "on", type = "date", copy = "header.on" },
    { name = "k", type = "text", constant = "pension" } ] },
  { name = "trailer", tag = "T", fields = [{ name = "n", type = "count" }] },
]
"""


@pytest.mark.parametrize(
    ("text", "code", "line", "offset"),
    [
        ("H|20261123\nx\nT|1\n", None, None, None),
        ("H|20261123\nx\nT|1", None, None, None),
        ("H|20261123\nT|0\n", None, None, None),
        ("x\nT|1\n", "record_missing", 1, 0),
        ("H|20261123\nx\n", "record_missing", 2, 11),
        ("H|20261123\nH|20261123\nx\nT|1\n", "record_misplaced", 2, 11),
        ("H|20261123\nx\nT|1\nT|1\n", "record_misplaced", 4, 17),
        ("H|20261123\nT|0\nx\n", "record_misplaced", 3, 15),
        ("T|0\nH|20261123\n", "record_missing", 1, 0),
        ("H|20261123\nx\nT|2\n", "control_differs", 3, 15),
    ],
)
def test_records_stand_in_their_order(tmp_path, text, code, line, offset) -> None:
    layout = layout_of(tmp_path, TRAILED)
    if code is None:
        for row in rows_of(layout, text.encode())[0]:
            assert (row.values["k"], row.values["on"].year) == ("pension", 2026)
        return

    error = refused(layout, text.encode())

    assert (error.code, error.place.line, error.place.byte_offset) == (code, line, offset)


def test_a_line_without_any_known_tag(tmp_path) -> None:
    layout = layout_of(tmp_path, TRAILED.replace('name = "item",', 'name = "item", tag = "D",'))

    error = refused(layout, b"H|20261123\nX|1\n")

    assert (error.code, error.place.line, error.place.byte_offset) == ("record_unknown", 2, 11)


def test_what_cannot_be_told_apart_is_not_written() -> None:
    row = rows_of(LIST, listed(ITEM))[0][0].values
    head = {"header.list_no": "L1", "header.business_on": row["collected_on"]}

    with pytest.raises(Rejected) as caught:
        render(LIST, head, [{**row, "payer_name": "甲|乙"}])
    assert caught.value.code == "text_holds_delimiter"
    with pytest.raises(Rejected) as caught:
        render(replace(LIST, encoding="gbk"), head, [{**row, "person_name": "𠮷"}])
    assert caught.value.code == "encoding_lacks_character"
