"""Search: numbers, beginnings of names, amounts, parts of file names; masked, by permission."""

from __future__ import annotations

import io

import pytest

from hub.console.topics.search import KINDS, normal, words_of
from tests.payouts import account, pay, person, row


@pytest.fixture
def paid(house):
    """A payout of two people that is with the bank."""
    rows = [row(1), row(2)]
    pay(house.office, rows)
    return rows


def found(browser, text):
    answer = browser.get("/search", query_string={"q": text})
    assert answer.status_code == 200, answer.text
    return answer.text[answer.text.index("<main") :]


def test_a_payment_is_found_by_person_account_name_amount_and_number(house, client_of, paid):
    auditor = client_of("auditor")
    with house.services.store.read() as uow:
        one = next(iter(uow.payout_items.of_batch(1)))
    yuan = f"{one.amount_fen / 100:,.2f}"

    for text in (
        one.person_id, f" {one.person_id} ", one.account_no, one.person_name,
        one.person_name[:2], yuan, yuan.replace(",", ""), one.end_to_end_id,
    ):  # fmt: skip
        assert one.end_to_end_id in found(auditor, text), text
    assert one.end_to_end_id not in found(auditor, one.person_id[:-1])


def test_numbers_of_people_are_masked_whoever_looks(client_of, paid):
    page = found(client_of("returns_clerk"), person(1))

    assert person(1) not in page.split("</h1>")[1]
    assert f"{person(1)[:3]}***" in page


def test_files_are_found_by_a_part_of_their_name_and_by_digest(house, client_of):
    got = house.office.send("tax-in", "征收明细_20261124.csv", b"x")
    reader = client_of("auditor")

    assert "征收明细_20261124.csv" in found(reader, "明细_2026")
    assert "征收明细_20261124.csv" in found(reader, got.sha256)
    assert "征收明细_20261124.csv" not in found(reader, "明细%2026")


def test_a_voucher_is_found_by_number_and_amount(house, client_of):
    draft = client_of("bookkeeper").act(
        "voucher.prepare", event="account.funded", fund="pension", amount="77.70", on="2026-11-24",
        subject="2026-11", facts="bank=alpha", document=(io.BytesIO(b"slip"), "slip.pdf"),
    )  # fmt: skip
    number = draft.headers["Location"].rsplit("/", 1)[1]
    client_of("book_checker").act("voucher.sign", draft_id=number, code=True)
    auditor = client_of("auditor")

    for text in ("pension-202611-1", "77.7"):
        assert "/books/vouchers/pension-202611-1" in found(auditor, text)


def test_everybody_finds_only_what_he_may_see(client_of, paid):
    assert "Benefit payments" not in found(client_of("refund_clerk"), account(1))
    assert "待遇支付" not in found(client_of("refund_clerk"), account(1))
    assert "待遇支付" in found(client_of("auditor"), account(1))
    assert client_of("operator").get("/search?q=abc").status_code == 403
    assert client_of("bank_user").get("/search?q=abc").status_code == 404
    assert 'role="search"' not in client_of("operator").get("/").text


def test_what_is_too_short_is_refused_and_nothing_is_no_mistake(client_of):
    auditor = client_of("auditor")

    assert auditor.get("/search?q=x").status_code == 422
    assert auditor.get("/search").status_code == 200


def test_what_was_typed_is_read_as_people_mean_it():
    assert normal("　１２３４　") == "1234"
    assert words_of("1,234.5").amount_fen == 123450
    assert words_of("12.345").amount_fen is None
    assert words_of("33010119500101123x").text == "33010119500101123X"
    assert words_of("王芳").is_name
    assert not words_of("TF000001").is_name


def test_every_kind_that_is_found_has_the_page_that_it_names(house):
    pages = {rule.endpoint for rule in house.app.url_map.iter_rules()}

    assert {kind.href for kind in KINDS if kind.href} <= pages
