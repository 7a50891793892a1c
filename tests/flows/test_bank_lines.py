"""Which rule explains a line: by names, sums, accounts, words; and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from hub.domain.payout import ItemState
from hub.domain.voucher import Document
from hub.flows.bookkeeping import book
from tests.answers import answer
from tests.answers import line as answer_line
from tests.banking import (
    ACCOUNT,
    ACCOUNTS,
    TREASURY,
    TUESDAY,
    WEDNESDAY,
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


@pytest.fixture
def office(tmp_path):
    office = banking_office(tmp_path / "office", items_max=2)
    yield office
    office.store.close()


def rules(office, account="out"):
    return [(one.line.amount_fen, one.rule) for one in lines_of(office, account)]


def items(office, batches):
    with office.store.read() as uow:
        payout = uow.payouts.get(batches[0].list_id)
    return items_of(office, payout)


def test_payments_debited_one_by_one_show_their_batch(office):
    batches = pay(office, [row(1), row(2), row(3)])
    first, second, third = items(office, batches)
    office.clock.advance(days=1)
    moves = [
        Move(-first.amount_fen, ref="1", ids=(first.end_to_end_id,)),
        Move(-second.amount_fen, ref="2", account=second.account_no),
        Move(-third.amount_fen, ref="3", text=f"代发 {third.end_to_end_id} 养老金"),
    ]
    send(office, camt(moves, opening=OPENING), "ST_1.xml")
    settle(office)

    assert sorted(rules(office)) == sorted(
        [
            (-first.amount_fen, "02-items-named@1"),
            (-second.amount_fen, "03-item-of-account@1"),
            (-third.amount_fen, "02-items-named@1"),
        ]
    )
    assert not table_of(office, TUESDAY).book_only


def test_the_same_payment_is_not_shown_twice(office):
    (batch,) = pay(office, [row(1), row(2)])
    first, _ = items(office, [batch])
    office.clock.advance(days=1)
    twice = [Move(-first.amount_fen, ref=ref, ids=(first.end_to_end_id,)) for ref in "12"]
    send(office, camt(twice, opening=OPENING), "ST_1.xml")
    settle(office)

    assert sorted(str(rule) for _, rule in rules(office)) == ["02-items-named@1", "None"]
    assert "bank_line_open" in alarms(office)


def test_a_batch_less_what_was_refused_before_it_was_booked(office):
    (batch,) = pay(office, [row(1), row(2)])
    first, second = items(office, [batch])
    answer(office, [answer_line(first, 6, "户名不符"), answer_line(second, 7)])
    office.clock.advance(days=1)
    send(office, camt([Move(-second.amount_fen, message=batch.message_id)], opening=OPENING),
         "ST_1.xml")  # fmt: skip
    settle(office)

    assert rules(office) == [(-second.amount_fen, "01-batch-named@1")]
    table = table_of(office, TUESDAY)
    assert not table.book_only
    assert table.bank_fen == table.book_fen


def test_two_batches_in_one_sum(office):
    batches = pay(office, [row(1), row(2), row(3)])
    office.clock.advance(days=1)
    total = sum(batch.total_fen for batch in batches)
    send(office, camt([Move(-total, ref="all", text="代发工资")], opening=OPENING), "ST_1.xml")
    settle(office)

    assert rules(office) == [(-total, "05-batches-of-day@1")]
    assert alarms(office) == []


def test_two_batches_of_one_amount_are_not_guessed(office):
    pay(office, [row(1, amount_fen=500_000), row(2, amount_fen=500_000)])
    pay(office, [row(3, amount_fen=400_000), row(4, amount_fen=600_000)], sequence=2)
    office.clock.advance(days=1)
    send(office, camt([Move(-1_000_000, ref="?")], opening=OPENING), "ST_1.xml")
    settle(office)

    assert rules(office) == [(-1_000_000, None)]
    assert table_of(office, TUESDAY).difference_fen == 0


def test_a_return_in_words_is_applied_by_account_and_amount(office):
    (batch,) = pay(office, [row(1), row(2)])
    first, _ = items(office, [batch])
    office.clock.advance(days=1)
    header = "交易日期,流水号,收入,支出,余额,对方账号,摘要"
    balance = (OPENING - batch.total_fen) / 100
    after = balance + first.amount_fen / 100
    lines = [
        f"账号：{ACCOUNT}", header,
        f"2026-11-24,L1,,{batch.total_fen / 100:.2f},{balance:.2f},,代发 {batch.message_id}",
        f"2026-11-24,L2,{first.amount_fen / 100:.2f},,{after:.2f},{first.account_no},退汇 户名不符",
    ]  # fmt: skip
    content = ("\n".join(lines) + "\n").encode("gbk")
    received = send(office, content, "MX_20261124_01.csv")
    send(office, content + b"\n", "MX_20261124_02.csv")
    settle(office)

    assert received.state.value == "read", received.error
    assert items(office, [batch])[0].state is ItemState.RETURNED
    assert items(office, [batch])[0].outcome_code == "BE01"
    assert [rule for _, rule in sorted(rules(office))] == [
        "01-batch-named@1", "03-item-of-account@1",
    ]  # fmt: skip
    assert len(lines_of(office)) == 2


def test_swift_lines_name_our_file(office):
    (batch,) = pay(office, [row(1)])
    office.clock.advance(days=1)
    fen, closing = batch.total_fen, OPENING - batch.total_fen
    text = (
        f":20:S1\n:25:{ACCOUNT}\n:28C:1/1\n:60F:C261123CNY{OPENING // 100},{OPENING % 100:02d}\n"
        f":61:2611241124D{fen // 100},{fen % 100:02d}NTRF{batch.message_id[:16]}//B1\n"
        f":86:PAYROLL {batch.message_id}\n:62F:C261124CNY{closing // 100},{closing % 100:02d}\n-\n"
    )
    received = send(office, text.encode(), "MT_1.txt")
    settle(office)

    assert received.state.value == "read", received.error
    assert rules(office) == [(-fen, "01-batch-named@1")]
    assert lines_of(office)[0].line.place_line == 5


def test_lines_of_one_day_that_make_up_one_entry(office):
    with office.store.begin() as uow:
        book(
            uow, "contribution.credited", subject="day:2026-11-24", fund="pension",
            amount_fen=90_000, on=TUESDAY, documents=[Document(name="x", sha256="0" * 64)],
            books=office.services.books, at=office.services.now(), facts={"day": "2026-11-24"},
        )  # fmt: skip
    office.clock.advance(days=1)
    moves = [Move(40_000, ref="1", text="社保费入库"), Move(50_000, ref="2", text="社保费入库")]
    content = camt(moves, opening=5_000_000_000, account=TREASURY)
    send(office, content, "ST_t.xml")
    settle(office)

    assert [rule for _, rule in rules(office, "special")] == ["07-lines-of-day@1"] * 2
    assert table_of(office, TUESDAY, "special").difference_fen == 0


def test_an_appropriation_is_one_voucher_that_both_accounts_show(office):
    office.clock.advance(days=2)
    moved = 2_000_000
    send(office, camt([Move(moved, ref="A", text="财政专户拨款")], opening=OPENING), "ST_1.xml")
    send(office, camt([Move(-moved, ref="B", text="拨入支出户")], opening=5_000_000_000,
                      account=TREASURY), "ST_t.xml")  # fmt: skip
    send(office, camt([], opening=OPENING + moved, on=WEDNESDAY, number=2), "ST_2.xml")
    settle(office)

    assert rules(office) == [(moved, "10-appropriation@1")]
    assert rules(office, "special") == [(-moved, "06-entry@1")]
    assert alarms(office) == []


def test_a_statement_of_an_account_that_we_do_not_keep_is_refused(office):
    received = send(office, camt([], opening=0, account="6222000000000001111"), "ST_x.xml")

    assert received.state.value == "refused"
    assert received.error["code"] == "bank_account_unknown"
    assert "6222000000000001111" not in str(received.error)


def test_a_contradicting_statement_is_not_taken_and_is_shown(office):
    office.clock.advance(days=1)
    send(office, camt([Move(700, ref="A"), Move(-300, ref="B")], opening=OPENING), "ST_1.xml")
    send(office, camt([Move(700, ref="A"), Move(-400, ref="B")], opening=OPENING), "ST_2.xml")

    assert [fen for fen, _ in sorted(rules(office))] == [-300, 700]
    assert "bank_conflict" in alarms(office)


def test_lines_before_the_account_is_kept_are_left_out(tmp_path):
    later = ACCOUNTS.replace("since = 2026-11-24", "since = 2026-11-25")
    office = banking_office(tmp_path / "later", accounts=later)
    office.clock.advance(days=2)
    send(office, camt([Move(5, ref="A")], opening=OPENING - 5), "ST_1.xml")
    send(office, camt([], opening=OPENING, on=WEDNESDAY, number=2), "ST_2.xml")
    settle(office)

    assert lines_of(office) == []
    assert alarms(office) == []
    assert office.services.today() == date(2026, 11, 26)
    office.store.close()
