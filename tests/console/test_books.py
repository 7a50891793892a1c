"""The books in a browser: one prepares, another signs with a code, everybody sees it whole."""

from __future__ import annotations

import io
import re

from hub.domain.person import Place
from hub.flows import people_demo
from hub.store.vouchers import Span
from tests.console.house import PASSWORD
from tests.payouts import pay, row

SLIP = b"%PDF-1.4 slip of the bank"


def prepared(browser, **changes):
    """Prepare the voucher of money that came from the treasury account, as its form does."""
    given = {
        "event": "account.funded", "fund": "pension", "amount": "1,234.50", "on": "2026-11-24",
        "subject": "2026-11", "facts": "bank=alpha",
        "document": (io.BytesIO(SLIP), "拨款凭证.pdf"), **changes,
    }  # fmt: skip
    return browser.act("voucher.prepare", **given)


def browser_of_two_roles(house):
    """Sign somebody in who keeps the books and may see personal data."""
    place = Place(roles=("bookkeeper", "returns_clerk"))
    people_demo.add_users([("兼岗", "both", place)], PASSWORD, services=house.services)
    browser = house.nobody()
    browser.sign_in_name = "both"
    assert house.sign_in(browser, "both").status_code == 303
    return browser


def draft_of(answer):
    assert answer.status_code == 303, answer.text
    return int(re.search(r"/books/drafts/(\d+)$", answer.headers["Location"])[1])


def signed(house):
    """Have a voucher booked by two people; returns its number."""
    draft = draft_of(prepared(house.client_of("bookkeeper")))
    answer = house.client_of("book_checker").act("voucher.sign", draft_id=draft, code=True)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rsplit("/", 1)[1]


def test_a_voucher_is_prepared_by_one_and_signed_by_another(house, client_of):
    maker, checker = client_of("bookkeeper"), client_of("book_checker")
    draft = draft_of(prepared(maker))

    assert "1,234.50" in checker.get(f"/books/drafts/{draft}").text
    assert checker.act("voucher.sign", draft_id=draft).status_code == 422  # no code
    answer = checker.act("voucher.sign", draft_id=draft, code=True)

    page = maker.get(answer.headers["Location"]).text
    assert "支出户存款" in page
    assert "财政专户存款" in page
    assert "拨款凭证.pdf" in page
    assert "bookkeeper" in page
    assert re.search("book.checker", page)
    with house.services.store.read() as uow:
        (voucher,) = uow.vouchers.list(Span())
    assert (voucher.amount_fen, voucher.reviewed_by) == (123450, "book_checker")


def test_who_prepares_cannot_sign_and_who_signs_cannot_prepare(house, client_of):
    maker, checker = client_of("bookkeeper"), client_of("book_checker")
    draft = draft_of(prepared(maker))

    assert maker.act("voucher.sign", draft_id=draft, code=True).status_code == 403
    assert "voucher.sign" not in maker.get(f"/books/drafts/{draft}").text
    assert prepared(checker).status_code == 403
    assert checker.get("/books/new").status_code == 403


def test_a_withdrawn_draft_books_nothing(house, client_of):
    draft = draft_of(prepared(client_of("bookkeeper")))
    checker = client_of("book_checker")

    assert checker.act("voucher.withdraw", draft_id=draft).status_code == 303
    again = checker.act("voucher.sign", draft_id=draft, code=True)

    assert again.status_code == 422
    assert "试算平衡" in checker.get("/books/balance").text
    assert "支出户存款" not in checker.get("/books/balance").text


def test_a_mistake_in_the_form_says_what_to_mend(client_of):
    maker = client_of("bookkeeper")

    for changes, words in (
        ({"amount": "1.234"}, "1.234"),
        ({"facts": "bank"}, "名称=值"),
        ({"event": "payout.released"}, "payout.released"),
    ):
        answer = prepared(maker, **changes)
        assert answer.status_code == 422
        assert words in answer.text


