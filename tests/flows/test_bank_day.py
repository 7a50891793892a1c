"""A day of our account: statements come, are explained by what we paid, and it is closed."""

from __future__ import annotations

import pytest

from hub.domain.payout import ItemState
from tests.banking import (
    ACCOUNT,
    TUESDAY,
    WEDNESDAY,
    Move,
    alarms,
    banking_office,
    camt,
    days_of,
    lines_of,
    send,
    settle,
    table_of,
)
from tests.payouts import items_of, pay, row

OPENING = 1_000_000_000


@pytest.fixture
def office(tmp_path):
    office = banking_office(tmp_path / "office", items_max=100)
    yield office
    office.store.close()


def test_the_debit_of_a_batch_closes_its_day(office):
    (batch,) = pay(office, [row(1), row(2), row(3)])
    office.clock.advance(days=1)
    received = send(
        office,
        camt([Move(-batch.total_fen, ref="B1", message=batch.message_id)], opening=OPENING),
        "ST_1.xml",
    )
    settle(office)

    (line,) = lines_of(office)
    assert received.state.value == "read"
    assert line.rule == "01-batch-named@1"
    assert line.open_fen == 0
    assert line.purpose == "benefit"
    assert line.line.place_line == 1
    table = table_of(office, TUESDAY)
    assert table.bank_fen == table.book_fen == OPENING - batch.total_fen
    assert not table.book_only
    assert not table.bank_only
    assert [day.closed_at is not None for day in days_of(office)] == [True]
    assert "bank.day_closed" in office.events()
    assert alarms(office) == []


def test_what_the_bank_has_not_debited_is_on_its_way_then_overdue(office):
    (batch,) = pay(office, [row(1)])
    office.clock.advance(days=1)
    send(office, camt([], opening=OPENING), "ST_1.xml")
    table = table_of(office, TUESDAY)
    assert [item.amount_fen for item in table.book_only] == [-batch.total_fen]
    assert table.difference_fen == 0
    assert alarms(office) == []

    office.clock.advance(days=6)  # Tuesday again: five working days
    settle(office)

    assert "bank_transit_overdue" in alarms(office)


def test_a_return_in_an_ordinary_statement_returns_its_item_once(office):
    (batch,) = pay(office, [row(1), row(2)])
    first, second = items_of(office, _list_of(office, batch))
    office.clock.advance(days=2)
    back = Move(first.amount_fen, ref="R1", ids=(first.end_to_end_id,), returned="AC04")
    send(office, camt([Move(-batch.total_fen, text=batch.message_id)], opening=OPENING), "ST_1.xml")
    after = OPENING - batch.total_fen
    send(office, camt([back], opening=after, on=WEDNESDAY, number=2, name="camt.052"), "ST_i.xml")
    assert [one.state for one in items_of(office, _list_of(office, batch))] == [
        ItemState.RETURNED, ItemState.IN_FLIGHT,
    ]  # fmt: skip
    assert len(lines_of(office)) == 1  # the report of the day brings no lines

    send(office, camt([back], opening=after, on=WEDNESDAY, number=2), "ST_2.xml")
    send(office, camt([back], opening=after, on=WEDNESDAY, number=2, ident="again"), "ST_3.xml")
    settle(office)

    debit, credit = lines_of(office)
    assert debit.rule == "01-batch-named@1"
    assert credit.rule == "02-items-named@1"
    assert credit.purpose == "returned_payment"
    with office.store.read() as uow:
        returned = [v for v in uow.vouchers.list(_any()) if v.event == "payout.returned"]
    assert [voucher.amount_fen for voucher in returned] == [first.amount_fen]
    assert second.amount_fen == 300_002
    table = table_of(office, WEDNESDAY)  # our voucher is of Thursday, when we read of it
    assert [item.amount_fen for item in table.bank_only] == [first.amount_fen]
    assert table.difference_fen == 0
    table = table_of(office, office.services.today())
    assert table.bank_fen == table.book_fen == after + first.amount_fen
    assert all(day.closed_at is not None for day in days_of(office))


