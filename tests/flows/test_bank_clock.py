"""What the calendar brings: statements that are due, interest to be swept, the night's check."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from hub.errors import Rejected
from hub.flows.bank_desk import cleared_sums, clearing, prepare_line
from hub.flows.bank_interest import prepare_sweep
from hub.flows.nightly import plan_night
from hub.flows.overview import overview
from hub.flows.schedule import plan_until
from hub.flows.voucher_desk import confirm
from tests.banking import (
    ACCOUNT,
    ACCOUNTS,
    Move,
    alarms,
    banking_office,
    camt,
    lines_of,
    send,
    settle,
    table_of,
)
from tests.payouts import items_of, pay, row

OPENING = 1_000_000_000
QUIET = ACCOUNTS.replace("numbered = true", "every_day = false")


@pytest.fixture
def office(tmp_path):
    office = banking_office(tmp_path / "office")
    yield office
    office.store.close()


@pytest.fixture
def quiet(tmp_path):
    """An office whose banks send no statements of days without moves."""
    office = banking_office(tmp_path / "quiet", accounts=QUIET)
    yield office
    office.store.close()


def test_yesterdays_statement_is_due_at_its_hour_of_the_next_banking_day(office):
    assert plan_until(office.services.today(), office.services)
    office.work()
    assert alarms(office) == []  # Tuesday noon: Tuesday's own statement comes tomorrow

    office.clock.advance(hours=21)  # Wednesday, 9:00
    settle(office)
    assert alarms(office) == []
    office.clock.advance(hours=2)  # 11:00
    settle(office)

    assert alarms(office) == ["bank_day_missing"]


def test_the_working_day_plans_the_banks_day_and_every_night_its_check(office):
    plan_until(office.services.today(), office.services)
    with office.store.read() as uow:
        steps = {task.step for task in uow.tasks.list(limit=100)}
    assert {"bank_day", "verify"} <= steps
    assert plan_night(date(2026, 11, 28), office.services)  # a Saturday
    assert not plan_night(date(2026, 11, 28), office.services)


def test_interest_is_work_at_the_quarters_end_overdue_later_and_gone_once_the_bank_paid(quiet):
    office = quiet
    office.clock.advance(days=27)  # 21 December
    interest = date(2026, 12, 21)
    send(office, camt([Move(12_345, text="结息", ref="I")], opening=OPENING, on=interest),
         "ST_1.xml")  # fmt: skip
    settle(office)
    assert alarms(office) == []

    office.clock.advance(days=14)  # 4 January 2027
    office.services = replace(office.services, calendar=_with_2027())
    settle(office)
    assert alarms(office) == ["interest_sweep"]
    draft = prepare_sweep("out", person="王芳", services=office.services)
    with refused("voucher_same_person"):
        confirm(draft.id, person="王芳", services=office.services)
    voucher = confirm(draft.id, person="李强", services=office.services)
    assert (voucher.event, voucher.amount_fen) == ("interest.swept", 12_345)
    with refused("bank_nothing_to_sweep"):
        prepare_sweep("out", person="王芳", services=office.services)

    office.clock.advance(days=16)  # the bank has not paid: 20 January
    settle(office)
    assert "interest_sweep_overdue" in alarms(office)

    paid = camt([Move(-12_345, text="利息划缴专户", ref="S")], opening=OPENING + 12_345,
                on=date(2027, 1, 19), number=2)  # fmt: skip
    send(office, paid, "ST_2.xml")
    settle(office)

    assert "interest_sweep_overdue" not in alarms(office)
    assert lines_of(office)[-1].purpose == "interest_sweep"
    assert table_of(office, date(2027, 1, 20)).bank_fen == OPENING


def test_late_fees_are_booked_by_two_people_where_no_rule_books_them(quiet):
    office = quiet
    banking = office.services.banking
    by_people = [replace(rule, events={}) for rule in banking.rules]
    office.services = replace(office.services, banking=replace(banking, rules=tuple(by_people)))
    office.clock.advance(days=1)
    from tests.banking import TREASURY

    content = camt([Move(5_000, text="滞纳金", ref="Z")], opening=5_000_000_000, account=TREASURY)
    send(office, content, "ST_t.xml")
    (line,) = lines_of(office, "special")
    assert (line.rule, line.purpose, line.open_fen) == ("10-late-fee@1", "other_income", 5_000)
    assert alarms(office) == ["bank_line_open"]

    draft = prepare_line(
        line.id, "late_fee.received", fund=None, person="王芳", services=office.services
    )
    confirm(draft.id, person="李强", services=office.services)
    settle(office)

    (line,) = lines_of(office, "special")
    assert (line.rule, line.open_fen) == ("08-own-booking@1", 0)
    assert alarms(office) == []
    with refused("bank_line_booked"):
        prepare_line(line.id, "late_fee.received", fund=None, person="王芳",
                     services=office.services)  # fmt: skip
    with refused("bank_line_missing"):
        prepare_line(99, "late_fee.received", fund=None, person="王芳", services=office.services)


def test_a_reversed_voucher_opens_its_line_again(quiet):
    office = quiet
    office.clock.advance(days=1)
    send(office, camt([Move(12_345, text="结息", ref="I")], opening=OPENING), "ST_1.xml")
    settle(office)
    assert table_of(office, office.services.today()).bank_only == ()
    from hub.flows.voucher_desk import prepare_reversal

    with office.store.read() as uow:
        (voucher,) = uow.vouchers.of_event("interest.expenditure", "bank_line:1")
    slip = office.database.parent / "slip.txt"
    slip.write_text("x")
    draft = prepare_reversal(
        voucher.no, on=office.services.today(), reason="记错", files=[slip], person="王芳",
        services=office.services,
    )  # fmt: skip
    confirm(draft.id, person="李强", services=office.services)
    settle(office)

    assert alarms(office) == ["bank_line_open"]
    assert "bank.day_reopened" in office.events()
    table = table_of(office, office.services.today())
    assert [item.amount_fen for item in table.bank_only] == [12_345]
    assert table.difference_fen == 0


def test_open_items_of_the_month_are_what_the_ledger_has(quiet):
    office = quiet
    office.clock.advance(days=1)
    send(office, camt([Move(777, ref="?")], opening=OPENING), "ST_1.xml")
    office.clock.advance(days=6)
    settle(office)

    with office.store.read() as uow:
        found = clearing(office.services.today(), office.services, uow)
    assert cleared_sums(found) == {("pension", "暂收款"): -777}
    assert found[0].subject == "bank_line:1"


def test_the_overview_shows_each_account(office):
    office.clock.advance(days=1)
    send(office, camt([], opening=OPENING), "ST_1.xml")
    settle(office)

    out = next(a for a in overview(office.services)["bank_accounts"] if a["account"] == "out")
    assert (out["closed_on"], out["balance_fen"]) == ("2026-11-24", OPENING)
    assert ACCOUNT not in str(overview(office.services))


def test_a_breach_at_night_is_an_alarm_until_it_is_gone(quiet):
    office = quiet
    office.clock.advance(days=1)
    send(office, camt([Move(777, ref="?")], opening=OPENING), "ST_1.xml")
    plan_night(office.services.today(), office.services)
    with office.store._engine.begin() as connection:
        connection.execute(text("UPDATE bank_days SET credit_fen = 778, closing_fen = 1000000778"))
    office.work()
    assert "verify_breach" in alarms(office)

    with office.store._engine.begin() as connection:
        connection.execute(text("UPDATE bank_days SET credit_fen = 777, closing_fen = 1000000777"))
    office.clock.advance(days=1)
    plan_night(office.services.today(), office.services)
    office.work()

    assert "verify_breach" not in alarms(office)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_days_in_any_order_end_the_same(office, order):
    (batch,) = pay(office, [row(1), row(2, amount_fen=300_001)])
    with office.store.read() as uow:
        first, _ = items_of(office, uow.payouts.get(batch.list_id))
    total, back = batch.total_fen, first.amount_fen
    days = [date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)]
    moves = [
        [Move(-total, message=batch.message_id, ref="B")],
        [Move(back, ids=(first.end_to_end_id,), returned="AC04", ref="R")],
        [Move(99, text="结息", ref="I"), Move(-5, text="手续费", ref="F")],
    ]
    openings = [OPENING, OPENING - total, OPENING - total + back]
    files = [camt(moves[n], opening=openings[n], on=days[n], number=n + 1) for n in range(3)]
    office.clock.advance(days=3)
    for n in order:
        send(office, files[n], f"ST_{n}.xml")
        send(office, files[n] + b"\n", f"ST_{n}_again.xml")
    settle(office)

    assert [(one.line.amount_fen, one.rule) for one in lines_of(office)] == [
        (-total, "01-batch-named@1"), (back, "02-items-named@1"),
        *sorted([(99, "10-interest@1"), (-5, "10-charge@1")],
                key=lambda pair: [o.line.amount_fen for o in lines_of(office)].index(pair[0])),
    ]  # fmt: skip
    assert alarms(office) == ["bank_line_forbidden", "bank_line_open", "payout_returned"]
    table = table_of(office, office.services.today())
    assert table.book_fen == OPENING - total + back + 99
    assert table.bank_fen == table.book_fen - 5


@contextmanager
def refused(code):
    with pytest.raises(Rejected) as error:
        yield
    assert error.value.code == code


def _with_2027():
    from hub.domain.calendar import WorkingDays

    holidays = {date(2027, 1, 1)}
    return WorkingDays.of_years(range(2026, 2028), holidays=holidays, make_up_days=())
