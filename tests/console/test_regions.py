"""Other regions in the console: two people change the directory, messages show no secrets."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.domain.region_directory import Kind, RecordState
from tests.console.house import House
from tests.payouts import person as payee
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, paying_offices
from tests.transfers import ACCOUNT, WUHAN, person


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Return the console of one office, the office, and another that it knows."""
    offices = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    house = House(
        tmp_path, monkeypatch, office=offices[0], requests_per_minute=100_000,
        sign_in_attempts=10_000,
    )  # fmt: skip
    yield house, *offices
    for one in offices:
        one.store.close()


def rows(browser, table, **filters):
    return browser.get(f"/api/v1/tables/{table}", query_string=filters).get_json()["rows"]


def drafts(office):
    with office.store.read() as uow:
        return uow.regions.list(state=RecordState.PROPOSED)


def test_the_directory_changes_by_two_people(two):
    house, here, _ = two
    clerk, approver = house.client_of("transfer_clerk"), house.client_of("transfer_approver")
    facts = "name=武汉社保中心\r\nroad=none\r\n"
    proposed = clerk.act("region.propose", kind="office", region=WUHAN, facts=facts)
    assert proposed.status_code == 303, proposed.text
    assert proposed.headers["Location"] == "/tables/region-drafts"
    (entry,) = rows(approver, "region-drafts")
    assert (entry["code"], entry["kind"]) == (WUHAN, "office")
    (record,) = drafts(here)
    assert f'value="{record.id}"' in approver.get("/tables/region-drafts").text
    assert clerk.act("region.confirm", ids=[record.id], code=True).status_code == 403
    assert approver.act("region.confirm", ids=[record.id]).status_code == 422
    assert approver.act("region.confirm", ids=[record.id], code=True).status_code == 303
    with here.store.read() as uow:
        assert uow.regions.office(WUHAN, on=here.services.today()).name == "武汉社保中心"
    assert [row["standing"] for row in rows(clerk, "regions", code=WUHAN)] == ["holds"]
    assert "武汉社保中心" in clerk.get(f"/regions/{WUHAN}").text

    unreadable = clerk.act("region.propose", kind="office", region=WUHAN, facts="武汉")
    assert unreadable.status_code == 422
    assert drafts(here) == []
    clerk.act("region.propose", kind="office", region=WUHAN, facts="name=x\nroad=none")
    (record,) = drafts(here)
    refused = approver.act("region.refuse", ids=[record.id], reason="名称有误")
    assert refused.status_code == 303
    assert drafts(here) == []
    assert clerk.get("/regions/99").status_code == 422
    assert clerk.get("/regions/110000").status_code == 404


def test_account_numbers_are_masked_unless_the_look_is_on_record(two):
    house, here, _ = two
    clerk, approver = house.client_of("transfer_clerk"), house.client_of("transfer_approver")
    number = ACCOUNT["account_no"]
    for address in ("/tables/regions?kind=account", f"/regions/{CHENGDU}?lang=zh"):
        assert number not in clerk.get(address).text
        assert number not in approver.get(f"{address}&unmask=1").text
        assert number in clerk.get(f"{address}&unmask=1").text
    with here.store.read() as uow:
        assert len(uow.security.looks(limit=10)) == 2


def test_what_held_and_what_holds_are_told_apart(two):
    house, here, _ = two
    later = here.services.today() + timedelta(days=30)
    here.enter(Kind.OFFICE, CHENGDU, {"name": "新名称", "road": "regions"}, valid_from=later)
    found = rows(house.client_of("auditor"), "regions", code=CHENGDU, kind="office")
    assert {row["facts"].partition(" ")[0]: row["standing"] for row in found} == {
        f"name={CHENGDU}": "holds", "name=新名称": "not_now",
    }  # fmt: skip


def test_a_message_is_shown_with_its_case_and_without_identity_numbers(two):
    house, here, there = two
    case = here.consent(here.apply("in", there))
    carry(here, there)
    clerk = house.client_of("transfer_clerk")
    (sent,) = [one for one in here.messages() if one.envelope.type == "transfer.contact_letter"]
    listed = rows(clerk, "region-messages", peer=CHENGDU, state="delivered")
    assert [row["type"] for row in listed] == ["transfer.contact_letter"]
    page = clerk.get(f"/messages/{sent.id}").text
    assert f"/transfers/{case.id}" in page
    assert person() not in page
    assert ACCOUNT["account_no"] not in page
    assert person() in clerk.get(f"/messages/{sent.id}?unmask=1").text
    assert clerk.get("/messages/none").status_code == 404


def test_a_request_is_asked_answered_and_lifted(two):
    house, here, there = two
    clerk, approver = house.client_of("transfer_clerk"), house.client_of("transfer_approver")
    due = here.services.today() + timedelta(days=30)
    asked = clerk.act(
        "assistance.ask", other=CHENGDU, person_id=payee(1), person_name="王乙", due_on=str(due)
    )
    assert asked.headers["Location"] == "/assistance/1"
    assert [row["state"] for row in rows(clerk, "assistance", state="open")] == ["open"]
    carry(here, there)
    from tests.flows.test_assistance import Finding, reply

    reply(there, Finding.MISSING, note="社区证明")
    carry(here, there)
    page = clerk.get("/assistance/1?lang=zh").text
    assert "失踪" in page
    assert "暂停" in page
    assert payee(1) not in page
    assert clerk.act("assistance.lift", request_id=1, reason="到场", code=True).status_code == 403
    assert (
        approver.act("assistance.lift", request_id=1, reason="到场", code=True).status_code == 303
    )
    with here.store.read() as uow:
        assert uow.assistances.get(1).lifted_by == house.person("transfer_approver").name
    region = house.client_of("region_user")
    assert region.get("/assistance/1").status_code == 200
    assert region.act("assistance.ask", other=CHENGDU).status_code == 404


def test_what_another_office_asks_is_answered_once(two):
    house, here, there = two
    from tests.flows.test_assistance import ask

    ask(there, peer=HANGZHOU)
    carry(here, there)
    clerk = house.client_of("transfer_clerk")
    bare = clerk.act("assistance.reply", request_id=1, finding="alive")
    assert bare.status_code == 422  # alive needs a day until when
    done = clerk.act("assistance.reply", request_id=1, finding="deceased")
    assert done.status_code == 303
    assert clerk.act("assistance.reply", request_id=1, finding="missing").status_code == 422
    carry(here, there)
    with there.store.read() as uow:
        assert uow.assistances.get(1).answer.finding == "deceased"
