"""What a bank could not take is not written: the payment is named before anything is sent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.errors import Rejected
from hub.mappings.payout_file import render_payout
from tests.mappings.payments import HEAD, ITEMS, TOTAL_FEN, WRITTEN, refusal, with_item
from tests.mappings.reading import CATALOG, rows_of

ids = [f"{partner.code}.{layout.name}" for partner, layout in WRITTEN]
each_written = pytest.mark.parametrize(("partner", "layout"), WRITTEN, ids=ids)
RURAL = CATALOG.partner("rural_bank")
ICBC = CATALOG.partner("icbc")


@each_written
@pytest.mark.parametrize(
    ("head", "code"),
    [
        ({"item_count": 2}, "payout_totals_differ"),
        ({"total_fen": TOTAL_FEN + 1}, "payout_totals_differ"),
    ],
)
def test_a_batch_that_is_not_what_it_states_is_not_written(partner, layout, head, code) -> None:
    error = refusal(partner, layout, **head)

    assert error.code == code
    assert "10,090.01" in error.explain("zh")


@each_written
@pytest.mark.parametrize("amount", [0, -1, 1.5, "1", None])
def test_an_amount_must_be_whole_fen_above_zero(partner, layout, amount) -> None:
    error = refusal(partner, layout, with_item(amount_fen=amount))

    assert (error.code, error.facts["number"]) == ("payout_amount_not_positive", 2)


@each_written
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account_name", "长" * 141),
        ("account_name", ""),
        ("account_name", "　"),
        ("account_name", None),
        ("account_name", "张\n三"),
        ("account_name", "张\x00三"),
        ("account_no", ""),
        ("account_no", "6" * 36),
    ],
)
def test_an_item_that_the_bank_could_not_take_is_named_before_sending(
    partner, layout, field, value
) -> None:
    error = refusal(partner, layout, with_item(**{field: value}))

    assert (error.code, error.place.field) == ("payout_item_refused", field)
    assert error.facts["number"] == 2
    assert "第 2 笔" in error.explain("zh")
    assert "6666" not in error.explain("en")  # no account number in a refusal


@pytest.mark.parametrize("code", ["icbc", "boc", "abc", "city_bank", "tips"])
def test_gbk_banks_cannot_take_names_beyond_gbk(code) -> None:
    partner = CATALOG.partner(code)

    error = refusal(partner, partner.layout("payout"), with_item(account_name="王𠮷"))

    assert error.code == "payout_item_refused"
    assert error.facts["number"] == 2
    assert "U+20BB7" in error.explain("en")


def test_gb18030_takes_every_name_and_widths_count_bytes() -> None:
    layout = RURAL.layout("payout")
    raw = render_payout(RURAL, layout, HEAD, with_item(account_name="𠮷" * 15))
    assert rows_of(layout, raw)[0][1].values["account_name"] == "𠮷" * 15

    error = refusal(RURAL, layout, with_item(account_name="𠮷" * 16))

    assert (error.facts["number"], error.place.field) == (2, "account_name")


@pytest.mark.parametrize("code", ["city_bank", "cmbc_xm", "abc"])
def test_a_delimiter_within_a_name_is_refused(code) -> None:
    partner = CATALOG.partner(code)

    error = refusal(partner, partner.layout("payout"), with_item(account_name="张|三"))

    assert (error.code, error.facts["number"]) == ("payout_item_refused", 2)


def test_a_batch_beyond_what_the_bank_takes_is_not_written() -> None:
    partner = replace(ICBC, payout=replace(ICBC.payout, items_max=2))

    assert refusal(partner, ICBC.layout("payout")).code == "payout_items_too_many"


def test_an_empty_batch_is_not_written() -> None:
    for partner, layout in WRITTEN:
        error = refusal(partner, layout, [], item_count=0, total_fen=0)
        assert error.code in {"payout_empty", "record_missing"}


def test_a_partner_without_payout_pays_nothing() -> None:
    tax = CATALOG.partner("tax")
    with pytest.raises(Rejected, match="payout") as caught:
        render_payout(tax, tax.layout("collections"), HEAD, ITEMS)
    assert caught.value.code == "payout_not_possible"


def test_what_the_batch_itself_lacks_is_told() -> None:
    error = refusal(RURAL, RURAL.layout("payout"), batch_no="9" * 40)

    assert (error.code, error.place.field) == ("payout_head_refused", "batch_no")