def test_a_reversal_undoes_and_both_vouchers_say_so(house, client_of):
    no = signed(house)
    maker, checker = client_of("bookkeeper"), client_of("book_checker")
    answer = maker.act(
        "voucher.reverse", no=no, on="2026-11-25", reason="金额有误",
        document=(io.BytesIO(b"note"), "说明.txt"),
    )  # fmt: skip
    answer = checker.act("voucher.sign", draft_id=draft_of(answer), code=True)
    undone = answer.headers["Location"].rsplit("/", 1)[1]

    assert undone in checker.get(f"/books/vouchers/{no}").text
    assert no in checker.get(f"/books/vouchers/{undone}").text
    assert "-1,234.50" in checker.get(f"/books/vouchers/{undone}").text
    assert checker.get("/books/vouchers/none").status_code == 404


def test_the_trial_balance_is_zero_and_ends_on_its_day(house, client_of):
    signed(house)
    auditor = client_of("auditor")

    today, before = (
        auditor.get("/books/balance").text,
        auditor.get("/books/balance?until=2026-11-23"),
    )

    assert "1,234.50" in today
    assert "平衡" in today
    assert "1,234.50" not in before.text
    assert auditor.get("/books/balance?until=yesterday").status_code == 422


def test_vouchers_are_listed_by_what_people_filter(house, client_of):
    no = signed(house)
    auditor = client_of("auditor")

    def listed(query):
        answer = auditor.get(f"/api/v1/tables/vouchers?{query}")
        assert answer.status_code == 200, answer.text
        return [line["no"] for line in answer.get_json()["rows"]]

    assert listed("") == listed("fund=pension&event=account.funded&amount=1234.50") == [no]
    assert listed("since=2026-11-24&until=2026-11-24&subject=2026-11") == [no]
    assert listed("fund=medical") == listed("since=2026-11-25") == listed("amount=1") == []


def test_an_original_is_for_who_may_see_personal_data_and_each_look_is_recorded(house, client_of):
    no = signed(house)
    with house.services.store.read() as uow:
        (paper,) = uow.vouchers.get(no).documents
    address = f"/books/vouchers/{no}/originals/{paper.sha256}"

    assert client_of("auditor").get(address).status_code == 403
    with_both = browser_of_two_roles(house)
    answer = with_both.get(address)

    assert answer.data == SLIP
    assert answer.headers["Content-Disposition"].startswith("attachment")
    with house.services.store.read() as uow:
        looks = [(look.kind, look.key) for look in uow.security.looks(limit=5)]
    assert ("original", f"voucher:{no} {paper.sha256}") in looks
    assert with_both.get(f"/books/vouchers/{no}/originals/{'0' * 64}").status_code == 404


def test_exports_are_files_and_are_on_record(house, client_of):
    signed(house)
    auditor = client_of("auditor")

    csv, book, beans = (auditor.get(f"/books/export/{k}") for k in ("csv", "xlsx", "beancount"))

    assert "1234.50" in csv.get_data().decode("utf-8-sig")
    assert book.data.startswith(b"PK")
    assert "1234.50 CNY" in beans.get_data().decode()
    assert auditor.get("/books/export/exe").status_code == 404
    assert client_of("book_checker").get("/books/export/csv").status_code == 403  # no export
    assert len(house.journal("table.exported")) == 3


def test_conservation_follows_a_list_to_the_fen(house, client_of):
    rows = [row(1), row(2)]
    (batch,) = pay(house.office, rows)
    total = sum(one["amount_fen"] for one in rows)
    auditor = client_of("auditor")

    assert f"/books/conservation/{batch.list_id}" in auditor.get("/tables/conservation").text
    page = auditor.get(f"/books/conservation/{batch.list_id}").text

    assert page.count(f"{total / 100:,.2f}") >= 4  # approved and in flight, list and batch
    assert "守恒" in page
    assert auditor.get("/books/conservation/99").status_code == 404
