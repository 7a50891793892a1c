"""XML from others: nothing is expanded, fetched or completed; what is odd is refused quickly."""

from __future__ import annotations

import io
import resource
import time
from dataclasses import replace
from pathlib import Path

import pytest

from hub.mappings.reading import read
from hub.mappings.xml_stream import CHUNK_BYTES
from tests.conftest import ROOT
from tests.mappings.reading import CATALOG, layout_of, refused, rows_of

DEPOSITS = CATALOG.partner("treasury").layout("deposits")
SAMPLE = (ROOT / "tests/samples/treasury/deposits.xml").read_bytes()
DECLARATION = b'<?xml version="1.0" encoding="GBK"?>\n'

TABLE = """
form = "xml"
file_name = "a_{any}"
encoding = "utf-8"
root = "R"
records = [
  { name = "header", path = "H", fields = [{ name = "n", path = "N", type = "count" }] },
  { name = "item", path = "L/I", repeat = true, fields = [
    { name = "name", path = "A/Name", type = "text", required = false },
    { name = "n", type = "count", copy = "header.n" } ] },
]
"""


@pytest.fixture
def layout(tmp_path):
    return layout_of(tmp_path, TABLE)


def document(inner: str = "<I><A><Name>张</Name></A></I>", head: str = "<H><N>1</N></H>") -> bytes:
    return f"<R>{head}<L>{inner}</L></R>".encode()


def test_a_plain_document(layout) -> None:
    rows, reading = rows_of(layout, document())

    assert [row.values for row in rows] == [{"name": "张", "n": 1}]
    assert reading.head == {"header.n": 1}


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE R [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE R SYSTEM "http://127.0.0.1:1/evil.dtd">',
        '<!DOCTYPE R [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        '<!DOCTYPE R [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        "<!DOCTYPE R>",
    ],
)
def test_a_doctype_is_refused_whatever_it_says(layout, doctype) -> None:
    body = document("<I><A><Name>&x;</Name></A></I>").decode()

    error = refused(layout, f'<?xml version="1.0"?>\n{doctype}\n{body}'.encode())

    assert (error.code, error.place.line) == ("xml_doctype", 2)


def test_a_doctype_after_a_long_prolog_is_refused(layout) -> None:
    for size in (70_000, 65_530):
        raw = b"<!--" + b"x" * size + b'-->\n<!DOCTYPE R [<!ENTITY a "a">]>' + document()
        assert refused(layout, raw).code == "xml_doctype"


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"<!--" + b"x" * 200_000 + b"-->" + document(), "prolog"),
        (document("<X>" * 100 + "</X>" * 100), "depth"),
        (document("<I><A " + " ".join(f'a{n}="1"' for n in range(100)) + "/></I>"), "attributes"),
        (document("<I>" + "<X/>" * 11_000 + "</I>"), "elements"),
        (document("<I><A><Name>" + "x" * 3_000_000 + "</Name></A></I>"), "silence"),
    ],
    ids=["prolog", "depth", "attributes", "elements", "silence"],
)
def test_own_limits(layout, raw, what) -> None:
    began = time.monotonic()

    error = refused(layout, raw)

    assert (error.code, error.facts["what"]) == ("xml_limit", what)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "depth",
    [300, 300_000],
)
def test_depth_is_refused_fast(layout, depth) -> None:
    began = time.monotonic()

    error = refused(layout, document("<X>" * depth))

    assert error.code in ("xml_limit", "xml_malformed")
    assert time.monotonic() - began < 2


def test_200_000_attributes_are_refused(layout) -> None:
    attributes = " ".join(f'a{n}="1"' for n in range(200_000))

    assert refused(layout, document(f"<I {attributes}/>")).code == "xml_limit"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "name"),
    [
        (b"<TraAmt>39660.39", b"<TraAmt>39660<!-- -->.39", "xml_value_not_plain", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt>39660<?x?>.39", "xml_value_not_plain", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt><b>39660</b>.39", "xml_value_not_plain", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt/><TraAmt>2", "xml_element_twice", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt> 39660.39", "amount_malformed", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt>-1", "amount_negative", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt>", "field_missing", 33, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt>&#xFF13;", "amount_malformed", 33, "amount_fen"),
        (b"<TraAmt>39660.39</TraAmt>", b"", "field_missing", 26, "amount_fen"),
        (b"<TraAmt>39660.39", b"<TraAmt>&x;", "xml_malformed", 33, None),
        (b"<MsgNo>3139", b"<MsgNo>3122", "code_unknown", 8, "message_no"),
        (b"<DrawBackAllNum>0", b"<DrawBackAllNum>1", "code_unknown", 22, "drawback_count"),
        (b"<TaxAllNum>5", b"<TaxAllNum>6", "control_differs", 21, "header.item_count"),
        (b"<CFX>", b'<CFX xmlns="urn:x">', "xml_root_wrong", 2, None),
        (b"CFX>", b"CFY>", "xml_root_wrong", 2, None),
        (b"</CFX>", b"", "xml_malformed", 78, None),
        (b"</CFX>", b"</CFX><CFX/>", "xml_malformed", 77, None),
        (b"</MSG>", b"</MSG><HEAD><VER>1</VER></HEAD>", "field_missing", 76, "source"),
    ],
)  # fmt: skip
def test_a_bad_message(old, new, code, line, name) -> None:
    raw = SAMPLE.replace(old, new)
    assert raw != SAMPLE

    error = refused(DEPOSITS, raw)

    assert (error.code, error.place.line, error.place.field) == (code, line, name)


