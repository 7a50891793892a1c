"""Transfers in the console: clerk and approver carry a case, a region sees its own only."""

from __future__ import annotations

import io
import zipfile

import pytest

from hub.domain.transfer_state import TransferState
from hub.flows import transfer_decide as decide
from tests.console.house import House
from tests.transfer_forms import pension_form
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices
from tests.transfers import WUHAN, person

NO_RATES = {"requests_per_minute": 100_000, "sign_in_attempts": 10_000}


@pytest.fixture
def three(tmp_path, monkeypatch):
    """Return the console of the new place, its office, the old place and a third region."""
    offices = paying_offices(tmp_path, HANGZHOU, CHENGDU, WUHAN)
    house = House(tmp_path, monkeypatch, office=offices[0], **NO_RATES)
    yield house, *offices
    for one in offices:
        one.store.close()


def case_at(office, case_id=1):
    with office.store.read() as uow:
        return uow.transfers.get(case_id)


def rows(browser, table, **filters):
    asked = "&".join(f"{k}={v}" for k, v in filters.items())
    return browser.get(f"/api/v1/tables/{table}?{asked}").get_json()["rows"]


def test_a_clerk_applies_and_proposes_and_approvers_sign_what_they_saw(three):
    house, new, *_ = three
    clerk, approver = house.client_of("transfer_clerk"), house.client_of("transfer_approver")
    applied = clerk.act(
        "transfer.apply", direction="in", kind="pension", person_id=person(), person_name="张三",
        other=CHENGDU,
    )  # fmt: skip
    assert applied.headers["Location"] == "/transfers/1"
    page = clerk.get("/transfers/1?lang=zh").text
    assert "审核中" in page
    assert "提出同意转入" in page
    assert "张三" not in page
    assert person() not in page
    assert clerk.act("transfer.consent", case_id=1).status_code == 303
    digest = case_at(new).proposal.digest
    assert clerk.act("transfer.sign", case_id=1, digest=digest, code=True).status_code == 403

    seen = approver.get("/transfers/1").text
    assert digest in seen
    assert 'name="code"' in seen
    assert approver.act("transfer.sign", case_id=1, digest=digest).status_code == 422  # no code
    other = approver.act("transfer.sign", case_id=1, digest="0" * 12, code=True)
    assert other.status_code == 422
    levels = case_at(new).proposal.approval.levels
    signed = approver.act("transfer.sign", case_id=1, digest=digest, code=True)
    assert signed.status_code == 303
    if levels > 1:  # nobody signs twice
        assert approver.act("transfer.sign", case_id=1, digest=digest, code=True).status_code == 422
        for who in ("甲签", "乙签")[: levels - 1]:
            decide.sign(1, person=who, services=new.services)
    assert case_at(new).state is TransferState.AWAITING
    assert house.person("transfer_approver").name in clerk.get("/transfers/1").text


def test_the_list_says_whose_clock_runs_and_each_filter_holds(three):
    house, new, old, third = three
    new.apply("in", old)
    new.consent(new.apply("in", third, number=1))
    clerk = house.client_of("transfer_clerk")
    found = {row["counterpart"]: row for row in rows(clerk, "transfers")}
    assert found[CHENGDU]["whose"] == "us"
    assert found[WUHAN]["whose"] == "them"
    assert found[CHENGDU]["person"] == "张*"
    assert [row["counterpart"] for row in rows(clerk, "transfers", counterpart=WUHAN)] == [WUHAN]
    assert [row["state"] for row in rows(clerk, "transfers", state="applied")] == ["applied"]
    assert len(rows(clerk, "transfers", state="live")) == 2
    assert rows(clerk, "transfers", direction="out") == []
    assert len(rows(clerk, "transfer-clocks")) == 2
    assert rows(clerk, "transfer-clocks", late="late") == []
    new.clock.advance(days=60)
    clerk = house.client_of("transfer_clerk")
    assert {row["standing"] for row in rows(clerk, "transfer-clocks", late="late")} == {"late"}
    assert clerk.get("/api/v1/tables/transfers?state=nonsense").status_code == 422
    for table in ("transfers", "transfer-clocks", "fund-list", "remittances", "assistance"):
        assert clerk.get(f"/tables/{table}?lang=zh").status_code == 200


