"""The first page: what one may see, what waits, and links to exactly these rows."""

from __future__ import annotations

import re

from hub.domain.facts import Source
from tests.facts import collection, deposit
from tests.payouts import approve, pay, row, take_list

LINE = re.compile(r'<li><span class="state state-\w+">([\d,]+)</span> <a href="([^"]+)">')


def lines(page):
    return [(int(n), href.replace("&amp;", "&")) for n, href in LINE.findall(page)]


def test_each_line_leads_to_as_many_rows_as_it_counts(house, client_of):
    for sequence in (1, 2):
        take_list(house.office, [row(sequence)], sequence=sequence)
    approve(house.office, take_list(house.office, [row(3)], sequence=3))
    house.office.send("tax-in", "a.csv", b"one")
    house.office.send("tax-in", "a.csv", b"two")

    seen = {}
    for role in ("payout_maker", "cashier", "operator", "auditor", "reconciler"):
        browser = client_of(role)
        for number, href in lines(browser.get("/").text):
            if href.startswith("/tables/"):
                rows = browser.get(f"/api/v1{href}").get_json()["rows"]
                assert len(rows) == number, (role, href)
                seen[role, href.split("?")[0]] = number

    assert seen["payout_maker", "/tables/payout-lists"] == 2
    assert seen["cashier", "/tables/payout-lists"] == 1
    assert seen["operator", "/tables/inbox"] == 1


def test_money_is_shown_by_fund_and_state_to_who_may_see_payouts(house, client_of):
    total = sum(one["amount_fen"] for one in (row(1), row(2)))
    pay(house.office, [row(1), row(2)])

    assert f"{total / 100:,.2f}" in client_of("cashier").get("/").text
    assert f"{total / 100:,.2f}" not in client_of("letter_signer").get("/").text


def test_the_live_part_asks_for_itself_and_outsiders_get_no_figures(client_of):
    page = client_of("auditor").get("/").text
    part = client_of("auditor").get("/home/live").text

    assert 'hx-get="/home/live" hx-trigger="every 15s"' in page
    assert part.lstrip().startswith("<div id=")
    for role in ("bank_user", "region_user"):
        assert "cards" not in client_of(role).get("/").text
        assert "cards" not in client_of(role).get("/home/live").text


def test_a_flood_is_counted_to_a_limit(house, client_of, monkeypatch):
    receipts = [f"R{n}" for n in range(4)]
    house.office.send_list(Source.COLLECTIONS, [collection(one, 500) for one in receipts])
    house.office.send_list(Source.DEPOSITS, [deposit(one, 300) for one in receipts])
    house.office.work()
    open_ones = '<span class="state state-warn">{}</span> <a href="/tables/discrepancies'
    assert open_ones.format("4") in client_of("reconciler").get("/").text

    monkeypatch.setattr("hub.store.views.home.COUNTED_MAX", 2)
    monkeypatch.setattr("hub.console.formatting.COUNTED_MAX", 2)

    assert open_ones.format("2+") in client_of("reconciler").get("/").text