def test_a_head_that_comes_twice_or_not_at_all(layout) -> None:
    assert refused(layout, document(head="")).code == "record_missing"
    assert (
        refused(layout, document(head="<H><N>1</N></H><H><N>2</N></H>")).code == "record_misplaced"
    )
    late = document(head="").replace(b"</L>", b"</L><H><N>1</N></H>")
    assert refused(layout, late).code == "record_missing"


def test_zero_rows_are_a_good_message(layout) -> None:
    assert rows_of(layout, document(""))[0] == []


def test_encodings(layout) -> None:
    text = document().decode()
    for name, codec in (
        ("UTF-8", "utf-8"), ("GBK", "gbk"), ("gb2312", "gb2312"), ("GB18030", "gb18030"),
        ("UTF-8", "utf-8-sig"), ("UTF-16", "utf-16"),
    ):  # fmt: skip
        raw = f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(codec)
        assert rows_of(layout, raw)[0][0].values["name"] == "张", name
    rare = f'<?xml version="1.0" encoding="GBK"?>{text.replace("张", "𠮷")}'.encode("gb18030")
    assert rows_of(layout, rare)[0][0].values["name"] == "𠮷"


@pytest.mark.parametrize(
    ("raw", "code", "offset"),
    [
        (b"", "file_empty", 0),
        (b'<?xml version="1.0" encoding="KOI8-R"?><R/>', "encoding_unsupported", 0),
        (document().decode().encode("gbk"), "encoding_broken", 33),
        (document("\0"), "control_character", None),
        (document().decode().encode("utf-16-le"), "control_character", None),
        (b"\x00" * 100, "control_character", None),
        (b"R1|P1", "xml_malformed", None),
        (document("<I><A><Name>\x01</Name></A></I>"), "xml_malformed", None),
    ],
)
def test_bad_bytes(layout, raw, code, offset) -> None:
    error = refused(layout, raw)

    assert (error.code, error.place.byte_offset) == (code, offset)


@pytest.mark.parametrize("shift", range(4))
def test_a_wrong_byte_is_named_exactly_even_where_two_chunks_meet(layout, shift) -> None:
    begin = len(document("").partition(b"</L>")[0])
    fill = CHUNK_BYTES - begin - len("<!---->") - 1 + shift
    raw = document(f"<!--{'x' * fill}-->三<I/>")
    offset = raw.index("三".encode())

    assert len(rows_of(layout, raw)[0]) == 1
    error = refused(layout, raw[: offset + 1] + b"A" + raw[offset + 2 :])

    assert offset in range(CHUNK_BYTES - 2, CHUNK_BYTES + 3)
    assert (error.code, error.place.byte_offset) == ("encoding_broken", offset)


def test_every_truncation_is_refused() -> None:
    for length in range(0, len(SAMPLE) - 1, 7):
        assert refused(DEPOSITS, SAMPLE[:length]).code in {
            "file_empty", "xml_malformed", "encoding_broken",
        }  # fmt: skip


def test_many_rows_take_no_more_memory_than_few(layout) -> None:
    raw = document("<I><A><Name>x</Name></A><B><C/></B></I><Z><Z/></Z>" * 60_000)
    rows = read(layout, io.BytesIO(raw), file="a", items_max=10**6, line_bytes_max=1).rows
    resident = {n: _resident_bytes() for n, _ in enumerate(rows, start=1) if n % 20_000 == 0}

    assert max(resident) == 60_000
    assert resident[60_000] - resident[20_000] < 4_000_000


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def test_what_the_schema_says_is_noted_or_refused() -> None:
    raw = SAMPLE.replace(b"<SRC>100000000000", b"<SRC>1000").replace(b"</MSG>", b"<New/></MSG>")

    rows, reading = rows_of(DEPOSITS, raw)

    assert len(rows) == 5
    assert len(reading.deviations) >= 3  # New is unknown to the layout and to the schema
    assert any(d.place.line == 5 for d in reading.deviations)
    assert refused(replace(DEPOSITS, strict=True), raw).code == "xml_schema_broken"
    assert rows_of(replace(DEPOSITS, strict=True), SAMPLE)[1].deviations == []
