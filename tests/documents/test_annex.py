"""The electronic annex: every row, numbers as text, amounts as numbers, no formulas."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

from python_calamine import CalamineWorkbook

from hub.documents.annex import ITEMS, NOTES, PERSONS, write_annex
from hub.documents.sheets import ITEM_COLUMNS, PERSON_COLUMNS
from tests.documents.letters import HOSTILE, RARE, STAMP, content, item, person


def workbook(made, persons, **options):
    out = io.BytesIO()
    total = write_annex(out, made, persons, **options)
    return total, CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue())), out.getvalue()


def rows_of(book, name):
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def test_all_differences_are_listed_with_numbers_as_text_and_amounts_as_yuan():
    made = content(item(1), item(2, receipt_no=None, deposit_no="D1", payer_id=None, period=None))

    _, book, _ = workbook(made, [])

    head, first, second = rows_of(book, ITEMS)
    assert head == [column.zh for column in ITEM_COLUMNS]
    assert first == [
        1, "444012611000000001", "91440101MA5CXW2P4K", "广州示例远景智能制造科技股份有限公司",
        "基本养老保险", "2026-11", 987654.32, 975308.65, "", "少入库", 1, 12345.68, 7,
    ]  # fmt: skip
    assert second[1:3] == ["D1", ""]


def test_all_persons_are_listed_from_a_stream():
    total, book, _ = workbook(content(), (person(n) for n in range(3000)), stamp=STAMP)

    head, *rows = rows_of(book, PERSONS)
    assert total == len(rows) == 3000
    assert head == [column.zh for column in PERSON_COLUMNS]
    assert rows[0][4:6] == ["440101199001011234", RARE[0]]
    assert {row[5] for row in rows} == set(RARE)
    assert rows[-1][-1] == 456.78


def test_names_that_look_like_formulas_stay_text():
    names = (*HOSTILE, "+1", "-1", "@SUM(A1)", "=1+1", "https://example.org", "0012")

    _, book, content_bytes = workbook(content(), [person(1, name) for name in names])

    assert [row[5] for row in rows_of(book, PERSONS)[1:]] == list(names)
    with zipfile.ZipFile(io.BytesIO(content_bytes)) as parts:
        sheets = [parts.read(n) for n in parts.namelist() if "sheets/sheet" in n]
        assert not any(b"<f>" in sheet or b"hyperlink" in sheet for sheet in sheets)


def test_more_rows_than_a_sheet_holds_go_on_in_the_next():
    _, book, _ = workbook(content(), [person(n) for n in range(25)], rows_max=10)

    names = [name for name in book.sheet_names if name.startswith(PERSONS)]
    assert names == [PERSONS, f"{PERSONS}（2）", f"{PERSONS}（3）"]
    numbers = [row[0] for name in names for row in rows_of(book, name)[1:]]
    assert numbers == list(range(1, 26))


def test_the_notes_name_the_letter_and_its_sums():
    made = content(item(1, count=5), item(2))

    signed = dict(rows_of(workbook(made, [person(1)], stamp=STAMP)[1], NOTES))
    draft = dict(rows_of(workbook(made, [person(1)])[1], NOTES))

    assert signed["文号"] == STAMP.number
    assert draft["文号"] == "草稿，未经签发"
    assert signed["核对不符笔数"] == "6笔"
    assert signed["涉及金额合计（元）"] == "24,691.37"
    assert signed["涉及人次"] == "1人次"


def test_it_prints_on_a4_across_with_the_head_on_every_page():
    _, _, content_bytes = workbook(content(item(1)), [])

    with zipfile.ZipFile(io.BytesIO(content_bytes)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        names = parts.read("xl/workbook.xml").decode()
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert 'state="frozen"' in sheet
    assert "_xlnm.Print_Titles" in names


def test_the_same_content_gives_the_same_bytes(tmp_path):
    made, people = content(item(1)), [person(1)]

    write_annex(tmp_path / "a.xlsx", made, people, stamp=STAMP)

    assert (tmp_path / "a.xlsx").read_bytes() == workbook(made, people, stamp=STAMP)[2]


def test_an_empty_letter_has_an_annex_with_heads_only():
    _, book, _ = workbook(content(), [])

    assert len(rows_of(book, ITEMS)) == len(rows_of(book, PERSONS)) == 1


def test_a_name_may_be_missing():
    nameless = replace(person(1), person_name=None, payer_name=None)

    _, book, _ = workbook(content(), [nameless])

    assert rows_of(book, PERSONS)[1][3:6:2] == ["", ""]
