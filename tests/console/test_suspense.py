"""Credits in the console: one person proposes their case, another confirms, outsiders see none."""

from __future__ import annotations

import pytest

from hub.domain.codes import credit_code
from hub.domain.transfer_receipt import ReceiptState
from hub.domain.transfer_state import TransferState
from tests.console.house import House
from tests.payouts import account
from tests.transfer_funds import CHENGDU, HANGZHOU, carry, offered, paying_offices

FEN = 1_234_567


@pytest.fixture
def two(tmp_path, monkeypatch):
    """Return the console of the new place, its office, and the old place that owes it money."""
    offices = paying_offices(tmp_path, HANGZHOU, CHENGDU)
    house = House(
        tmp_path, monkeypatch, office=offices[0], requests_per_minute=100_000,
        sign_in_attempts=10_000,
    )  # fmt: skip
    yield house, *offices
    for one in offices:
        one.store.close()


def enter(clerk, number="LS001", **more):
    asked = {"number": number, "fund": "pension", "amount": "12345.67", **more}
    return clerk.act("credit.enter", **asked)


def receipt(office, receipt_id=1):
    with office.store.read() as uow:
        return uow.receipts.get(receipt_id)


def rows(browser, table, **filters):
    return browser.get(f"/api/v1/tables/{table}", query_string=filters).get_json()["rows"]


def test_a_credit_is_matched_by_two_people(two):
    house, new, old = two
    offered(new, old, FEN)
    carry(new, old)
    clerk, checker = house.client_of("transfer_clerk"), house.client_of("suspense_checker")
    assert enter(clerk, words="转移 张三").headers["Location"] == "/credits/1"
    assert receipt(new).state is ReceiptState.HELD
    (held,) = rows(clerk, "suspense")
    assert (held["number"], held["state"], held["age"]) == ("DZ000001", "held", 0)

    page = clerk.get("/credits/1?lang=zh").text
    assert "得分 45／100" in page  # amount and name
    assert page.count("相符</span>") == 2
    case = new.case()
    assert clerk.act("suspense.propose", receipt_id=1, case_id=case.id).status_code == 303
    assert clerk.act("suspense.confirm", receipt_id=1, code=True).status_code == 403
    assert checker.act("suspense.confirm", receipt_id=1).status_code == 422  # no one-time code
    assert receipt(new).state is ReceiptState.PROPOSED
    assert checker.act("suspense.confirm", receipt_id=1, code=True).status_code == 303
    joined = receipt(new)
    assert (joined.state, joined.case_id) == (ReceiptState.JOINED, case.id)
    people = (joined.proposed_by, joined.confirmed_by)
    assert people == tuple(house.person(r).name for r in ("transfer_clerk", "suspense_checker"))
    assert new.case().state is TransferState.READY
    assert rows(clerk, "suspense") == []
    assert [row["case"] for row in rows(clerk, "credits", state="joined")] == [case.id]


def test_a_proposal_is_given_back_and_the_money_goes_to_its_sender(two):
    house, new, old = two
    offered(new, old, FEN)
    clerk, checker = house.client_of("transfer_clerk"), house.client_of("suspense_checker")
    enter(clerk, words="不明")
    clerk.act("suspense.propose", receipt_id=1, case_id=new.case().id)
    assert checker.act("suspense.decline", receipt_id=1).status_code == 303
    assert receipt(new).state is ReceiptState.HELD
    body = "12510100450717133"
    sent = clerk.act(
        "suspense.send_back", receipt_id=1, cause="付款方更正", payee="成都社保中心",
        payee_id=body + credit_code.check_digit(body), account_no=account(7), bank="alpha",
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    assert receipt(new).state is ReceiptState.SENDING_BACK
    assert checker.get("/credits/1?lang=en").status_code == 200
    assert "付款方更正" in checker.get("/credits/1").text


def test_the_same_credit_is_not_entered_twice_and_its_paper_is_kept(two):
    house, new, _ = two
    clerk = house.client_of("transfer_clerk")
    import io

    enter(clerk, paper=(io.BytesIO(b"%PDF-1.4 paper"), "paper.pdf"))
    with new.services.archive.open(receipt(new).document) as kept:
        assert kept.read() == b"%PDF-1.4 paper"
    again = enter(clerk)
    assert again.status_code == 422
    assert "DZ000001" in again.text
    wrong = enter(clerk, number="LS002", amount="12.345")
    assert wrong.status_code == 422


def test_who_sees_transfers_sees_pages_of_every_list_and_outsiders_see_none(two):
    house, new, old = two
    clerk = house.client_of("transfer_clerk")
    for number in range(3):
        enter(clerk, number=f"LS{number}", account_no=account(number))
    first = clerk.get("/api/v1/tables/suspense?limit=2").get_json()
    rest = clerk.get(
        "/api/v1/tables/suspense", query_string={"limit": 2, "after": first["after"]}
    ).get_json()
    assert [row["number"] for row in first["rows"] + rest["rows"]] == [
        "DZ000001", "DZ000002", "DZ000003",
    ]  # fmt: skip
    assert rest["after"] is None
    assert account(0) not in clerk.get("/tables/suspense").text
    assert account(0) in clerk.get("/tables/suspense?unmask=1").text
    export = clerk.get("/tables/credits?format=csv&lang=zh").text
    assert "12345.67" in export
    assert account(0) not in export
    for role in ("region_user", "bank_user"):
        outsider = house.client_of(role)
        for address in ("/credits/1", "/tables/suspense", "/tables/credits"):
            assert outsider.get(address).status_code == 404
        assert outsider.act("suspense.propose", receipt_id=1, case_id=1).status_code == 404
    assert new.case() is old.case() is None
    assert clerk.get("/credits/99").status_code == 404
