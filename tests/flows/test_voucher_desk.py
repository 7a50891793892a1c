"""Vouchers by hand: two people, an original, and mistakes come back to the one who made it."""

from __future__ import annotations

from datetime import date

import pytest

from hub.domain.voucher_draft import DraftState
from hub.errors import Rejected
from hub.flows import voucher_desk
from hub.store.vouchers import Span

DAY = date(2026, 11, 24)


@pytest.fixture
def notice(tmp_path):
    path = tmp_path / "利息通知单.pdf"
    path.write_bytes(b"%PDF notice")
    return path


@pytest.fixture
def prepare(office, notice):
    def prepare(event="interest.received", subject="2026Q3", **values):
        given = {
            "fund": "pension", "amount_fen": 12_345, "on": DAY, "files": [notice], "facts": {},
            "person": "王芳", **values,
        }  # fmt: skip
        return voucher_desk.prepare(event, subject=subject, services=office.services, **given)

    return prepare


def vouchers(office):
    with office.store.read() as uow:
        return list(uow.vouchers.list(Span()))


def test_interest_is_booked_when_a_second_person_confirms(office, prepare):
    draft = prepare()
    assert vouchers(office) == []

    voucher = voucher_desk.confirm(draft.id, person="李强", services=office.services)

    assert vouchers(office) == [voucher]
    assert (voucher.prepared_by, voucher.reviewed_by, voucher.actor) == ("王芳", "李强", "person")
    assert [(x.side.zh, x.account) for x in voucher.lines] == [
        ("借", "财政专户存款"), ("贷", "利息收入"),
    ]  # fmt: skip
    (document,) = voucher.documents
    assert document.name == "利息通知单.pdf"
    office.services.archive.path(document.sha256)
    assert office.events()[-2:] == ["voucher.prepared", "voucher.booked"]


def test_a_sweep_of_interest_moves_it_between_the_accounts(office, prepare):
    for event in ("interest.expenditure", "interest.swept"):
        draft = prepare(event, facts={"bank": "icbc"})
        voucher_desk.confirm(draft.id, person="李强", services=office.services)

    with office.store.read() as uow:
        found = {b.account: b.balance_fen for b in uow.vouchers.balances(Span())}
    assert found == {"支出户存款": 0, "财政专户存款": 12_345, "利息收入": -12_345}


def test_a_reversal_needs_two_people_too(office, prepare, notice):
    voucher = voucher_desk.confirm(prepare().id, person="李强", services=office.services)
    undoing = voucher_desk.prepare_reversal(
        voucher.no, on=DAY, reason="金额有误", files=[notice], person="李强",
        services=office.services,
    )  # fmt: skip

    with pytest.raises(Rejected) as same:
        voucher_desk.confirm(undoing.id, person="李 强", services=office.services)
    undone = voucher_desk.confirm(undoing.id, person="王芳", services=office.services)

    assert same.value.code == "voucher_same_person"
    assert (undone.reverses_no, undone.amount_fen) == (voucher.no, -12_345)
    assert "金额有误" in undone.summary


def test_a_draft_ends_once(office, prepare):
    first, second = prepare(), prepare(subject="2026Q4")
    voucher_desk.withdraw(first.id, person="王芳", services=office.services)
    voucher_desk.confirm(second.id, person="李强", services=office.services)

    for draft in (first, second):
        with pytest.raises(Rejected) as found:
            voucher_desk.confirm(draft.id, person="李强", services=office.services)
        assert found.value.code == "voucher_draft_ended"
    with office.store.read() as uow:
        assert [d.state for d in uow.voucher_drafts.list()] == [
            DraftState.WITHDRAWN, DraftState.BOOKED,
        ]  # fmt: skip
    assert len(vouchers(office)) == 1


def test_two_drafts_of_one_notice_become_one_voucher(office, prepare):
    first, second = prepare(), prepare()
    voucher_desk.confirm(first.id, person="李强", services=office.services)

    with pytest.raises(Rejected) as found:
        voucher_desk.confirm(second.id, person="李强", services=office.services)
    with pytest.raises(Rejected) as again:
        prepare()

    assert found.value.code == again.value.code == "voucher_exists"
    assert len(vouchers(office)) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"event": "payout.released"}, "event_not_manual"),
        ({"event": "interest.stolen"}, "event_unknown"),
        ({"amount_fen": 0}, "voucher_amount_unusable"),
        ({"files": []}, "voucher_without_documents"),
        ({"event": "interest.expenditure"}, "voucher_fact_missing"),
        ({"person": " "}, "person_name_unusable"),
    ],
)
def test_what_is_wrong_is_refused_before_anybody_confirms(office, prepare, values, code):
    with pytest.raises(Rejected) as found:
        prepare(**values)

    assert found.value.code == code
    with office.store.read() as uow:
        assert uow.voucher_drafts.list() == []
