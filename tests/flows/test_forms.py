"""Forms of real lists, batches, refunds and vouchers: what was signed is what is printed."""

from __future__ import annotations

import hashlib
import io

import pytest
from python_calamine import CalamineWorkbook

from hub.documents import approval_form, entrust_form
from hub.domain.chinese import amount_in_words
from hub.domain.refund import RefundCause
from hub.errors import Rejected
from hub.flows import notices
from hub.flows.forms import print_approval, print_entrust, print_refund, print_voucher
from hub.flows.notices import find_form, print_notices
from hub.flows.payout_approval import cancel
from hub.flows.refund import check, open_case
from hub.flows.refund_pay import draft_form, sign
from hub.store.vouchers import Span
from tests.documents.papers import pages, words
from tests.office import Office
from tests.payouts import account, approve, pay, row, take_list
from tests.refunds import claim, over_collection, papers


@pytest.fixture
def office(tmp_path):
    found = Office(tmp_path / "office")
    yield found
    found.store.close()


def instant(*numbers):
    return [row(n, kind="instant", benefit="个人账户清退") for n in numbers]


def text_of(printed):
    return words(printed.file.read_bytes())


def test_a_draft_says_that_nobody_has_approved_it(office, tmp_path):
    payout = take_list(office, [row(1), row(2, bank="beta")])

    printed = print_approval(payout.id, tmp_path / "draft.pdf", office.services)

    assert not printed.is_valid
    assert "未审批（已签0人，须签2人）：仅供审核，不得据以拨付" in text_of(printed)


def test_the_form_says_what_was_signed_by_whom_and_when(office, tmp_path):
    payout = approve(office, take_list(office, [row(1), row(2, bank="beta"), row(3)]))

    printed = print_approval(payout.id, tmp_path / "form.pdf", office.services)

    text = text_of(printed)
    assert printed.is_valid
    assert printed.digest == payout.digest
    assert str(payout.digest) in text
    assert amount_in_words(payout.total_fen) in text
    for part in ("李初2026年11月24日12:00:00（电子签署）", "王审", "甲银行",
                 "乙银行", "基本养老保险", "9,000.06", row(1)["account_no"]):  # fmt: skip
        assert part in text
    assert "未审批" not in text
    assert row(1)["person_id"] not in text
    assert find_form(printed.code, office.services).is_same


def test_the_annex_has_every_payment_under_the_digest_that_the_form_names(office, tmp_path):
    payout = approve(office, take_list(office, [row(n) for n in range(5)]))

    printed = print_approval(payout.id, tmp_path / "form.pdf", office.services)

    content = printed.annex.read_bytes()
    assert hashlib.sha256(content).hexdigest() == printed.annex_sha256
    assert printed.annex_sha256 in text_of(printed)
    with office.services.archive.open(printed.annex_sha256) as kept:
        assert kept.read() == content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    _, *lines = sheet.to_python()
    assert [line[8] for line in lines] == [account(n) for n in range(5)]
    assert sum(round(line[5] * 100) for line in lines) == payout.total_fen
    again = print_approval(payout.id, tmp_path / "again.pdf", office.services)
    assert again.annex_sha256 == printed.annex_sha256
    assert again.file.read_bytes() == printed.file.read_bytes()


def test_a_long_list_is_not_printed_and_refers_to_its_annex(office, tmp_path, monkeypatch):
    monkeypatch.setattr(approval_form, "ROWS_MAX", 2)
    payout = take_list(office, [row(n) for n in range(3)])

    text = text_of(print_approval(payout.id, tmp_path / "form.pdf", office.services))

    assert "明细3笔，纸质件不打印，见附件SP-000001-明细.xlsx" in text
    assert account(1) not in text


def test_rows_that_are_not_what_was_signed_are_not_printed(office, tmp_path):
    payout = approve(office, take_list(office, [row(1), row(2)]))
    with office.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE payout_items SET account_no = '1' WHERE item_no = 1")

    with pytest.raises(Rejected) as refusal:
        print_approval(payout.id, tmp_path / "form.pdf", office.services)

    assert refusal.value.code == "form_differs"
    assert not (tmp_path / "form.pdf").exists()


def test_a_cancelled_list_is_printed_as_void(office, tmp_path):
    payout = approve(office, take_list(office, [row(1)]))
    cancel(payout.id, person="王审", reason="月份有误", services=office.services)

    printed = print_approval(payout.id, tmp_path / "form.pdf", office.services)

    assert not printed.is_valid
    assert "已撤销，本表作废，不得据以拨付" in text_of(printed)


def test_a_paper_of_an_older_version_is_known_as_such(office, tmp_path):
    payout = take_list(office, [row(1)])
    printed = print_approval(payout.id, tmp_path / "form.pdf", office.services)
    with office.store._engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE payout_lists SET digest = '{'0' * 64}'")

    found = find_form(printed.code, office.services)

    assert (found.subject, found.is_same) == ("payout:1", False)
    with pytest.raises(Rejected) as refusal:
        find_form(printed.code.replace("330100", "330200"), office.services)
    assert refusal.value.code == "form_other_region"


