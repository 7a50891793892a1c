"""What we write reads back the same, whatever the values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.money import FEN_MAX
from hub.errors import Rejected
from hub.mappings.codecs import BLANKS, CONTROL
from hub.mappings.rendering import render
from tests.mappings.reading import CATALOG, rows_of

DAY = date(2026, 11, 23)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


def texts(without: str, most: int = 20):
    allowed = st.characters(exclude_characters=without, exclude_categories=["Cs", "Cc"])
    usable = st.text(allowed, min_size=1, max_size=most).map(lambda text: text.strip(BLANKS))
    return usable.filter(lambda text: bool(text) and not CONTROL.search(text))


def collections(without: str):
    return st.lists(
        st.fixed_dictionaries(
            {
                "receipt_no": texts(without),
                "payer_id": texts(without),
                "payer_name": st.none() | texts(without, 200),
                "person_id": st.none() | texts(without),
                "person_name": st.none() | texts(without),
                "insurance_kind": st.sampled_from(["pension", "medical", "maternity"]),
                "period": DAYS.map(lambda day: day.year * 100 + day.month),
                "amount_fen": st.integers(0, FEN_MAX // 10),  # the total has the same limit
                "collected_on": DAYS,
            }
        ),
        max_size=6,
    )  # fmt: skip


@given(collections("|"))
def test_a_list_between_bars(rows) -> None:
    layout = CATALOG.partner("tax").layout("collections")
    head = {"header.list_no": "L", "header.business_on": DAY, "header.item_count": 99}

    found, reading = rows_of(layout, render(layout, head, rows))

    assert [row.values for row in found] == rows
    assert reading.head["header.item_count"] == len(rows)
    assert reading.head["header.total_fen"] == sum(row["amount_fen"] for row in rows)


@given(collections(""))
def test_a_csv_may_hold_its_delimiter_and_its_quotes(rows) -> None:
    layout = CATALOG.partner("tax").layout("collections_csv")

    assert [row.values for row in rows_of(layout, render(layout, {}, rows))[0]] == rows


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "tax_org": texts(""),
                "voucher_type": st.none() | texts(""),
                "receipt_no": st.none() | texts(""),
                "budget_type": st.none(),
                "budget_level": st.none(),
                "insurance_kind": st.sampled_from(["pension", "medical"]),
                "amount_fen": st.integers(0, FEN_MAX),
                "origin": st.none() | texts(""),
            }
        ),
        max_size=5,
    )
)
def test_an_xml_message(rows) -> None:
    deposits = CATALOG.partner("treasury").layout("deposits")
    layout = replace(deposits, encoding="gb18030", schema=None)
    head = {f"{s.name}.{f.name}": "1" for s in layout.records if not s.repeat for f in s.stored}
    head |= {f"header.{name}_count": "0" for name in ("drawback", "correction", "exemption")}
    head |= {"envelope.message_no": "3139", "envelope.worked_on": DAY, "header.booked_on": DAY}
    head |= {"header.part_count": 1, "header.part_no": 1}

    found, reading = rows_of(layout, render(layout, head, rows))

    for number, (row, wanted) in enumerate(zip(found, rows, strict=True), start=1):
        assert {name: row.values[name] for name in wanted} == wanted
        assert row.values["deposit_no"] == f"1-20261123-1-1-{number}"
        assert row.values["credited_on"] == DAY
    assert reading.head["header.item_count"] == len(rows)


def test_a_value_that_cannot_be_read_back_is_not_written() -> None:
    layout = CATALOG.partner("core").layout("assessments")
    row = {
        "payer_id": "P", "payer_name": None, "insurance_kind": "pension", "period": 202611,
        "amount_fen": 100, "due_on": None,
    }  # fmt: skip

    for change, code in (
        ({"amount_fen": -1}, "amount_negative"), ({"amount_fen": FEN_MAX + 1}, "amount_too_large"),
        ({"payer_id": None}, "field_missing"), ({"payer_id": "P\n"}, "control_character"),
        ({"insurance_kind": "other"}, "code_unknown"), ({"payer_id": "P" * 21}, "field_too_long"),
        ({"due_on": date(1899, 1, 1)}, "date_malformed"),
    ):  # fmt: skip
        with pytest.raises(Rejected) as caught:
            render(layout, {}, [row, {**row, **change}])
        assert (caught.value.code, caught.value.place.line) == (code, 2)


def test_some_forms_are_only_read() -> None:
    for partner in CATALOG.partners.values():
        for layout in partner.layouts.values():
            if layout.form.value in ("camt", "mt940", "sheet"):
                with pytest.raises(Rejected, match="delimited, fixed and xml"):
                    render(layout, {}, [])
