"""What banks receive: written by the partner's layout, read back, recounted, or not sent at all."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Rejected
from hub.mappings.layout import FieldType, Form
from hub.mappings.payout_file import (
    prove,
    read_back,
    render_payout,
    render_request,
    write_payout,
)
from tests.conftest import ROOT
from tests.mappings.payments import HEAD, ITEMS, TOTAL_FEN, WRITTEN, refusal, with_item
from tests.mappings.reading import CATALOG, layout_of, rows_of

ids = [f"{partner.code}.{layout.name}" for partner, layout in WRITTEN]
each_written = pytest.mark.parametrize(("partner", "layout"), WRITTEN, ids=ids)
RURAL = CATALOG.partner("rural_bank")
ICBC = CATALOG.partner("icbc")


def test_there_is_a_format_of_every_kind() -> None:
    assert {layout.form for _, layout in WRITTEN} >= {
        Form.DELIMITED,
        Form.FIXED,
        Form.XML,
        Form.PAIN001,
        Form.PAIN008,
    }
    assert {partner.code for partner, _ in WRITTEN} >= {
        "icbc",
        "boc",
        "abc",
        "city_bank",
        "rural_bank",
        "cmbc_xm",
        "tips",
        "iso_bank",
    }


@each_written
def test_what_is_written_is_read_back_and_recounted(partner, layout) -> None:
    raw = render_payout(partner, layout, HEAD, ITEMS)

    count, total_fen, names = read_back(layout, raw)

    assert (count, total_fen) == (3, TOTAL_FEN)
    assert len(set(names)) == 3
    if any(f.name == "end_to_end_id" for s in layout.records for f in s.fields):
        assert list(names) == [item["end_to_end_id"] for item in ITEMS]


@each_written
def test_the_sample_of_the_layout_is_this_batch(partner, layout) -> None:
    items = list(ITEMS)
    if partner is RURAL:  # GB18030: any name at all
        items[2] = {**items[2], "account_name": "𠮷田䶮"}
    (sample,) = (
        path
        for path in (ROOT / "tests" / "samples" / partner.code).glob(f"{layout.name}.*")
        if path.suffix != ".json"
    )

    assert render_payout(partner, layout, HEAD, items) == sample.read_bytes()


@each_written
def test_the_same_batch_gives_the_same_bytes(partner, layout) -> None:
    first, second = (render_payout(partner, layout, HEAD, iter(ITEMS)) for _ in range(2))

    assert first == second


@each_written
def test_names_and_amounts_come_out_as_they_went_in(partner, layout) -> None:
    rows, reading = rows_of(layout, render_payout(partner, layout, HEAD, ITEMS))

    for name in ("account_no", "account_name", "amount_fen"):
        assert [row.values[name] for row in rows] == [item[name] for item in ITEMS]
    assert reading.deviations == []


def test_blanks_around_a_name_are_not_part_of_it() -> None:
    layout = ICBC.layout("payout")

    raw = render_payout(ICBC, layout, HEAD, with_item(account_name=" 阿依古丽·买买提　"))

    assert raw == render_payout(ICBC, layout, HEAD, ITEMS)


def test_a_batch_is_for_something_unless_the_item_says_what() -> None:
    layout = ICBC.layout("payout")

    rows, _ = rows_of(layout, render_payout(ICBC, layout, HEAD, ITEMS))

    assert [row.values["purpose"] for row in rows] == ["2026年11月养老金", "养老金", "养老金"]


def test_the_unit_of_amounts_is_the_partners() -> None:
    fen = ICBC.layout("payout")
    item = replace(
        fen.item,
        fields=tuple(
            replace(f, type=FieldType.AMOUNT_YUAN) if f.name == "amount_fen" else f
            for f in fen.item.fields
        ),
    )
    yuan = replace(fen, records=(*fen.records[:-1], item))

    assert b"<PayAmt>352050</PayAmt>" in render_payout(ICBC, fen, HEAD, ITEMS)
    assert b"<PayAmt>3520.50</PayAmt>" in render_payout(ICBC, yuan, HEAD, ITEMS)


def test_our_account_may_be_a_secret(monkeypatch) -> None:
    partner = replace(ICBC, payout=replace(ICBC.payout, account="env:PAYOUT_ACCOUNT"))
    layout = ICBC.layout("payout")
    monkeypatch.setenv("PAYOUT_ACCOUNT", "0200111111111111111")

    raw = render_payout(partner, layout, HEAD, ITEMS)

    assert raw.count(b"<PayAccNo>0200111111111111111</PayAccNo>") == 3
    monkeypatch.delenv("PAYOUT_ACCOUNT")
    assert refusal(partner, layout).code == "secret_missing"


@each_written
def test_a_file_that_says_something_else_is_not_proven(partner, layout) -> None:
    """Whatever one changes in the bytes: another account, another name, another head."""
    out = io.BytesIO()
    written = write_payout(partner, layout, HEAD, ITEMS, out)
    raw = out.getvalue()
    codec = layout.codec
    changes = [
        (ITEMS[1]["account_no"], "6222000000000000028"),
        (ITEMS[1]["account_name"], "阿依古丽·买买题"),
        ("2026112600", "2026112601"),
    ]
    for old, new in changes:
        changed = raw.replace(old.encode(codec), new.encode(codec))
        if changed == raw:  # this file does not say it
            continue
        with pytest.raises(Rejected):
            prove(layout, io.BytesIO(changed), written)
    prove(layout, io.BytesIO(raw), written)


def test_the_request_of_abc_names_the_file_and_its_totals() -> None:
    partner = CATALOG.partner("abc")

    raw = render_request(partner, HEAD)

    rows, _ = rows_of(partner.layout("request"), raw)
    assert rows[0].values["file_name"] == "SIGN20261126_0001.txt"
    assert (rows[0].values["item_count"], rows[0].values["total_fen"]) == (3, TOTAL_FEN)
    assert rows[0].values["message_id"] == rows[0].values["request_id"] == HEAD["message_id"]


def test_files_that_we_write_are_never_taken_for_files_that_come_in() -> None:
    for partner, layout in WRITTEN:
        name = layout.file_name.format(day=date(2026, 11, 26), sequence=1)
        with pytest.raises(Rejected) as caught:
            CATALOG.identify(partner.channel, name)
        assert caught.value.code == "file_not_recognised"


@pytest.mark.parametrize("code", ["icbc", "rural_bank", "cmbc_xm"])
def test_memory_does_not_grow_with_the_payments(code, tmp_path) -> None:
    partner = CATALOG.partner(code)
    layout = partner.layout("payout")
    peaks = []
    for count in (500, 4_000):
        items = ({**ITEMS[0], "item_no": n, "end_to_end_id": f"P{n}"} for n in range(1, count + 1))
        head = {**HEAD, "item_count": count, "total_fen": count * ITEMS[0]["amount_fen"]}
        path = tmp_path / str(count)
        tracemalloc.start()
        with path.open("wb") as out:
            said = write_payout(partner, layout, head, items, out)
        with path.open("rb") as content:
            prove(layout, content, said)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] + 200_000  # 3,500 payments that stay would take far more


TABLE = """
form = "{form}"
direction = "out"
file_name = "x.txt"
encoding = "gb18030"
delimiter = "|"
root = "r"
controls = [
  {{ field = "header.item_count", equals = "count", of = "item" }},
  {{ field = "header.total_fen", equals = "sum", of = "item.amount_fen" }},
]
[[layouts.some.records]]
name = "header"
{head}
fields = [
  {{ name = "item_count", type = "count", width = 10, path = "n" }},
  {{ name = "total_fen", type = "amount_yuan", width = 17, path = "s" }},
]
[[layouts.some.records]]
name = "item"
repeat = true
{item}
fields = [
  {{ name = "end_to_end_id", type = "text", width = 35, path = "i" }},
  {{ name = "account_no", type = "text", width = 34, path = "a" }},
  {{ name = "account_name", type = "text", width = 80, path = "b/c" }},
  {{ name = "amount_fen", type = "amount_yuan", width = 17, path = "d" }},
]
"""
FORMS = {
    "delimited": ("", ""),
    "fixed": ("", ""),
    "xml": ('path = "h"', 'path = "h/i"'),
}
TEXT = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="|\ufeff\ufffe\uffff"
    ),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip(" \u3000"))
PAYMENT = st.fixed_dictionaries(
    {
        "end_to_end_id": st.text("0123456789ABC", min_size=1, max_size=35),
        "account_no": st.text("0123456789", min_size=1, max_size=34),
        "account_name": TEXT,
        "amount_fen": st.integers(1, 10**13),
    }
)


@pytest.mark.parametrize("form", list(FORMS))
def test_every_batch_comes_back_as_it_was(tmp_path, form) -> None:
    unwanted = {"fixed": 'path = "', "delimited": 'path = "', "xml": "width = "}[form]
    table = TABLE.format(form=form, head=FORMS[form][0], item=FORMS[form][1])
    kept = [
        ", ".join(part for part in line.split(", ") if not part.startswith(unwanted))
        for line in table.splitlines()
        if form == "xml" or not line.startswith("root")
    ]
    kept = [
        f"{li} }}," if li.startswith("  { name") and not li.endswith("},") else li for li in kept
    ]
    layout = layout_of(tmp_path, "\n".join(kept))

    @given(st.lists(PAYMENT, min_size=1, max_size=5))
    def holds(items) -> None:
        total = sum(item["amount_fen"] for item in items)
        head = {**HEAD, "item_count": len(items), "total_fen": total}
        raw = render_payout(ICBC, layout, head, items)
        count, fen, names = read_back(layout, raw)
        assert (count, fen) == (len(items), total)
        assert list(names) == [item["end_to_end_id"] for item in items]

    holds()