def test_an_order_to_the_bank_names_units_with_their_people(office, tmp_path):
    rows = [
        row(n, kind="unit", account_no=account(100 + n % 2), account_name=f"示范厂{n % 2}")
        for n in range(3)
    ]
    (batch,) = pay(office, rows)

    printed = print_entrust(batch.id, tmp_path / "order.pdf", office.services)

    text = text_of(printed)
    for part in ("示范厂0（2人）", "示范厂1（1人）", account(100), account(101), "8010000000000019",
                 "王甲", batch.file_name, batch.content_sha256, amount_in_words(batch.total_fen),
                 ):  # fmt: skip
        assert part in text
    assert find_form(printed.code, office.services).subject == f"payout_batch:{batch.id}"


def test_an_order_of_many_payments_has_sums_and_its_annex(office, tmp_path, monkeypatch):
    monkeypatch.setattr(entrust_form, "ROWS_MAX", 1)
    (batch,) = pay(office, [row(1), row(2)])

    printed = print_entrust(batch.id, tmp_path / "order.pdf", office.services)

    text = text_of(printed)
    assert "明细2笔，纸质件不打印，见附件TF-000001-明细.xlsx" in text
    assert account(1) not in text
    assert printed.annex_sha256 in text


def test_notices_are_in_two_copies_and_a_further_print_says_so(office, tmp_path):
    payout = approve(office, take_list(office, instant(1, 2)))
    services = office.services

    first = print_notices(payout.id, tmp_path / "a.pdf", person="周印", services=services)
    again = print_notices(
        payout.id, tmp_path / "b.pdf", person="周印", services=services, item_no=2
    )

    text = text_of(first)
    assert pages(first.file.read_bytes()) == 2
    assert text.count("第一联申领人支取现金凭证") == text.count("第二联留存") == 2
    assert text.count(row(1)["person_id"]) == 2
    assert "补打" not in text
    assert text_of(again).count("补打第1次：此前打印的通知单作废") == 2
    assert row(1)["person_id"] not in text_of(again)
    assert again.is_valid
    assert office.events().count(notices.EVENT) == 3


def test_notices_before_approval_are_drafts_and_count_as_no_print(office, tmp_path):
    payout = take_list(office, instant(1))
    services = office.services

    printed = print_notices(payout.id, tmp_path / "a.pdf", person="周印", services=services)

    assert not printed.is_valid
    assert "未审批：不得据以支取现金" in text_of(printed)
    assert notices.EVENT not in office.events()


def test_no_notice_for_another_kind_or_for_what_is_not_to_be_drawn(office, tmp_path):
    services, out = office.services, tmp_path / "a.pdf"
    social = take_list(office, [row(1)])
    cash = approve(office, take_list(office, instant(2), sequence=2))
    cancel(cash.id, person="王审", reason="核定有误", services=services)

    with pytest.raises(Rejected) as kind:
        print_notices(social.id, out, person="周印", services=services)
    with pytest.raises(Rejected) as none:
        print_notices(cash.id, out, person="周印", services=services)

    assert (kind.value.code, none.value.code) == ("form_wrong_kind", "form_notice_none")
    assert not out.exists()


def test_a_refunds_form_has_cause_documents_and_discrepancy(office, tmp_path):
    services = office.services
    found = over_collection(office)
    case = open_case(found.id, claim(), papers=papers(tmp_path), person="周登", services=services)
    with pytest.raises(Rejected) as refusal:
        print_refund(case.id, tmp_path / "form.pdf", services)
    assert refusal.value.code == "form_refund_unlisted"
    check(case.id, person="吴核", services=services)
    draft_form([case.id], person="郑编", services=services)
    sign(case.id, person="李初", services=services)

    printed = print_refund(case.id, tmp_path / "form.pdf", services)

    text = text_of(printed)
    for part in ("TF000001", RefundCause.TAX.zh, f"差异{found.id}：重复500.00", "退款申请函",
                 "地税部门出具的多收、重收证明", "原缴费凭证", "周登／吴核", "郑编", "李初",
                 "未审批（已签1人，须签2人）"):  # fmt: skip
        assert part in text


def test_a_voucher_is_printed_with_its_originals(office, tmp_path):
    pay(office, [row(1)])
    with office.store.read() as uow:
        voucher = next(iter(uow.vouchers.list(Span())))

    printed = print_voucher(voucher.no, tmp_path / "voucher.pdf", office.services)

    text = text_of(printed)
    for part in (voucher.no, "2份", amount_in_words(voucher.amount_fen), voucher.sha256,
                 *(one.sha256 for one in voucher.documents)):  # fmt: skip
        assert part in text
    assert find_form(printed.code, office.services).is_same
