"""Batches in the console: their life, two-people orders, printed forms; a bank sees its own."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from tests.answers import answer, line
from tests.payouts import batches_of, items_of, pay, row, take_list


@pytest.fixture
def sent(house):
    """A list with two payments at each of the banks alpha and beta, delivered."""
    rows = [row(1), row(2), row(3, bank="beta"), row(4, bank="beta")]
    return {one.bank: one for one in pay(house.office, rows)}


def rows_of(client, table, **query):
    return client.get(f"/api/v1/tables/{table}", query_string=query).json["rows"]


def test_a_bank_sees_its_own_batches_and_items_and_nothing_else(house, sent, client_of):
    bank = client_of("bank_user")
    assert house.partner == "alpha"
    ours, others = sent["alpha"], sent["beta"]

    assert [one["id"] for one in rows_of(bank, "payout-batches")] == [str(ours.id)]
    assert rows_of(bank, "payout-batches", bank="beta") == []
    assert len(rows_of(bank, "payout-items")) == 2
    for query in ({"batch": others.id}, {"list": ours.list_id, "name": "王丙"}):
        assert {one["bank"] for one in rows_of(bank, "payout-items", **query)} <= {"alpha"}
    assert rows_of(bank, "payout-items", batch=others.id) == []

    assert bank.get(f"/payouts/batches/{ours.id}").status_code == 200
    assert bank.get(f"/payouts/batches/{others.id}").status_code == 404
    item = items_of(house.office, ours_list(house, ours))[0]
    for path in (
        f"/payouts/{ours.list_id}", f"/payouts/items/{item.id}", "/tables/payout-lists",
        "/tables/payout-returns", "/tables/payout-unpaid", "/payouts/open", "/tables/refunds",
        f"/payouts/batches/{ours.id}/order.pdf", f"/payouts/{ours.list_id}/approval.pdf",
        f"/payouts/{ours.list_id}/original", "/tables/payout-findings?list=1", "/payouts/names",
    ):  # fmt: skip
        assert bank.get(path).status_code == 404, path


def ours_list(house, batch):
    with house.services.store.read() as uow:
        return uow.payouts.get(batch.list_id)


def test_a_bank_does_not_see_a_batch_before_it_is_sent(house, client_of):
    from hub.flows.payout_approval import sign
    from hub.flows.payout_release import release

    listed = take_list(house.office, [row(1)])
    for who in ("李初", "王审"):
        sign(listed.id, person=who, services=house.services)
    release(listed.id, person="赵出", services=house.services)
    (batch,) = batches_of(house.office, listed)

    bank = client_of("bank_user")
    assert (batch.state.value, rows_of(bank, "payout-batches")) == ("ready", [])
    assert rows_of(bank, "payout-items") == []
    assert bank.get(f"/payouts/batches/{batch.id}").status_code == 404


def test_the_life_of_a_batch_is_told_from_its_making_to_its_answer(house, sent, client_of):
    with house.services.store.read() as uow:
        found = list(uow.payout_items.of_batch(sent["alpha"].id))
    answer(house.office, [line(found[0], "7"), line(found[1], "6", "户名不符")])

    page = client_of("cashier").get(f"/payouts/batches/{sent['alpha'].id}?lang=en").text
    made = "batch made, number taken"
    told = [made, "file built", "delivered to the bank", "answered in HP_1.txt: 2"]
    places = [page.index(text) for text in told]
    assert places == sorted(places)
    theirs = client_of("bank_user").get(f"/payouts/batches/{sent['alpha'].id}?lang=en").text
    assert "HP_1.txt" in theirs
    assert made not in theirs


def test_sending_again_takes_two_people(house, sent, client_of):
    batch = sent["alpha"]
    folder = house.services.settings.channels["alpha-out"].path
    (folder / batch.file_name).unlink()
    cashier, liaison = client_of("cashier"), client_of("bank_liaison")
    given = {"batch_id": batch.id, "reason": "银行未收到"}

    assert client_of("payout_maker").act("payout.resend", code=True, **given).status_code == 403
    assert cashier.act("payout.resend", code=True, **given).status_code == 303
    assert cashier.act("payout.resend", code=True, batch_id=batch.id).status_code == 422
    assert liaison.act("payout.resend", code=True, batch_id=batch.id).status_code == 303
    house.office.work()
    assert (folder / batch.file_name).exists()


def test_forms_are_printed_in_two_copies_and_each_print_is_on_record(house, sent, client_of):
    cashier, batch = client_of("cashier"), sent["alpha"]
    for path in (
        f"/payouts/{batch.list_id}/approval.pdf",
        f"/payouts/batches/{batch.id}/order.pdf",
    ):
        answered = cashier.get(path)
        assert (answered.status_code, answered.mimetype) == (200, "application/pdf")
        pages = PdfReader(io.BytesIO(answered.data)).pages
        assert len(pages) % 2 == 0
        assert pages[0].extract_text() == pages[len(pages) // 2].extract_text()
    assert cashier.get(f"/payouts/{batch.list_id}/details.xlsx").status_code == 403

    maker = client_of("payout_maker")
    assert maker.get(f"/payouts/{batch.list_id}/details.xlsx").data.startswith(b"PK")
    assert maker.get(f"/payouts/{batch.list_id}/original").data.startswith(b"kind,fund")
    assert cashier.get(f"/payouts/{batch.list_id}/original").status_code == 403
    with house.services.store.read() as uow:
        looks = uow.connection.exec_driver_sql("SELECT kind, key FROM looks ORDER BY id").all()
    assert [kind for kind, _ in looks] == ["form", "form", "annex", "original"]


def test_every_effect_of_an_answer_has_a_word():
    from hub.console.topics.payouts import said
    from hub.domain.payout_answer import Effect

    assert all(said.effect(one.value).zh for one in Effect)
