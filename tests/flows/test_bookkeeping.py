"""The books under any sequence of events: every fund's trial balance is zero, twice is once."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.domain.voucher import Cause, Document, Occurrence
from hub.errors import Rejected
from hub.flows import bookkeeping
from hub.mappings.books import load_books
from hub.store.vouchers import Span
from tests.conftest import ROOT
from tests.doubles import NOON
from tests.servers import migrated_store

BOOKS = load_books(ROOT / "config")
PAPER = Document(name="银行回单", sha256="c" * 64)
FACTS = {"title": "11月", "benefit": "养老金", "bank": "icbc", "day": "2026-11-24"}
CAUSE = Cause(at=NOON, actor="hub")
FUNDS = st.sampled_from(["pension", "work_injury"])
DAYS = st.sampled_from([date(2026, 11, 24), date(2026, 11, 30), date(2026, 12, 1)])

BOOK = st.tuples(
    st.just("book"), st.sampled_from(list(BOOKS.events())), FUNDS, st.sampled_from("ab"),
    st.integers(1, 3), DAYS,
)  # fmt: skip
REPLACE = st.tuples(
    st.just("replace"), st.just("contribution.credited"), FUNDS, st.sampled_from("xy"),
    st.integers(-2, 3), DAYS,
)  # fmt: skip
REVERSE = st.tuples(st.just("reverse"), st.integers(0, 30))


class Undo(Exception):
    """Takes back what one example wrote."""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = migrated_store(tmp_path_factory.mktemp("books") / "hub.db")
    yield store
    store.close()


def act(uow, step):
    kind, *rest = step
    if kind == "reverse":
        known = list(uow.vouchers.list(Span()))
        if known:
            bookkeeping.reverse(
                known[rest[0] % len(known)].no, uow, on=date(2026, 12, 31), reason="x",
                documents=[PAPER], cause=CAUSE,
            )  # fmt: skip
        return
    event, fund, subject, amount_fen, on = rest
    occurrence = Occurrence(
        event=event, subject=subject, fund=fund, amount_fen=amount_fen, on=on,
        documents=(PAPER,), facts=FACTS,
    )  # fmt: skip
    how = bookkeeping.replace if kind == "replace" else bookkeeping.book_once
    how(occurrence, BOOKS, uow, cause=CAUSE)


def must_hold(uow):
    sums, numbers = Counter(), {}
    for balance in uow.vouchers.balances(Span()):
        sums[balance.fund] += balance.balance_fen
    assert set(sums.values()) <= {0}
    for voucher in uow.vouchers.list(Span()):
        numbers.setdefault((voucher.fund, voucher.month), []).append(voucher.number)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    for question in (uow.audit.unbalanced, uow.audit.gap_in_numbers, uow.audit.reversal_unlike):
        assert question().first is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(BOOK, REPLACE, REVERSE), max_size=12))
def test_any_sequence_of_events_keeps_the_books_at_zero_and_again_changes_nothing(store, steps):
    with pytest.raises(Undo), store.begin() as uow:  # noqa: PT012
        for step in steps:
            try:
                act(uow, step)
            except Rejected as error:
                assert error.code in {  # noqa: PT017 -- which refusals there may be
                    "voucher_differs", "voucher_reversed", "voucher_is_reversal",
                }  # fmt: skip
        must_hold(uow)
        before = list(uow.vouchers.list(Span()))
        for step in steps:
            if step[0] == "book" and uow.vouchers.latest(step[2], step[1], step[3]):
                try:
                    act(uow, step)
                except Rejected as error:
                    assert error.code == "voucher_differs"  # noqa: PT017
        assert list(uow.vouchers.list(Span())) == before
        raise Undo


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=8))
def test_what_is_booked_of_a_day_is_always_its_last_sum(store, amounts):
    with pytest.raises(Undo), store.begin() as uow:  # noqa: PT012
        for amount_fen in amounts:
            step = ("replace", "contribution.credited", "pension", "d", amount_fen, NOON.date())
            act(uow, step)
            act(uow, step)
        found = {b.account: b.balance_fen for b in uow.vouchers.balances(Span())}
        assert found.get("财政专户存款", 0) == amounts[-1]
        must_hold(uow)
        raise Undo


def test_an_event_that_a_person_reversed_is_not_booked_again_by_the_hub(store):
    with pytest.raises(Undo), store.begin() as uow:  # noqa: PT012
        step = ("book", "payout.released", "pension", "a", 5, NOON.date())
        act(uow, step)
        act(uow, ("reverse", 0))
        act(uow, step)
        assert [v.amount_fen for v in uow.vouchers.list(Span())] == [5, -5]
        raise Undo


def test_another_amount_for_the_same_event_is_refused(store):
    with pytest.raises(Rejected) as found, store.begin() as uow:  # noqa: PT012
        act(uow, ("book", "payout.released", "pension", "a", 5, NOON.date()))
        act(uow, ("book", "payout.released", "pension", "a", 6, NOON.date()))

    assert found.value.code == "voucher_differs"
