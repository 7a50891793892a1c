"""Bad canonical files are refused with file, line, field and byte, in both languages."""

from __future__ import annotations

import re

import duckdb
import pytest

from hub.bulk.canonical_diagnosis import LISTED_MAX, RowsRejected
from hub.errors import Rejected
from tests.bulk.canonical_files import COLLECTIONS, DEPOSITS, P1, R1, pair, reconciled, write

GOOD = f"{R1},{P1},pension,202611,100.50,2026-11-20"
SECOND_LINE = len(COLLECTIONS) + 1
THIRD_LINE = SECOND_LINE + len(GOOD) + 1


def refused(files, out, **options):
    with pytest.raises(Rejected) as refusal:
        reconciled(files, out, **options)
    assert [path.name for path in out.iterdir()] == []
    return refusal.value


def cell(field: str, value: str) -> str:
    cells = dict(zip(COLLECTIONS.split(","), GOOD.split(","), strict=True)) | {field: value}
    return ",".join(cells.values())


ROWS = {
    "no amount": (cell("amount", ""), "amount", "canonical_empty"),
    "no receipt": (cell("receipt_no", ""), "receipt_no", "canonical_empty"),
    "full-width digits": (cell("amount", "１００.５０"), "amount", "canonical_amount"),
    "a blank": (cell("amount", " 100.50"), "amount", "canonical_amount"),
    "negative": (cell("amount", "-100.50"), "amount", "canonical_amount"),
    "three decimals": (cell("amount", "100.501"), "amount", "canonical_amount"),
    "an exponent": (cell("amount", "1e3"), "amount", "canonical_amount"),
    "no number": (cell("amount", "NaN"), "amount", "canonical_amount"),
    "grouped": (cell("amount", '"1,000.00"'), "amount", "canonical_amount"),
    "underscore": (cell("amount", "1_000"), "amount", "canonical_amount"),
    "14 digits": (cell("amount", "12345678901234.00"), "amount", "canonical_amount"),
    "no such day": (cell("collected_on", "2026-02-30"), "collected_on", "canonical_date"),
    "slashes": (cell("collected_on", "2026/11/20"), "collected_on", "canonical_date"),
    "no such month": (cell("period", "202613"), "period", "canonical_period"),
    "blank in a number": (cell("receipt_no", "3301 0101"), "receipt_no", "canonical_id"),
    "full-width number": (cell("receipt_no", "３３０１"), "receipt_no", "canonical_id"),
    "control character": (cell("payer_id", "91\x1b[2J"), "payer_id", "canonical_id"),
    "over-long": (cell("payer_id", "9" * 65), "payer_id", "canonical_id"),
    "over-long kind": (cell("insurance_kind", "k" * 3000), "insurance_kind", "canonical_kind"),
    "formula with blank": (cell("insurance_kind", "=1 +1"), "insurance_kind", "canonical_kind"),
    "too few fields": (f"{R1},{P1}", None, "canonical_fields"),
    "too many fields": (GOOD + ",1", None, "canonical_fields"),
    "unclosed quotation mark": (f'"{GOOD}', None, "canonical_csv"),
    "text after a quotation mark": (GOOD.replace(R1, f'"{R1}"x'), None, "canonical_csv"),
}  # fmt: skip


@pytest.mark.parametrize("shortened", [True, False])
@pytest.mark.parametrize(("line", "field", "code"), ROWS.values(), ids=ROWS)
def test_a_bad_row_is_refused_with_its_place(tmp_path, line, field, code, shortened):
    rejected = refused(
        pair(tmp_path, collections=[GOOD, line]), tmp_path / "out", shortened=shortened
    )

    assert isinstance(rejected, RowsRejected)
    assert [one.code for one in rejected.rejects.listed] == [code]
    assert rejected.place.file == "collections.csv"
    assert rejected.place.line == 3
    assert rejected.place.field == field
    assert rejected.place.byte_offset == THIRD_LINE
    assert re.search(r"[\u4e00-\u9fff]", rejected.explain("zh"))
    assert "collections.csv" in rejected.explain("en")


def test_all_bad_rows_are_counted_and_the_first_twenty_listed(tmp_path):
    bad = [cell("amount", f"-{n}") for n in range(50)]

    rejected = refused(pair(tmp_path, collections=[GOOD, *bad]), tmp_path / "out")

    assert rejected.rejects.rows == 50
    assert [one.place.line for one in rejected.rejects.listed] == list(range(3, 3 + LISTED_MAX))
    assert "50" in rejected.explain("en")


def test_a_refusal_shows_no_whole_number_of_an_account_or_person(tmp_path):
    rejected = refused(
        pair(tmp_path, collections=[cell("payer_id", "33010619800101 4321")]), tmp_path / "out"
    )

    assert "33010619800101" not in rejected.explain("zh") + rejected.explain("en")


