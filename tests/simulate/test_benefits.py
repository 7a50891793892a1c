"""A simulated pension list is one that the hub accepts, with the sums that it says."""

from __future__ import annotations

import io
from datetime import date

import pytest

from hub.domain.codes import bank_account, cnaps, person_id
from hub.errors import Rejected
from hub.mappings.catalog import load_catalog
from hub.mappings.reading import read
from hub.simulate.benefits import Month, write_list, write_pensions
from tests.conftest import ROOT

CATALOG = load_catalog(ROOT / "config")
LAYOUT = CATALOG.partner("benefits").layout("payout_list")


def rows_of(content):
    reading = read(LAYOUT, io.BytesIO(content), file="x", items_max=10**6, line_bytes_max=10**5)
    return [row.values for row in reading.rows]


def made(**changes):
    plan = {"pensions": 500, "month": 202611, "banks": ("city_bank", "iso_bank"), **changes}
    out = io.BytesIO()
    summary = write_pensions(Month(**plan), CATALOG, out)
    return out.getvalue(), summary


def test_every_number_holds_and_no_entitlement_stands_twice():
    content, summary = made()
    rows = rows_of(content)

    assert (len(rows), sum(row["amount_fen"] for row in rows)) == (
        summary["items"], summary["total_fen"],
    )  # fmt: skip
    assert sum(bank["items"] for bank in summary["banks"].values()) == len(rows)
    for row in rows:
        person_id.validate(row["person_id"])
        cnaps.validate(row["bank_no"])
        assert bank_account.is_plausible_card(row["account_no"])
    keys = {(row["person_id"], row["benefit"], row["period"]) for row in rows}
    assert len(keys) == len(rows)
    assert len({row["person_id"] for row in rows}) == 500
    assert {row["period"] for row in rows} == {202610, 202611}


def test_who_has_a_rare_name_is_paid_where_it_can_be_written():
    for row in rows_of(made(pensions=5000)[0]):
        if row["bank"] == "city_bank":
            row["account_name"].encode("gbk")


def test_the_seed_makes_the_bytes():
    assert made(seed=3)[0] == made(seed=3)[0]
    assert made(seed=3)[0] != made(seed=4)[0]


def test_january_looks_back_to_december():
    rows = rows_of(made(month=202701)[0])
    assert {row["period"] for row in rows} == {202612, 202701}


def test_the_file_has_the_desks_name(tmp_path):
    plan = Month(pensions=1, month=202611, banks=("iso_bank",))
    found = write_list(plan, date(2026, 11, 25), tmp_path / "new", CATALOG)

    assert found["file"] == str(tmp_path / "new" / "FFMX_20261125_001.csv")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"pensions": 0}, "simulate_pensions_out_of_range"),
        ({"month": 202613}, "simulate_month_malformed"),
        ({"banks": ("tax",)}, "simulate_bank_missing"),
        ({"banks": ("nobody",)}, "partner_unknown"),
    ],
)
def test_what_cannot_be_made_is_refused(changes, code):
    with pytest.raises(Rejected) as caught:
        made(**changes)
    assert caught.value.code == code
