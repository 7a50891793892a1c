"""Contributions: one voucher a day and fund; what changes later is reversed in red."""

from __future__ import annotations

from datetime import date

from hub.domain.facts import Source
from hub.store.vouchers import Span
from tests.facts import TUESDAY, collection, credit, deposit

WEDNESDAY = date(2026, 11, 25)


def vouchers(office, **span):
    with office.store.read() as uow:
        return list(uow.vouchers.list(Span(**span)))


def balances(office):
    with office.store.read() as uow:
        return {(b.fund, b.account): b.balance_fen for b in uow.vouchers.balances(Span())}


def send(office, deposits, credits_=(), day=TUESDAY, sequence=1):
    collections = [collection(d["receipt_no"], d["amount_fen"]) for d in deposits]
    office.send_list(Source.COLLECTIONS, collections, day, sequence)
    office.send_list(Source.DEPOSITS, deposits, day, sequence)
    if credits_:
        office.send_list(Source.CREDITS, credits_, day, sequence)
    office.work()


def test_a_day_is_booked_for_each_fund_with_its_originals(office):
    send(
        office,
        [deposit("R1", 500), deposit("R2", 700), deposit("R3", 40, insurance_kind="medical")],
        [credit(1200), credit(40, insurance_kind="medical", deposit_no="C2")],
    )

    medical, pension = vouchers(office)
    assert (medical.fund, medical.amount_fen, pension.amount_fen) == ("medical", 40, 1200)
    assert pension.no == "pension-202611-1"
    assert [(x.side.zh, x.account, x.amount_fen) for x in pension.lines] == [
        ("借", "财政专户存款", 1200),
        ("贷", "社会保险费收入", 1200),
    ]
    assert sorted(d.name.split()[0] for d in pension.documents) == [
        "地税划解分险种清单",
        "银行进账单",
    ]
    for document in pension.documents:
        office.services.archive.path(document.sha256)


def test_running_a_day_again_books_nothing_and_a_late_credit_is_added(office):
    send(office, [deposit("R1", 500)])
    before = vouchers(office)

    office.send_list(Source.CREDITS, [credit(500)], TUESDAY)
    office.work()

    (after,) = vouchers(office)
    assert after.no == before[0].no
    assert len(after.documents) == len(before[0].documents) + 1


def test_a_late_list_reverses_the_day_in_red_and_books_the_new_sum(office):
    send(office, [deposit("R1", 500)])
    send(office, [deposit("R2", 300)], sequence=2)

    first, red, new = vouchers(office)
    assert [first.amount_fen, red.amount_fen, new.amount_fen] == [500, -500, 800]
    assert red.reverses_no == first.no
    assert [v.number for v in (first, red, new)] == [1, 2, 3]
    assert balances(office) == {
        ("pension", "财政专户存款"): 800,
        ("pension", "社会保险费收入"): -800,
    }


def test_deposits_of_an_earlier_day_that_come_with_a_later_run_are_that_days(office):
    send(office, [deposit("R1", 500)])
    office.clock.advance(days=1)
    send(office, [deposit("R2", 300, credited_on=TUESDAY)], day=WEDNESDAY)

    _first, red, new = vouchers(office)
    assert (red.booked_on, new.booked_on) == (WEDNESDAY, WEDNESDAY)
    assert (new.amount_fen, new.subject) == (800, "day:2026-11-24")