def test_people_of_a_region_see_their_own_cases_only(three):
    house, new, old, third = three
    theirs, others = new.apply("in", old), new.apply("in", third, number=1)
    new.consent(theirs), new.consent(others)
    region = house.client_of("region_user")
    assert [row["counterpart"] for row in rows(region, "transfers")] == [CHENGDU]
    assert rows(region, "transfers", counterpart=WUHAN) == rows(region, "transfers")
    assert {row["counterpart"] for row in rows(region, "transfer-clocks")} == {CHENGDU}
    assert {row["peer"] for row in rows(region, "region-messages", peer=WUHAN)} == {CHENGDU}
    mine = region.get(f"/transfers/{theirs.id}")
    assert mine.status_code == 200
    assert "李初" not in mine.text  # who signs here is ours to know
    for address in (
        f"/transfers/{others.id}", f"/transfers/{others.id}/papers/letter.pdf",
        f"/transfers/{theirs.id}/evidence.zip", "/transfers/months", "/tables/suspense",
        f"/messages/{new.messages(peer=WUHAN)[0].id}", "/regions/420100", "/tables/regions",
    ):  # fmt: skip
        assert region.get(address).status_code == 404, address
    assert region.act("transfer.refuse", case_id=theirs.id, reason="x").status_code == 404
    assert (
        region.act("transfer.their_form", case_id=others.id, number="F", amount="1").status_code
        == 422
    )
    assert case_at(new, others.id).form is None
    assert region.get(f"/messages/{new.messages(peer=CHENGDU)[0].id}").status_code == 200


def test_people_of_a_region_without_a_hub_answer_for_their_office(three):
    house, new, old, _ = three
    signed_by_hub = new.consent(new.apply("in", old, number=1))
    case = new.consent(new.apply("in", old, on_paper=True))
    region = house.client_of("region_user")
    page = region.get(f"/transfers/{case.id}").text
    assert "/actions/transfer.their_form" in page
    assert "/actions/transfer.refuse" not in page
    hub = region.act("transfer.their_form", case_id=signed_by_hub.id, number="F-1", amount="1.00")
    assert hub.status_code == 422
    assert case_at(new, signed_by_hub.id).form is None
    done = region.act("transfer.their_form", case_id=case.id, number="F-1", amount="12345.67")
    assert done.status_code == 303
    noted = case_at(new, case.id)
    assert (noted.form.amount_fen, noted.form.typed) == (1_234_567, True)
    with new.store.read() as uow:
        last = uow.transfers.timeline(case.id)[-1]
    assert last.person == house.person("region_user").name


def test_the_form_stands_beside_our_own_sums_and_the_first_difference_is_marked(three):
    house, new, old, _ = three
    form = pension_form()
    years = [dict(row) for row in form.years]
    years[1]["booked_fen"] += 5_000
    asked = new.apply("in", old)
    new.consent(asked)
    carry(new, old)
    there = old.apply("out", new) if old.case() is None else old.case()
    if there.state is TransferState.UNASKED:
        there = old.apply("out", new)
    old.offer(there, form.amount_fen, years=years, items=dict(form.items))
    carry(new, old)
    clerk, approver = house.client_of("transfer_clerk"), house.client_of("transfer_approver")
    page = clerk.get(f"/transfers/{asked.id}?lang=en").text
    marked = page[page.index('aria-current="true"') :]
    assert marked.index(f"{years[1]['year']}") < marked.index("first difference") < 200
    assert page.count('<span class="state state-bad">first difference') == 1
    assert f"{years[1]['booked_fen'] / 100:,.2f}" in page
    assert f"{form.years[1]['booked_fen'] / 100:,.2f}" in page
    assert (
        clerk.act("transfer.accept_form", case_id=asked.id, reason="x", code=True).status_code
        == 403
    )
    assert (
        approver.act(
            "transfer.accept_form", case_id=asked.id, reason="对方已说明", code=True
        ).status_code
        == 303
    )
    assert house.person("transfer_approver").name in clerk.get(f"/transfers/{asked.id}").text
    assert clerk.act("transfer.query_form", case_id=asked.id).status_code == 303
    assert case_at(new, asked.id).questions[-1].ours


