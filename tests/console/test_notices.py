"""Notices for cash in the console: each print is on record, and only the last one is given out."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from tests.payouts import approve, items_of, row, take_list

EVENT = "payout.notice_printed"


@pytest.fixture
def waiting(house):
    rows = [row(n, kind="instant", benefit="个人账户清退") for n in (1, 2, 3)]
    return take_list(house.office, rows)


@pytest.fixture
def listed(house, waiting):
    return approve(house.office, waiting)


def pages_of(answer):
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return [page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages]


def test_a_cashier_prints_a_list_and_opens_it_in_two_copies(house, listed, client_of):
    cashier = client_of("cashier")
    assert "/actions/payout.print_notices" in cashier.get(f"/payouts/{listed.id}").text
    first, *others = items_of(house.office, listed)

    answer = cashier.act("payout.print_notices", list_id=listed.id)
    assert (answer.status_code, answer.location) == (303, f"/payouts/items/{first.id}")
    assert f"/payouts/items/{first.id}/notice.pdf" in cashier.get(answer.location).text

    pages = pages_of(cashier.get(f"/payouts/items/{first.id}/notice.pdf"))
    assert len(pages) == 3
    assert all("第一联" in page and "第二联" in page for page in pages)
    noted = house.journal(EVENT)
    assert {one.subject for one in noted} == {f"payout_item:{i.id}" for i in (first, *others)}
    assert {one.person for one in noted} == {house.person("cashier").name}


def test_a_further_print_says_so_and_the_earlier_one_is_not_given_out(house, listed, client_of):
    cashier, maker = client_of("cashier"), client_of("payout_maker")
    second = items_of(house.office, listed)[1]
    path = f"/payouts/items/{second.id}/notice.pdf"
    given = {"list_id": listed.id, "item_no": second.item_no}

    assert cashier.get(path).status_code == 404
    assert maker.act("payout.print_notices", **given).status_code == 303
    assert "补打" not in pages_of(maker.get(path))[0]
    assert cashier.get(path).status_code == 404

    assert cashier.call("payout.print_notices", **given).json["item"] == second.id
    assert "补打第 1 次" in pages_of(cashier.get(path))[0]
    assert maker.get(path).status_code == 404
    assert len(house.journal(EVENT)) == 2


def test_before_approval_nothing_is_printed_and_who_only_looks_prints_nothing(
    house, waiting, client_of
):
    maker, auditor = client_of("payout_maker"), client_of("auditor")
    assert "/actions/payout.print_notices" not in maker.get(f"/payouts/{waiting.id}").text

    assert maker.act("payout.print_notices", list_id=waiting.id).status_code == 422
    assert auditor.act("payout.print_notices", list_id=waiting.id).status_code == 403
    assert house.journal(EVENT) == []


def test_a_list_for_accounts_has_no_notices(house, client_of):
    listed = approve(house.office, take_list(house.office, [row(1)]))
    maker = client_of("payout_maker")

    assert "/actions/payout.print_notices" not in maker.get(f"/payouts/{listed.id}").text
    assert maker.act("payout.print_notices", list_id=listed.id).status_code == 422
