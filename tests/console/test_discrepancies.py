"""The work list: found, filtered, worked on by one person and agreed to by another."""

from __future__ import annotations

import re

import pytest

from hub.domain.facts import Source
from tests.facts import TUESDAY, collection, deposit

BIG = 2_000_000_00  # above what one person may settle
READERS = ("reconciler", "discrepancy_supervisor", "letter_signer", "auditor", "bookkeeper")
STRANGERS = ("payout_maker", "operator", "transfer_clerk", "administrator", "bank_user")


@pytest.fixture
def day(house):
    """A reconciled day: two short receipts, one of them large, one in transit."""
    office = house.office
    office.send_list(
        Source.COLLECTIONS,
        [collection("R1", 500), collection("R2", BIG + 900), collection("R3", 90)],
    )
    office.send_list(Source.DEPOSITS, [deposit("R1", 300), deposit("R2", 900)])
    office.work()
    return {d.difference.receipt_no: d for d in office.discrepancies()}


@pytest.fixture
def english(client_of):
    def client(role):
        browser = client_of(role)
        browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return browser

    return client


def rows(browser, **filters):
    answer = browser.get("/api/v1/tables/discrepancies", query_string=filters)
    assert answer.status_code == 200, answer.text
    return [row["number"] for row in answer.json["rows"]]


def get(house, number):
    with house.services.store.read() as uow:
        return uow.discrepancies.get(number)


@pytest.mark.parametrize(("roles", "codes"), [(READERS, {200}), (STRANGERS, {403, 404})])
def test_who_may_read_reads_and_nobody_else(day, english, roles, codes):
    one = f"/discrepancies/{day['R1'].id}"
    paths = ("/tables/discrepancies", "/api/v1/tables/discrepancies", "/discrepancies/aging", one)

    for role in roles:
        browser = english(role)
        assert {browser.get(path).status_code for path in paths} <= codes, role


FILTERS = [
    ({}, ["R1", "R2"]),
    ({"state": "open"}, ["R1", "R2"]),
    ({"state": "closed"}, []),
    ({"state": "any"}, ["R1", "R2"]),
    ({"verdict": "short"}, ["R1", "R2"]),
    ({"verdict": "over"}, []),
    ({"owner": "财务管理"}, ["R1", "R2"]),
    ({"owner": "somebody"}, []),
    ({"number": "R2"}, ["R2"]),
    ({"number": "91330100MA27XK0000"}, ["R1", "R2"]),
    ({"amount_from": "1,000.00"}, ["R2"]),
    ({"amount_to": "2"}, ["R1"]),
    ({"opened_from": "2026-11-24", "opened_to": "2026-11-24"}, ["R1", "R2"]),
    ({"opened_from": "2026-11-25"}, []),
    ({"age": "0-3"}, ["R1", "R2"]),
    ({"age": ">20"}, []),
    ({"partner": "tax"}, []),
]
UNUSABLE = [
    {"state": "lost"}, {"age": "7"}, {"verdict": "x"}, {"opened_from": "24.11."},
    {"amount_from": "1e9"}, {"after": "{"},
]  # fmt: skip


def test_the_list_is_filtered_by_what_its_address_says(day, english):
    browser = english("reconciler")

    for filters, found in FILTERS:
        assert rows(browser, **filters) == found, filters
    for filters in UNUSABLE:
        answer = browser.get("/tables/discrepancies", query_string=filters)
        assert answer.status_code == 422, filters

    first = browser.get("/api/v1/tables/discrepancies?limit=1").json
    rest = rows(browser, limit=1, after=first["after"])
    assert [first["rows"][0]["number"], *rest] == ["R1", "R2"]


def test_one_person_settles_a_small_difference(house, day, english):
    browser, one = english("reconciler"), day["R1"]

    answer = browser.act(
        "discrepancy.propose", discrepancy=one.id, version=one.version, action="explain",
        reason="次日到账",
    )  # fmt: skip

    assert answer.status_code == 303
    closed = get(house, one.id)
    assert closed.closed_how == "explain"
    assert closed.proposal.by.person == house.person("reconciler").name
    page = browser.get(answer.location).text
    assert "次日到账" in page
    assert "Agree and close" not in page


