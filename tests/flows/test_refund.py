"""A refund case until it is confirmed: what it needs, what it may not exceed, who does what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.domain.discrepancy import Ending
from hub.domain.refund import RefundCause, RefundState
from hub.domain.verdict import Verdict
from hub.errors import Rejected
from hub.flows.refund import attach, cancel, check, missing, open_case
from tests.refunds import case_of, checked_case, claim, over_collection, papers


def opened(office, folder, number=0, *, discrepancy=None, but=(), **values):
    discrepancy = discrepancy or over_collection(office, number)
    asked = claim(number, **values)
    return open_case(
        discrepancy.id, asked, papers=papers(folder, asked.cause, but), person="周登",
        services=office.services,
    )  # fmt: skip


def refused(act):
    with pytest.raises(Rejected) as found:
        act()
    return found.value.code


def test_a_tax_case_is_not_accepted_before_its_three_documents_are_there(office, tmp_path):
    refund = opened(office, tmp_path, but=("proof", "voucher"))
    assert refund.state is RefundState.OPEN
    with office.store.read() as uow:
        (document,) = uow.refunds.documents(refund.id)
        assert list(missing(refund, [document], office.services)) == ["proof", "voucher"]
    assert (
        office.services.archive.open(document.sha256).read()
        == (tmp_path / "application.pdf").read_bytes()
    )

    with pytest.raises(Rejected) as found:
        check(refund.id, person="吴核", services=office.services)
    assert found.value.code == "refund_documents_missing"
    assert "原缴费凭证" in found.value.explain("zh")

    for kind, path in papers(tmp_path)[1:]:
        attach(refund.id, kind, path, person="周登", services=office.services)
        attach(refund.id, kind, path, person="周登", services=office.services)  # counts once
    checked = check(refund.id, person="吴核", services=office.services)
    assert (checked.state, checked.checked_by) == (RefundState.CHECKED, "吴核")
    assert office.events().count("refund.document") == 3
    late = refused(lambda: attach(refund.id, *papers(tmp_path)[0], person="周登",
                                  services=office.services))  # fmt: skip
    assert late == "refund_state"


def test_an_agency_case_needs_the_confirmation_of_the_relations_desk(office, tmp_path):
    refund = checked_case(office, tmp_path, cause=RefundCause.AGENCY)
    assert refund.cause.desk == "保险关系管理"
    assert refund.receipt_no == "R0"  # taken from the discrepancy
    assert refund.account_name == refund.payer_name


def test_who_opened_it_does_not_confirm_it_nor_on_other_facts_than_were_seen(office, tmp_path):
    refund = opened(office, tmp_path)
    services = office.services
    assert refused(lambda: check(refund.id, person="周 登", services=services)) == (
        "refund_same_person"
    )
    extra = tmp_path / "extra.pdf"
    extra.write_bytes(b"extra")
    attach(refund.id, "other", extra, person="周登", services=services)
    outdated = refused(
        lambda: check(refund.id, person="吴核", version=refund.version, services=services)
    )
    assert outdated == "refund_changed"
    now = case_of(office, refund)
    assert check(refund.id, person="吴核", version=now.version, services=services).version > 2


@pytest.mark.parametrize(
    ("claimed", "code"),
    [
        ({"amount_fen": 50_001}, "refund_exceeds"),
        ({"payer_id": "91330100MA27XK0011"}, "refund_unpayable"),
        ({"account_no": "12"}, "refund_unpayable"),
        ({"bank_no": "103100021093"}, "refund_unpayable"),
        ({"bank": "nobody"}, "payout_bank_unknown"),
        ({"amount_fen": 0}, "refund_unpayable"),
        ({"fund": "medical"}, "refund_differs"),
        ({"period": 202609}, "refund_differs"),
        ({"receipt_no": "R7"}, "refund_differs"),
    ],
)
def test_what_the_facts_do_not_show_is_refused(office, tmp_path, claimed, code):
    asked = replace(claim(), **claimed)
    discrepancy = over_collection(office)

    def act():
        open_case(discrepancy.id, asked, papers=papers(tmp_path), person="周登",
                  services=office.services)  # fmt: skip

    assert refused(act) == code
    with office.store.read() as uow:
        assert uow.refunds.list() == []


def test_only_over_collection_that_is_open_is_refunded(office, tmp_path):
    short = over_collection(office, 1, cause=Verdict.SHORT)
    assert refused(lambda: opened(office, tmp_path, 1, discrepancy=short)) == (
        "refund_not_over_collected"
    )
    gone = over_collection(office, 2)
    office.store.transact(
        lambda uow: uow.discrepancies.end(
            gone.difference.key, Ending.CLEARED, at=office.services.now()
        )
    )
    assert refused(lambda: opened(office, tmp_path, 2, discrepancy=gone)) == (
        "refund_discrepancy_closed"
    )
    nameless = over_collection(office, 3, payer_id=None, period=None)
    assert refused(lambda: opened(office, tmp_path, 3, discrepancy=nameless)) == (
        "refund_incomplete"
    )


def test_one_receipt_is_claimed_once_while_its_case_lives(office, tmp_path):
    discrepancy = over_collection(office)
    first = opened(office, tmp_path, discrepancy=discrepancy, amount_fen=20_000)
    again = refused(lambda: opened(office, tmp_path, discrepancy=discrepancy, amount_fen=10_000))
    assert again == "refund_exists"

    cancel(first.id, person="周登", reason="金额填错", services=office.services)
    second = opened(office, tmp_path, discrepancy=discrepancy, amount_fen=30_000)
    assert second.id != first.id
    assert (
        refused(lambda: cancel(first.id, person="周登", reason="再撤", services=office.services))
        == "refund_state"
    )


def test_several_refunds_of_one_discrepancy_never_exceed_it(office, tmp_path):
    discrepancy = over_collection(office, receipt_no=None)
    opened(office, tmp_path, discrepancy=discrepancy, amount_fen=30_000, receipt_no="A")
    over = refused(
        lambda: opened(office, tmp_path, discrepancy=discrepancy, amount_fen=20_001, receipt_no="B")
    )
    assert over == "refund_exceeds"
    opened(office, tmp_path, discrepancy=discrepancy, amount_fen=20_000, receipt_no="B")
    with office.store.read() as uow:
        assert uow.refunds.total(discrepancy.id) == 50_000


def test_documents_of_no_known_kind_or_without_content_are_refused(office, tmp_path):
    refund = opened(office, tmp_path)
    empty = tmp_path / "empty.pdf"
    empty.touch()
    services = office.services
    assert (
        refused(lambda: attach(refund.id, "confirmation", empty, person="周登", services=services))
        == "refund_document_kind"
    )
    assert (
        refused(lambda: attach(refund.id, "other", empty, person="周登", services=services))
        == "refund_document_empty"
    )
    assert refused(lambda: check(99, person="吴核", services=services)) == "refund_missing"
