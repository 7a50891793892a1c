"""Payout lists in the console: maker, checker, approver and cashier each do their part only."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy.exc import IntegrityError

from hub.flows.payout_approval import sign
from tests.payouts import items_of, list_bytes, row, take_list

BIG = [row(1, amount_fen=500_000_000), row(2), row(3)]  # so much that three people sign
PARTS = ("payout_maker", "payout_checker", "payout_approver")


def get(client, path):
    answer = client.get(path)
    return answer.status_code, answer.text


def digest_on(client, listed):
    """Return the digest that the page shows."""
    return re.search(
        r'name="digest" value="([0-9a-f]{64})"', get(client, f"/payouts/{listed.id}")[1]
    )[1]


def state_of(house, listed):
    with house.services.store.read() as uow:
        return uow.payouts.get(listed.id).state.value


@pytest.fixture
def listed(house):
    return take_list(house.office, BIG)


@pytest.fixture
def clients(client_of):
    return {role: client_of(role) for role in (*PARTS, "cashier")}


def test_four_people_bring_a_list_to_the_banks_and_none_does_anothers_part(house, listed, clients):
    assert listed.approval.levels == 3
    digest = digest_on(clients["payout_maker"], listed)
    given = {"list_id": listed.id, "digest": digest}
    for signer in PARTS:
        for other in {*clients} - {signer}:
            refused = clients[other].act("payout.sign", code=True, **given)
            assert refused.status_code in (403, 422), (signer, other)
        answer = clients[signer].act("payout.sign", code=True, **given)
        assert answer.status_code == 303, answer.text
    assert state_of(house, listed) == "approved"

    for role in PARTS:
        assert clients[role].act("payout.release", code=True, **given).status_code == 403
    assert clients["cashier"].act("payout.release", code=True, **given).status_code == 303
    assert state_of(house, listed) == "released"

    with house.services.store.read() as uow:
        signed = uow.payouts.get(listed.id).approval.signatures
    assert [one.person for one in signed] == [house.person(role).name for role in PARTS]


def test_a_signature_needs_a_one_time_code_and_the_digest_that_was_seen(house, listed, clients):
    maker = clients["payout_maker"]
    given = {"list_id": listed.id, "digest": digest_on(maker, listed)}

    assert maker.act("payout.sign", **given).status_code == 422
    wrong = maker.act("payout.sign", code=True, list_id=listed.id, digest="0" * 64)
    assert (wrong.status_code, state_of(house, listed)) == (422, "checked")


def test_who_signed_or_made_a_list_is_not_offered_the_next_signature(house, listed, clients):
    maker, checker = clients["payout_maker"], clients["payout_checker"]
    assert 'action="/actions/payout.sign"' in get(maker, f"/payouts/{listed.id}")[1]
    assert 'action="/actions/payout.sign"' not in get(checker, f"/payouts/{listed.id}")[1]
    sign(listed.id, person=house.person("payout_checker").name, services=house.services)

    assert 'action="/actions/payout.sign"' not in get(maker, f"/payouts/{listed.id}")[1]
    answer = checker.act("payout.sign", code=True, list_id=listed.id, digest=listed.digest)
    assert (answer.status_code, state_of(house, listed)) == (422, "reviewed")


def test_the_database_refuses_the_same_person_twice(house, listed):
    sign(listed.id, person="李初", services=house.services)
    with pytest.raises(IntegrityError), house.services.store.begin() as uow:
        uow.connection.exec_driver_sql(
            "UPDATE payout_lists SET signed2_by = '李 初', signed2_at = signed1_at"
        )


def test_a_turn_that_somebody_took_meanwhile_is_not_given_twice(house, listed):
    from hub.errors import Rejected

    sign(listed.id, person="李初", services=house.services, step=1)
    with pytest.raises(Rejected) as found:
        sign(listed.id, person="王审", services=house.services, step=1)
    assert found.value.code == "payout_list_changed"


def test_declining_takes_signatures_back_and_cancelling_ends_the_list(house, listed, clients):
    sign(listed.id, person="李初", services=house.services)
    reason = {"list_id": listed.id, "reason": "名单有误"}
    assert clients["cashier"].act("payout.decline", **reason).status_code == 403
    assert clients["payout_checker"].act("payout.decline", **reason).status_code == 303
    assert state_of(house, listed) == "checked"

    assert clients["payout_approver"].act("payout.cancel", **reason).status_code == 403
    assert clients["payout_maker"].act("payout.cancel", **reason).status_code == 303
    assert state_of(house, listed) == "cancelled"


def test_a_maker_hands_a_list_in_and_its_page_says_what_is_wrong_with_it(house, client_of):
    maker = client_of("payout_maker")
    rows = [row(1), row(1), row(2, account_no="123")]
    upload = (io.BytesIO(list_bytes(rows)), "FFMX_20261124_001.csv")
    answer = maker.act("payout.import", file=upload)
    assert answer.status_code == 303, answer.text

    status, page = get(maker, answer.location)
    assert status == 200
    assert "FFMX_20261124_001.csv" in page
    (noted,) = house.journal("payout.handed_in")
    assert noted.person == house.person("payout_maker").name
    found = maker.get("/api/v1/tables/payout-findings?list=1&kind=refuses").json["rows"]
    assert {one["item_no"] for one in found} == {2, 3}

    outside = (io.BytesIO(b"x"), "../../etc/passwd.csv")
    assert maker.act("payout.import", file=outside).status_code == 422
    assert (
        client_of("cashier").act("payout.import", file=(io.BytesIO(b"x"), "a.csv")).status_code
        == 403
    )


def test_a_page_shows_what_is_different_from_the_last_month(house, client_of):
    take_list(house.office, [row(1), row(2), row(3)])
    rows = [row(1, period=202612), row(2, period=202612, amount_fen=7), row(9, period=202612)]
    listed = take_list(house.office, rows, sequence=2)
    maker = client_of("payout_maker")

    assert "202611" in get(maker, f"/payouts/{listed.id}?lang=en")[1]
    shown = maker.get(f"/api/v1/tables/payout-changes?list={listed.id}").json["rows"]
    assert [(one["what"], one["before"], one["after"]) for one in shown] == [
        ("changed", 300_002, 7), ("gone", 300_003, None), ("new", None, 300_009),
    ]  # fmt: skip
    assert all(re.fullmatch(r"330\*+..", one["person_id"]) for one in shown)
    assert maker.get("/api/v1/tables/payout-changes").status_code == 422


def test_numbers_are_masked_and_unmasking_is_for_some_and_on_record(house, listed, clients):
    item = items_of(house.office, listed)[0]
    for role in ("payout_maker", "payout_approver"):
        status, page = get(clients[role], f"/payouts/items/{item.id}")
        assert status == 200
        assert item.account_no not in page
        assert item.person_id not in page
    assert (
        item.account_no
        not in get(clients["payout_approver"], f"/payouts/items/{item.id}?unmask=1")[1]
    )

    assert item.account_no in get(clients["payout_maker"], f"/payouts/items/{item.id}?unmask=1")[1]
    with house.services.store.read() as uow:
        looks = uow.connection.exec_driver_sql("SELECT person, place FROM looks").all()
    assert looks == [(house.person("payout_maker").name, f"/payouts/items/{item.id}")]


def test_a_list_is_paged_through_once_each(house, client_of):
    listed = take_list(house.office, [row(n) for n in range(1, 8)])
    client, seen, after = client_of("auditor"), [], ""
    while after is not None:
        query = {
            "list": listed.id,
            "state": "listed",
            "limit": 3,
            **({"after": after} if after else {}),
        }
        page = client.get("/api/v1/tables/payout-items", query_string=query).json
        seen += [int(one["item_no"]) for one in page["rows"]]
        after = page["after"]
    assert seen == list(range(1, 8))
    named = client.get("/api/v1/tables/payout-items?name=王甲").json["rows"]
    assert {one["person_name"] for one in named} == {"王甲"} or named == []


def test_an_auditor_reads_and_does_nothing(listed, client_of):
    auditor = client_of("auditor")
    for path in (f"/payouts/{listed.id}", "/tables/payout-lists", "/payouts/open"):
        assert get(auditor, path)[0] == 200
    given = {"list_id": listed.id, "digest": listed.digest}
    assert auditor.act("payout.sign", code=True, **given).status_code == 403
    assert get(auditor, f"/payouts/{listed.id}/approval.pdf")[0] == 403


def test_what_is_not_there_is_404_and_odd_filters_are_refused(client_of):
    auditor = client_of("auditor")
    for path in ("/payouts/99", "/payouts/batches/99", "/payouts/items/99", "/debits/99"):
        assert get(auditor, path)[0] == 404
    for query in ("state=lost", "list=x", "from=yesterday", "kind=x"):
        name = "payout-items" if query.startswith("list") else "payout-lists"
        assert get(auditor, f"/tables/{name}?{query}")[0] == 422