def test_a_large_one_needs_a_second_person_with_a_fresh_code(house, day, english):
    one = day["R2"]
    proposer, other = english("reconciler"), english("discrepancy_supervisor")
    proposer.act(
        "discrepancy.propose", discrepancy=one.id, version=one.version, action="accept",
        reason="核实无误",
    )  # fmt: skip
    version = get(house, one.id).version
    agree = {"discrepancy": one.id, "version": version}

    assert "Agree and close" in other.get(f"/discrepancies/{one.id}").text
    assert "Agree and close" not in proposer.get(f"/discrepancies/{one.id}").text
    assert proposer.act("discrepancy.agree", code=True, **agree).status_code == 403
    assert get(house, one.id).state == "proposed"
    assert other.act("discrepancy.agree", **agree).status_code in (403, 422)
    assert get(house, one.id).state == "proposed"

    assert other.act("discrepancy.agree", code=True, **agree).status_code == 303
    assert get(house, one.id).state == "closed"


def test_what_changed_since_is_not_agreed_to_but_may_be_sent_back(house, day, english):
    one = day["R2"]
    english("reconciler").act(
        "discrepancy.propose", discrepancy=one.id, version=one.version, action="accept",
        reason="核实无误",
    )  # fmt: skip
    other = english("discrepancy_supervisor")

    late = other.act("discrepancy.agree", code=True, discrepancy=one.id, version=one.version)
    assert late.status_code == 422
    assert get(house, one.id).state == "proposed"

    sent_back = other.act("discrepancy.decline", discrepancy=one.id, reason="附件不全")
    assert sent_back.status_code == 303
    assert get(house, one.id).state == "open"
    assert "附件不全" in other.get(f"/discrepancies/{one.id}").text


def test_several_are_assigned_commented_and_settled_at_once(house, day, english):
    browser = english("reconciler")
    ids = [day["R1"].id, day["R2"].id]

    form = browser.get("/actions/discrepancy.assign", query_string={"ids": ids}).text
    assert "2 chosen" in form
    browser.act("discrepancy.assign", ids=ids, owner="王芳")
    browser.act("discrepancy.comment", ids=ids, text="已电话核实")
    answer = browser.act("discrepancy.propose_all", ids=ids, action="correct", reason="税务更正")

    assert answer.status_code == 303
    assert [get(house, i).owner for i in ids] == ["王芳", "王芳"]
    assert [get(house, i).state for i in ids] == ["closed", "proposed"]
    for number in ids:
        assert "已电话核实" in browser.get(f"/discrepancies/{number}").text


def test_what_cannot_be_done_to_one_is_done_to_none(house, day, english):
    browser, one, other = english("reconciler"), day["R1"], day["R2"]
    browser.act(
        "discrepancy.propose", discrepancy=one.id, version=one.version, action="explain",
        reason="次日到账",
    )  # fmt: skip

    answer = browser.act("discrepancy.assign", ids=[one.id, other.id], owner="王芳")

    assert answer.status_code == 422
    assert len(re.findall(r'name="ids" value="\d+"', answer.text)) == 2
    assert get(house, other.id).owner == other.owner


def test_who_only_reads_changes_nothing(house, day, english):
    one = day["R1"]
    before = house.office.dump()["discrepancies"]

    for role in ("auditor", "letter_signer", "payout_maker"):
        browser = english(role)
        for action in ("assign", "comment", "propose", "propose_all", "agree", "decline"):
            answer = browser.call(
                f"discrepancy.{action}", discrepancy=one.id, version=one.version, ids=[one.id],
                owner="x", text="x", action="explain", reason="x",
            )  # fmt: skip
            assert answer.status_code == 403, (role, action)

    assert house.office.dump()["discrepancies"] == before


def test_it_leads_to_its_day_receipt_and_payer_and_ages_lead_to_it(day, english):
    browser, one = english("reconciler"), day["R1"]
    page = browser.get(f"/discrepancies/{one.id}").text

    for href in (f"/reconciliation/{TUESDAY}", "/receipts/R1", f"/discrepancies/{one.id}/payer"):
        assert f'href="{href}"' in page
        assert browser.get(href).status_code == 200

    ages = browser.get("/discrepancies/aging").text
    assert "2,000,002.00" in ages
    href = re.search(r'href="(/tables/discrepancies\?[^"]*verdict=short[^"]*)"', ages)[1]
    assert "R1" in browser.get(href.replace("&amp;", "&")).text
    assert browser.get("/discrepancies/99").status_code == 404
