"""Bank lines in the store: each there once, explained once, each payment shown once."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.bank_account import BankAccount
from hub.domain.bank_chain import DayFacts, chain
from hub.domain.bank_entries import Explanation, Part
from hub.domain.bank_statement import Standing, StatementLine
from hub.domain.fund_account import AccountKind
from hub.store.bank_statements import Statement
from tests.store.test_vouchers import BOOKS, release

DAY = date(2026, 11, 24)
ACCOUNT = BankAccount(
    name="out", title="支出户", partner="icbc", kind=AccountKind.EXPENDITURE, funds=("pension",),
    number="1", since=DAY, opening_fen=5000,
)  # fmt: skip


def statement(uow, now, *, digest="d", standing=Standing.TAKEN, opening=5000, closing=4000):
    received = uow.inbox.add(
        channel="bank-in", name=f"{digest}.xml", sha256=digest * 64, size_bytes=1,
        at=now, trace_id="t",
    ) if not uow.inbox.list() else uow.inbox.list()[0]  # fmt: skip
    position = len(uow.bank_statements.of_inbox(received.id)) + 1
    return uow.bank_statements.add(
        Statement(
            account="out", inbox_id=received.id, position=position, form="camt", reference=None,
            sequence_no=7, first_on=DAY, last_on=DAY, opening_fen=opening, closing_fen=closing,
            line_count=1, credit_fen=0, debit_fen=1000, digest=digest, standing=standing,
            taken_at=now,
        )
    )  # fmt: skip


def line(fen=-1000, reference="A"):
    return StatementLine(
        number=1, booked_on=DAY, amount_fen=fen, reference=reference, end_to_end_ids=("E1", "E2"),
        place_line=3, place_byte=120,
    )  # fmt: skip


@pytest.fixture
def kept(store, now):
    """One line of an account in the store."""

    def unit(uow):
        uow.bank_statements.add_lines("out", statement(uow, now), [("i1", line())])

    store.transact(unit)
    with store.read() as uow:
        return next(iter(uow.bank_matches.lines("out")))


def test_a_line_comes_back_as_it_was_with_its_place(store, kept):
    assert kept.line == line()
    assert (kept.rule, kept.open_fen) == (None, -1000)
    with store.read() as uow:
        before = uow.bank_statements.before("out", DAY, DAY)
    assert before.bag == {DAY: {line().base: 1}}
    assert before.sums == {DAY: (0, -1000)}
    assert before.edges == ((5000, 4000),)


def test_a_line_is_there_once_and_a_statement_is_taken_once(store, now, kept):
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        store.transact(
            lambda u: u.bank_statements.add_lines("out", 1, [("i1", line(reference="B"))])
        )
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        store.transact(lambda u: statement(u, now))
    store.transact(lambda u: statement(u, now, standing=Standing.REPEAT))


def test_what_a_bank_said_is_never_changed(store, kept):
    for change in (
        "UPDATE bank_lines SET amount_fen = 1",
        "DELETE FROM bank_lines",
        "UPDATE bank_statements SET closing_fen = 1",
        "DELETE FROM bank_statements",
    ):
        with pytest.raises(DBAPIError, match="only grow"), store._engine.begin() as connection:
            connection.execute(text(change))


def test_a_line_is_explained_once_and_a_payment_is_shown_once(store, now, kept):
    def book(uow):
        first, second = release(uow, now, "batch:1"), release(uow, now, "batch:2")
        uow.bank_statements.add_lines("out", 1, [("i2", line(reference="B"))])
        return first, second

    first, second = store.transact(book)
    why = Explanation(
        rule="r@1",
        parts=(
            Part(voucher_no=first.no, voucher_line=2, amount_fen=-1000, subject="payout_item:1"),
        ),
    )
    other = Explanation(rule="q@1", parts=())
    again = Explanation(
        rule="r@1",
        parts=(
            Part(voucher_no=second.no, voucher_line=2, amount_fen=-1000, subject="payout_item:1"),
        ),
    )

    def explain(uow, which, reason):
        return uow.bank_matches.explain(which, reason, purpose="benefit", fund="pension", at=now)

    assert store.transact(lambda u: explain(u, kept.id, why))
    assert not store.transact(lambda u: explain(u, kept.id, other))
    with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
        store.transact(lambda u: explain(u, kept.id + 1, again))
    with store.read() as uow:
        entries = uow.bank_books.entries(ACCOUNT, BOOKS)
        assert [(one.subject, one.open_fen) for one in entries] == [("batch:2", -1000)]
        assert uow.bank_books.balance(ACCOUNT, BOOKS, DAY) == 3000
        assert uow.bank_books.over_shown().first is None
        assert uow.bank_matches.shown(["payout_item:1", "payout_item:2"]) == {"payout_item:1"}
        assert uow.bank_matches.open_at("out", DAY)[0][1] == -1000

    store.transact(lambda u: u.bank_matches.forget([kept.id]))
    assert store.transact(lambda u: explain(u, kept.id, other))


def test_days_are_written_closed_and_opened_again_by_what_changes_them(store, now, kept):
    def write(uow):
        facts = uow.bank_statements.facts("out", DAY)
        days = chain(facts, 5000)
        return uow.bank_statements.write_days(
            "out", facts, days, uow.bank_statements.counts("out", DAY)
        )

    store.transact(write)
    assert store.transact(lambda u: u.bank_statements.close_day("out", DAY, at=now))
    assert not store.transact(lambda u: u.bank_statements.close_day("out", DAY, at=now))
    assert store.transact(write) == []
    store.transact(
        lambda u: u.bank_statements.add_lines("out", 1, [("i2", line(fen=5, reference="B"))])
    )

    assert store.transact(write) == [DAY]
    with store.read() as uow:
        (day,) = uow.bank_statements.days("out")
        assert uow.bank_books.day_not_its_lines().first is None
    assert day.closed_at is None
    assert (day.line_count, day.broken_fen) == (2, -5)
    assert DayFacts(on=DAY).net_fen == 0


def test_a_day_that_does_not_add_up_cannot_be_written(store, kept):
    broken = (
        "INSERT INTO bank_days VALUES ('out', '2026-11-24', 1, 0, 1000, 5000, 4001, NULL, 0, NULL)"
    )
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(broken))
