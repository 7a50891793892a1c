"""Money from appropriation to re-issue: at every step all invariants hold, and books are zero."""

from __future__ import annotations

import pytest

from hub.domain.correction import Correction
from hub.flows import voucher_desk
from hub.flows.payout_reissue import draft_reissue
from hub.flows.payout_release import release
from hub.flows.verify import verify
from hub.store.vouchers import Span
from tests.answers import answer, answering_office, line
from tests.payouts import account, approve, items_of, pay, row


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


def must_hold(office):
    assert [check for check in verify(office.services, deep=True) if not check.ok] == []


def balances(office):
    with office.store.read() as uow:
        return {b.account: b.balance_fen for b in uow.vouchers.balances(Span())}


def fund(office, tmp_path, amount_fen):
    slip = tmp_path / "拨款凭证.pdf"
    slip.write_bytes(b"slip")
    draft = voucher_desk.prepare(
        "account.funded", subject="2026-11", fund="pension", amount_fen=amount_fen,
        on=office.services.today(), files=[slip], facts={"bank": "alpha"}, person="王芳",
        services=office.services,
    )  # fmt: skip
    voucher_desk.confirm(draft.id, person="李强", services=office.services)


def test_a_month_is_paid_one_comes_back_and_is_paid_again(office, tmp_path):
    rows = [row(1), row(2), row(3)]
    total = sum(one["amount_fen"] for one in rows)
    fund(office, tmp_path, total)
    (batch,) = pay(office, rows)
    must_hold(office)
    with office.store.read() as uow:
        one, two, three = uow.payout_items.of_batch(batch.id)

    answer(office, [line(one, 7), line(two, 6, "户名不符"), line(three, 7)])
    must_hold(office)
    back = two.amount_fen
    assert balances(office) == {
        "财政专户存款": -total, "支出户存款": back, "社会保险待遇支出": total - back,
    }  # fmt: skip

    correction = Correction(item_id=two.id, account_no=account(77))
    again = draft_reissue([correction], person="张发", services=office.services)
    release(approve(office, again).id, person="赵出", services=office.services)
    office.work()
    must_hold(office)
    (item,) = items_of(office, again)
    answer(office, [line(item, 7)], name="2")
    must_hold(office)

    assert balances(office) == {
        "财政专户存款": -total, "支出户存款": 0, "社会保险待遇支出": total,
    }  # fmt: skip
    with office.store.read() as uow:
        events = [voucher.event for voucher in uow.vouchers.list(Span())]
        paid = sum(one.paid_fen for one in uow.conservations.of_batches())
    assert events == ["account.funded", "payout.released", "payout.returned", "payout.reissued"]
    assert paid == total