def test_a_missing_day_is_an_alarm_that_its_late_statement_ends(office):
    office.clock.advance(days=2)  # Thursday noon
    send(office, camt([], opening=OPENING, on=WEDNESDAY, number=2), "ST_2.xml")
    settle(office)
    assert alarms(office) == ["bank_day_missing"]
    assert days_of(office)[0].closed_at is None

    send(office, camt([], opening=OPENING, on=TUESDAY, number=1), "ST_1.xml")
    settle(office)

    assert alarms(office) == []
    assert all(day.closed_at is not None for day in days_of(office))


def test_a_number_that_is_missing_and_a_chain_that_breaks_name_their_day(office):
    office.clock.advance(days=2)
    send(office, camt([], opening=OPENING, on=TUESDAY, number=1), "ST_1.xml")
    send(office, camt([], opening=OPENING + 500, on=WEDNESDAY, number=3), "ST_3.xml")
    settle(office)

    broken = [d for d in office.discrepancies() if d.difference.cause.value == "bank_chain_broken"]
    assert alarms(office) == ["bank_chain_broken", "bank_number_gap"]
    assert broken[0].difference.amount_fen == 500
    assert "2026-11-25" in broken[0].difference.note

    page = camt([Move(500, text="补页", ref="P")], opening=OPENING, on=TUESDAY, number=2)
    send(office, page, "ST_2.xml")

    assert alarms(office) == ["bank_line_open"]


def test_charges_are_a_violation_that_names_rule_and_article(office):
    office.clock.advance(days=1)
    send(office, camt([Move(-2500, text="网银手续费", ref="F")], opening=OPENING), "ST_1.xml")
    settle(office)

    (found,) = [
        d.difference for d in office.discrepancies()
        if d.difference.cause.value == "bank_line_forbidden"
    ]  # fmt: skip
    assert found.rule == "144-41-out"
    assert "第四十一条" in found.note
    assert ACCOUNT not in found.note
    assert days_of(office)[0].closed_at is None
    table = table_of(office, TUESDAY)
    assert [item.amount_fen for item in table.bank_only] == [-2500]
    assert table.difference_fen == 0


def test_interest_is_booked_from_its_line(office):
    office.clock.advance(days=1)
    send(office, camt([Move(12_345, text="结息", ref="I")], opening=OPENING), "ST_1.xml")
    settle(office)

    (line,) = lines_of(office)
    assert line.rule == "10-interest@1"
    assert line.open_fen == 0
    table = table_of(office, TUESDAY)
    assert table.book_fen == OPENING + 12_345
    assert not table.bank_only
    assert alarms(office) == []


def test_an_unknown_receipt_becomes_suspense_and_is_undone_when_it_is_explained(office):
    (batch,) = pay(office, [row(1)])
    (item,) = items_of(office, _list_of(office, batch))
    office.clock.advance(days=1)
    moves = [Move(-batch.total_fen, message=batch.message_id), Move(item.amount_fen, ref="X")]
    send(office, camt(moves, opening=OPENING), "ST_1.xml")
    office.clock.advance(days=7)
    settle(office)
    unknown = next(one for one in lines_of(office) if one.line.amount_fen > 0)
    assert unknown.rule == "11-suspense@1"
    assert "bank_line_open" in alarms(office)

    from tests.answers import answer
    from tests.answers import line as answer_line

    answer(office, [answer_line(item, 8, "账户已销户")], name="late")
    settle(office)

    known = next(one for one in lines_of(office) if one.line.amount_fen > 0)
    assert known.rule == "06-entry@1"
    assert known.purpose == "returned_payment"
    assert "bank_line_open" not in alarms(office)
    with office.store.read() as uow:
        balances = {b.account: b.balance_fen for b in uow.vouchers.balances(_any())}
    assert balances["暂收款"] == 0


def _list_of(office, batch):
    with office.store.read() as uow:
        return uow.payouts.get(batch.list_id)


def _any():
    from hub.store.vouchers import Span

    return Span()
