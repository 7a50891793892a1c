"""Bank days in the console: chain, what keeps a day open, work; a bank sees its own accounts."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook

from tests.banking import ACCOUNT, ACCOUNTS, TUESDAY, Move, banking_office, camt, send, settle
from tests.console.house import House
from tests.payouts import pay, row

OPENING = 1_000_000_000
OTHER_BANK = """
[accounts.elsewhere]
title = "医疗支出户"
partner = "beta"
kind = "expenditure"
funds = ["medical"]
number = "8010000000000035"
since = 2026-11-24
opening_fen = 5
every_day = false
"""


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A console over an office that paid a batch and got its statement, one line unexplained."""
    office = banking_office(tmp_path / "office", ACCOUNTS + OTHER_BANK, items_max=100)
    (batch,) = pay(office, [row(1), row(2)])
    office.clock.advance(days=1)
    moves = [
        Move(-batch.total_fen, ref="B1", message=batch.message_id),
        Move(12_300, text="不明来款", ref="X1"),
    ]
    send(office, camt(moves, opening=OPENING), "ST_1.xml")
    settle(office)
    made = House(
        tmp_path / "console", monkeypatch, office=office, requests_per_minute=100_000,
        sign_in_attempts=10_000,
    )  # fmt: skip
    made.total_fen = batch.total_fen
    yield made
    office.store.close()


def rows(browser, table, **filters):
    return browser.get(f"/api/v1/tables/{table}", query_string=filters).get_json()["rows"]


def test_a_day_shows_its_chain_its_lines_and_what_keeps_it_open(house):
    liaison = house.client_of("bank_liaison")
    closing = OPENING - house.total_fen + 12_300
    day = next(one for one in rows(liaison, "bank-days") if one["account"] == "out")
    assert (day["opening"], day["closing"], day["state"]) == (OPENING, closing, "open")
    states = {one["text"]: one["state"] for one in rows(liaison, "bank-lines", account="out")}
    assert states["不明来款"] == "open"
    assert sorted(states.values()) == ["matched", "open"]
    (line,) = rows(liaison, "bank-lines", state="open")
    assert line["amount"] == 12_300
    page = liaison.get(f"/bank/accounts/out/days/{TUESDAY}?lang=zh").text
    assert "银行存款余额调节表" in page
    assert "不能日终的原因" in page
    assert f"{closing / 100:,.2f}" in page
    assert page.count("双方相符。") == 1
    assert liaison.get("/bank/accounts/out/days/2026-01-01").status_code == 404
    assert liaison.get("/bank/accounts/none").status_code == 404
    assert ACCOUNT not in liaison.get("/tables/bank-accounts").text
    for address in ("/bank/accounts/out", "/bank/clearing", "/tables/bank-lines?since=2026-11-01"):
        assert liaison.get(address).status_code == 200, address


def test_finance_books_a_line_for_another_to_confirm(house):
    liaison, cashier = house.client_of("bank_liaison"), house.client_of("cashier")
    (line,) = rows(liaison, "bank-lines", state="open")
    asked = {"line_id": line["id"], "event": "interest.expenditure"}
    assert cashier.act("bank.book", **asked).status_code == 403
    made = liaison.call("bank.book", **asked)
    assert made.status_code == 200, made.text
    with house.services.store.read() as uow:
        draft = uow.voucher_drafts.get(made.get_json()["draft"])
    assert draft.prepared_by == house.person("bank_liaison").name
    assert liaison.act("bank.settle").status_code == 303


def test_the_month_is_a_workbook(house):
    liaison = house.client_of("bank_liaison")
    made = liaison.get("/bank/accounts/out/reconciliation/202611.xlsx")
    assert made.status_code == 200
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(made.data)).sheet_names
    assert len(sheets) == 3
    assert liaison.get("/bank/accounts/out/reconciliation/202613.xlsx").status_code == 422
    assert (
        house.client_of("cashier").get("/bank/accounts/out/reconciliation/202611.xlsx").status_code
        == 403
    )


def test_people_of_a_bank_see_their_own_accounts_and_nothing_of_our_books(house):
    assert house.partner == "alpha"
    bank = house.client_of("bank_user")
    assert {one["account"] for one in rows(bank, "bank-accounts")} == {"out", "special"}
    assert {one["account"] for one in rows(bank, "bank-days")} == {"out"}
    assert {one["rule"] for one in rows(bank, "bank-lines")} == {None}
    assert bank.get("/api/v1/tables/bank-lines?account=elsewhere").status_code == 404
    assert bank.get("/bank/accounts/elsewhere").status_code == 404
    page = bank.get(f"/bank/accounts/out/days/{TUESDAY}?lang=zh")
    assert page.status_code == 200
    assert "余额调节表" not in page.text
    for address in ("/bank/clearing", "/bank/accounts/out/reconciliation/202611.xlsx"):
        assert bank.get(address).status_code == 404
    assert bank.act("bank.settle").status_code == 404
    assert len(rows(house.client_of("bank_liaison"), "bank-accounts")) == 3


def test_pages_go_on_from_account_to_account(house):
    liaison = house.client_of("bank_liaison")
    found, after = [], ""
    while after is not None:
        asked = {"limit": 1, **({"after": after} if after else {})}
        page = liaison.get("/api/v1/tables/bank-lines", query_string=asked).get_json()
        found += [one["id"] for one in page["rows"]]
        after = page["after"]
    assert found == [one["id"] for one in rows(liaison, "bank-lines")]
    assert len(found) == 2
