"""The bytes of a record are found again by what readers call it: a line, or a number in XML."""

from __future__ import annotations

import pytest

from hub.mappings.catalog import load_catalog
from hub.mappings.raw_text import CHUNK_BYTES, pieces
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(ROOT / "config")


def of_form(catalog, form, *, source=True):
    return next(
        layout
        for partner in catalog.partners.values()
        for layout in partner.layouts.values()
        if layout.form.value == form and layout.direction == "in" and (layout.source or not source)
    )


def it(found):
    (one,) = [piece for piece in found if piece.is_it]
    return one


@pytest.mark.parametrize("form", ["delimited", "fixed"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_line_is_found_with_what_stands_around_it(tmp_path, catalog, form, newline):
    lines = [f"第{n}行|王芳|{n}".encode("gb18030") for n in range(1, 200_001)]
    content = newline.join(lines) + newline
    assert len(content) > 2 * CHUNK_BYTES
    path = tmp_path / "list.txt"
    path.write_bytes(content)

    for number in (1, 2, 99_999, 200_000):
        found = pieces(path, of_form(catalog, form), number, around=2)
        one = it(found)
        assert one.raw == lines[number - 1]
        assert content[one.byte_offset : one.byte_offset + len(one.raw)] == one.raw
        assert one.text("gb18030") == f"第{number}行|王芳|{number}"
        near = range(max(1, number - 2), min(200_000, number + 2) + 1)
        assert [piece.number for piece in found] == [*near]
    assert pieces(path, of_form(catalog, form), 200_001, around=2) == []


def test_a_record_of_xml_is_found_by_its_number(tmp_path, catalog):
    layout = catalog.partner("treasury").layouts["deposits"]
    name = layout.item.path.rpartition("/")[2]
    records = [f"<{name}>\n<A>财政{n}</A>\n</{name}>".encode("gbk") for n in range(1, 4)]
    content = f"<CFX><MSG><{name}Head>x</{name}Head>".encode() + b"".join(records) + b"</MSG></CFX>"
    path = tmp_path / "list.xml"
    path.write_bytes(content)

    for number, record in enumerate(records, 1):
        found = pieces(path, layout, number, around=3)
        one = it(found)
        assert one.raw == record
        assert content[one.byte_offset :].startswith(record)
        assert b"".join(piece.raw for piece in found) in content
    assert pieces(path, layout, 4, around=3) == []


def test_an_entry_of_a_statement_that_is_not_booked_is_not_counted(tmp_path, catalog):
    entries = [
        f"<n:Ntry><n:Amt>{n}</n:Amt><n:Sts>{sts}</n:Sts></n:Ntry>"
        for n, sts in ((1, "BOOK"), (2, "<n:Cd>PDNG</n:Cd>"), (3, "<n:Cd>BOOK</n:Cd>"))
    ]
    path = tmp_path / "statement.xml"
    path.write_text("<n:Document>" + "".join(entries) + "</n:Document>", "utf-8")

    one = it(pieces(path, of_form(catalog, "camt"), 2, around=3))

    assert one.raw.decode() == entries[2]


def test_a_workbook_has_no_lines(tmp_path, catalog):
    path = tmp_path / "statement.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(100))

    assert pieces(path, of_form(catalog, "sheet"), 1, around=3) == []
