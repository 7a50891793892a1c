"""A pain.008 says who may be debited by which mandate, valid against the official schemas."""

from __future__ import annotations

from datetime import date
from io import BytesIO

import pytest

from hub.errors import Rejected
from hub.mappings.pain_writing import proven
from hub.mappings.payout_file import render_payout
from tests.mappings.payments import HEAD, ITEMS
from tests.mappings.reading import CATALOG, rows_of

BANK = CATALOG.partner("iso_bank")
MANDATES = [
    {"mandate_no": "SQ2026000001", "mandate_on": date(2026, 3, 1)},
    {"mandate_no": "SQ2026000002"},
    {},
]


def debits():
    return [item | mandate for item, mandate in zip(ITEMS, MANDATES, strict=True)]


@pytest.mark.parametrize("name", ["collection", "collection_v02"])
def test_mandates_are_written_and_read_back(name):
    layout = BANK.layout(name)
    content = render_payout(BANK, layout, HEAD, debits())

    rows, _ = rows_of(layout, content)
    found = [(row.values["mandate_no"], row.values["mandate_on"]) for row in rows]
    assert found == [("SQ2026000001", "2026-03-01"), ("SQ2026000002", None), (None, None)]
    assert sum(1 for _ in proven(layout, BytesIO(content)).rows) == 3


def test_a_payment_has_no_mandate():
    content = render_payout(BANK, BANK.layout("payout"), HEAD, debits())

    assert b"Mndt" not in content


def test_a_number_that_the_message_cannot_carry_is_refused_with_its_item():
    items = [{**ITEMS[0], "mandate_no": "授权1"}, *ITEMS[1:]]

    with pytest.raises(Rejected) as found:
        render_payout(BANK, BANK.layout("collection"), HEAD, items)

    assert (found.value.code, found.value.facts["number"]) == ("payout_item_refused", 1)