def test_a_bad_row_deep_in_a_large_file_is_found(tmp_path):
    lines = [cell("receipt_no", str(330100000000000000 + n)) for n in range(60_000)]
    lines[50_000] = cell("amount", "1.001")

    rejected = refused(pair(tmp_path, collections=lines), tmp_path / "out")

    assert (rejected.place.line, rejected.place.field) == (50_002, "amount")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (COLLECTIONS.replace("amount", "amount_yuan"), "canonical_columns_missing"),
        (COLLECTIONS + ",Amount", "canonical_columns_twice"),
        ("", "canonical_header"),
        ('"receipt_no,payer_id', "canonical_header"),
    ],
)
def test_unusable_column_names_are_refused(tmp_path, header, code):
    files = pair(tmp_path)
    files["collections"] = write(tmp_path, "a.csv", header, GOOD)

    rejected = refused(files, tmp_path / "out")

    assert (rejected.code, rejected.place.file, rejected.place.line) == (code, "a.csv", 1)


def bytes_of(content: bytes):
    return f"{COLLECTIONS}\n".encode() + content + b"\n"


CHINESE = cell("insurance_kind", "养老")
BROKEN = {
    "a broken character": (CHINESE.encode()[:-30] + b"\xff", "canonical_encoding"),
    "UTF-8 cut within a character": (
        CHINESE.encode() + b"\n" + cell("insurance_kind", "失业").encode().split(b"\xb8")[0],
        "canonical_encoding",
    ),
    "neither UTF-8 nor GB18030": (b"\xb9\xfa\xff\xff" + GOOD.encode(), "canonical_encoding"),
    "a NUL byte": (GOOD.encode()[:40] + b"\0" + GOOD.encode()[40:], "canonical_nul"),
}


@pytest.mark.parametrize(("content", "code"), BROKEN.values(), ids=BROKEN)
def test_broken_bytes_are_refused_with_their_offset(tmp_path, content, code):
    files = pair(tmp_path)
    files["collections"].write_bytes(bytes_of(content))

    rejected = refused(files, tmp_path / "out")

    assert rejected.code == code
    assert rejected.place.line >= 2
    assert SECOND_LINE <= rejected.place.byte_offset <= SECOND_LINE + len(content) + 1


def test_utf_16_is_refused_and_told_what_to_do(tmp_path):
    files = pair(tmp_path)
    files["collections"].write_bytes(f"{COLLECTIONS}\n{GOOD}\n".encode("utf-16"))

    assert "UTF-8" in refused(files, tmp_path / "out").explain("en")


def test_a_missing_file_is_refused(tmp_path):
    files = pair(tmp_path) | {"deposits": tmp_path / "none.csv"}

    assert refused(files, tmp_path / "out").code == "canonical_file"


def parquet(tmp_path, **columns):
    cells = {
        "receipt_no": f"'{R1}'", "payer_id": f"'{P1}'", "insurance_kind": "'pension'",
        "period": "202611", "amount": "100.50", "collected_on": "DATE '2026-11-20'",
    } | columns  # fmt: skip
    path = tmp_path / "a.parquet"
    row = ", ".join(f"{value} AS {name}" for name, value in cells.items())
    duckdb.sql(f"COPY (SELECT {row}) TO '{path}' (FORMAT parquet)")
    return pair(tmp_path) | {"collections": path}


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"amount": "0.1::DOUBLE + 0.2::DOUBLE"}, "canonical_amount"),
        ({"amount": "'nan'::DOUBLE"}, "canonical_amount"),
        ({"amount": "100.505::DECIMAL(18,3)"}, "canonical_amount"),
        ({"amount": "-5"}, "canonical_amount"),
        ({"amount": "NULL::INTEGER"}, "canonical_empty"),
        ({"collected_on": "TIMESTAMP '2026-11-20 10:00:00'"}, "canonical_date"),
        ({"period": "202600"}, "canonical_period"),
    ],
)
def test_bad_values_in_parquet_are_refused_with_their_row(tmp_path, columns, code):
    rejected = refused(parquet(tmp_path, **columns), tmp_path / "out")

    (only,) = rejected.rejects.listed
    assert (only.code, only.place.line, only.place.field) == (code, 1, next(iter(columns)))


@pytest.mark.parametrize(
    "columns",
    [{"amount": "true"}, {"collected_on": "20261120"}, {"receipt_no": "1.5"}, {"period": "now()"}],
)
def test_columns_of_another_nature_in_parquet_are_refused(tmp_path, columns):
    rejected = refused(parquet(tmp_path, **columns), tmp_path / "out")

    assert rejected.code == "canonical_parquet_type"
    assert rejected.place.field == next(iter(columns))


def test_a_damaged_parquet_file_is_refused(tmp_path):
    files = parquet(tmp_path)
    path = files["collections"]
    path.write_bytes(path.read_bytes()[:-20])

    assert refused(files, tmp_path / "out").code == "canonical_parquet"


def test_the_deposit_side_is_checked_as_well(tmp_path):
    files = pair(tmp_path, deposits=[f",{R1},pension,100.50,2026-11-23"])

    rejected = refused(files, tmp_path / "out")

    assert (rejected.place.file, rejected.place.field) == ("deposits.csv", "deposit_no")
    assert rejected.place.byte_offset == len(DEPOSITS) + 1
