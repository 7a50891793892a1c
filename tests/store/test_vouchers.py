"""The books in the store: balanced whoever writes, numbered without gaps, only ever added to."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub.domain.voucher import Document
from hub.errors import Rejected
from hub.flows import bookkeeping
from hub.mappings.books import load_books
from hub.store.vouchers import Span
from tests.conftest import ROOT
from tests.store.threads import at_once

BOOKS = load_books(ROOT / "config")
DAY = date(2026, 11, 24)
SLIP = Document(name="银行拨款凭证", sha256="a" * 64)
FACTS = {"title": "11月养老金", "benefit": "养老金", "bank": "icbc"}


def release(uow, now, subject="batch:1", amount_fen=1000, *, on=DAY, fund="pension"):
    return bookkeeping.book(
        uow, "payout.released", subject=subject, fund=fund, amount_fen=amount_fen, on=on,
        documents=[SLIP], books=BOOKS, at=now, facts=FACTS,
    )  # fmt: skip


def test_a_voucher_comes_back_as_it_was_booked(store, now):
    booked = store.transact(lambda u: release(u, now))

    with store.read() as uow:
        found = uow.vouchers.get("pension-202611-1")
        (entry,) = uow.journal.list(event="voucher.booked")
    assert found == booked
    assert found.sha256 in entry.facts


def test_numbers_run_by_fund_and_month_and_a_unit_that_fails_gives_its_number_back(store, now):
    class Lost(Exception):
        pass

    def fails(uow):
        release(uow, now, "batch:x")
        raise Lost

    store.transact(lambda u: release(u, now, "batch:1"))
    with pytest.raises(Lost):
        store.transact(fails)
    december = date(2026, 12, 1)
    made = [
        store.transact(lambda u: release(u, now, "batch:2")).no,
        store.transact(lambda u: release(u, now, "batch:3", on=december)).no,
        store.transact(lambda u: release(u, now, "batch:1", fund="medical")).no,
    ]

    assert made == ["pension-202611-2", "pension-202612-1", "medical-202611-1"]


def test_many_at_once_book_one_event_once_and_leave_no_gap(store, now):
    subjects = [f"batch:{n % 4}" for n in range(12)]

    at_once(lambda s: store.transact(lambda u: release(u, now, s)), subjects)

    with store.read() as uow:
        found = list(uow.vouchers.list(Span()))
    assert [v.number for v in found] == [1, 2, 3, 4]
    assert {v.subject for v in found} == set(subjects)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE vouchers SET summary = 'x'",
        "DELETE FROM voucher_documents",
        "UPDATE voucher_lines SET amount_fen = 1",
        "DELETE FROM voucher_lines",
        "INSERT INTO voucher_lines VALUES ('pension-202611-1', 3, 'debit', '暂收款', '', 5)",
        "INSERT INTO voucher_lines VALUES ('pension-202611-9', 1, 'debit', '暂收款', '', 5)",
    ],
)
def test_the_database_refuses_to_change_what_is_booked_whoever_writes(store, now, change):
    store.transact(lambda u: release(u, now))

    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(change))


def write_by_hand(store, credit_fen):
    """Copy the first voucher as the second one, with lines of one's own, past the hub."""
    columns = (
        "fund, month, booked_on, event, subject, revision, summary, amount_fen, rule, actor,"
        " facts, booked_at"
    )
    with store._engine.begin() as connection:
        for line, side, fen in ((1, "debit", 1000), (2, "credit", credit_fen)):
            values = f"'pension-202611-2', {line}, '{side}', '暂收款', '', {fen}"
            connection.execute(text(f"INSERT INTO voucher_lines VALUES ({values})"))
        connection.execute(
            text(
                f"INSERT INTO vouchers (no, number, key, {columns})"
                f" SELECT 'pension-202611-2', 2, 'k', {columns} FROM vouchers"
            )
        )


def test_the_database_refuses_a_voucher_that_does_not_balance(store, now):
    store.transact(lambda u: release(u, now))

    for credit_fen in (999, 1001, -1000):
        with pytest.raises(DBAPIError):
            write_by_hand(store, credit_fen)

    write_by_hand(store, 1000)


def test_one_voucher_cannot_be_reversed_twice(store, now):
    booked = store.transact(lambda u: release(u, now))
    cause = bookkeeping.Cause(at=now, actor="person", prepared_by="王芳", reviewed_by="李强")

    def undo(uow):
        return bookkeeping.reverse(
            booked.no, uow, on=DAY, reason="重复", documents=[SLIP], cause=cause
        )

    undone = store.transact(undo)
    with pytest.raises(Rejected) as again:
        store.transact(undo)
    with pytest.raises(Rejected) as reversal:
        store.transact(
            lambda u: bookkeeping.reverse(
                undone.no, u, on=DAY, reason="x", documents=[SLIP], cause=cause
            )
        )

    assert again.value.code == "voucher_reversed"
    assert reversal.value.code == "voucher_is_reversal"
    with store.read() as uow:
        assert {b.balance_fen for b in uow.vouchers.balances(Span())} == {0}