def test_evidence_and_papers_are_given_and_each_export_is_on_record(three):
    house, new, old, _ = three
    case = new.consent(new.apply("in", old))
    clerk = house.client_of("transfer_clerk")
    pack = clerk.get(f"/transfers/{case.id}/evidence.zip")
    assert pack.status_code == 200
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(pack.data)).namelist()
    (entry,) = house.journal("evidence.exported")
    assert entry.person == house.person("transfer_clerk").name
    letter = clerk.get(f"/transfers/{case.id}/papers/letter.pdf")
    assert letter.data.startswith(b"%PDF")
    assert clerk.get(f"/transfers/{case.id}/papers/form.pdf").status_code == 422
    assert clerk.get(f"/transfers/{case.id}/papers/other.pdf").status_code == 404
    assert (
        house.client_of("transfer_approver").get(f"/transfers/{case.id}/evidence.zip").status_code
        == 403
    )
    from hub.flows.transfer_paper import paper_of

    code = paper_of(case.id, None, new.services).code
    found = clerk.get("/transfers/find", query_string={"code": code})
    assert found.headers["Location"] == f"/transfers/{case.id}"


def test_numbers_are_shown_to_who_may_and_each_look_is_on_record(three):
    house, new, old, _ = three
    case = new.apply("in", old)
    clerk, approver = house.client_of("transfer_clerk"), house.client_of("transfer_approver")
    assert person() not in clerk.get(f"/transfers/{case.id}").text
    assert person() in clerk.get(f"/transfers/{case.id}?unmask=1").text
    assert person() not in approver.get(f"/transfers/{case.id}?unmask=1").text
    with house.services.store.read() as uow:
        (look,) = uow.security.looks(limit=10)
    assert look.person == house.person("transfer_clerk").name


def test_money_goes_out_by_the_fund_list_and_comes_back_to_be_paid_again(three):
    house, new, old, _ = three
    del new
    case = offered(old, house.office, 1_234_567)
    clerk = house.client_of("transfer_clerk")
    (due,) = rows(clerk, "fund-list")
    assert (due["ref"], due["amount"], due["why_not"]) == (case.ref, 1_234_567, None)
    assert due["account_no"] == "1202***********0123"
    made = clerk.call("transfer.remit", ids=[case.id], bank="alpha")
    assert made.status_code == 200, made.text
    assert made.get_json()["total_fen"] == 1_234_567
    assert rows(clerk, "fund-list") == []
    (sent,) = rows(clerk, "remittances", state="listed")
    assert sent["number"] == "ZY000001"
    assert "ZY000001" in clerk.get(f"/transfers/{case.id}").text
    assert clerk.get("/tables/remittances?month=2026-13").status_code == 422


def test_reports_and_rules_are_shown(three):
    house, new, old, _ = three
    new.consent(new.apply("in", old))
    auditor = house.client_of("auditor")
    month = auditor.get("/transfers/months?lang=zh&month=2026-11")
    assert month.status_code == 200
    assert CHENGDU in auditor.get("/transfers/months?month=2026-12").text
    assert auditor.get("/transfers/months?month=x").status_code == 422
    rules = auditor.get("/transfers/rules?lang=zh").text
    assert "执行" in rules
    assert auditor.get("/actions/transfer.apply").status_code == 403
