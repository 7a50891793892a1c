"""The lists of reconciliation: right, page by page, and from an index whatever they are asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from hub.domain.discrepancy import Ending, Event, State
from hub.domain.verdict import Verdict
from hub.store.schema import metadata
from hub.store.views import discrepancies as view
from hub.store.views import letters, reconciliation
from hub.store.views.discrepancies import Asked
from tests.store.records import differ

FIRST = date(2026, 11, 2)


@pytest.fixture
def thirty(store, now):
    """Thirty discrepancies, one a day; every third is closed."""

    def unit(uow):
        for n in range(30):
            cause = Event.SOURCE_MISSING if n % 10 == 0 else Verdict.SHORT
            partner = "tax" if n % 10 == 0 else None
            one = differ(f"k{n}", amount_fen=n * 100, receipt_no=f"R{n}", partner=partner)
            one = replace(one, cause=cause)
            on = FIRST + timedelta(days=n)
            uow.discrepancies.open(one, owner="甲" if n % 2 else "乙", on=on, at=now)
            if n % 3 == 0:
                uow.discrepancies.end(f"k{n}", Ending.CLEARED, at=now)

    store.transact(unit)


def every(store, asked, limit):
    """Return the receipts of all pages."""
    found, after = [], None
    with store.read() as uow:
        while True:
            rows, after = view.page(uow, asked, limit=limit, after=after)
            assert len(rows) <= limit
            found += [int(row.difference.receipt_no[1:]) for row in rows]
            if after is None:
                return found


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (Asked(), lambda n: n % 3),
        (Asked(closed_too=True), lambda _: True),
        (Asked(state=State.CLOSED), lambda n: n % 3 == 0),
        (Asked(cause=Verdict.SHORT, owner="甲"), lambda n: n % 3 and n % 10 and n % 2),
        (Asked(partner="tax", closed_too=True), lambda n: n % 10 == 0),
        (Asked(number="R7"), lambda n: n == 7),
        (Asked(opened_from=FIRST + timedelta(days=5), opened_to=FIRST + timedelta(days=9)),
         lambda n: n % 3 and 5 <= n <= 9),
        (Asked(amount_from_fen=1_000, amount_to_fen=2_000), lambda n: n % 3 and 10 <= n <= 20),
        (Asked(since_to=FIRST + timedelta(days=4), closed_too=True), lambda n: n <= 4),
    ],
)  # fmt: skip
def test_all_pages_together_are_what_was_asked_for(store, thirty, monkeypatch, asked, wanted):
    expected = [n for n in range(30) if wanted(n)]

    assert every(store, asked, 50) == expected
    monkeypatch.setattr(view, "LOOKED_AT_ONCE", 4)
    monkeypatch.setattr(view, "LOOKED_MAX", 8)
    assert every(store, asked, 3) == expected


def test_a_page_that_found_little_says_where_to_go_on(store, thirty, monkeypatch):
    monkeypatch.setattr(view, "LOOKED_AT_ONCE", 4)
    monkeypatch.setattr(view, "LOOKED_MAX", 8)
    with store.read() as uow:
        rows, after = view.page(uow, Asked(amount_from_fen=2_800, closed_too=True), limit=5)

    assert (rows, after is None) == ([], False)


def test_ages_are_sums_of_what_is_not_closed(store, thirty):
    with store.read() as uow:
        found = view.aged(uow, [FIRST + timedelta(days=20), FIRST + timedelta(days=10)])

    sums = {span: sum(a.amount_fen for a in found if a.span == span) for span in (0, 1, 2)}
    alive = [n for n in range(30) if n % 3]
    assert sums == {
        0: sum(n * 100 for n in alive if n >= 20),
        1: sum(n * 100 for n in alive if 10 <= n < 20),
        2: sum(n * 100 for n in alive if n < 10),
    }


ASKED = [
    Asked(), Asked(state=State.CLOSED), Asked(state=State.PROPOSED, owner="x"),
    Asked(cause=Verdict.SHORT, closed_too=True, amount_from_fen=1),
    Asked(owner="x", closed_too=True),
    Asked(partner="tax", cause=Verdict.SHORT), Asked(opened_from=FIRST, amount_to_fen=5),
    Asked(since_from=FIRST, closed_too=True),
]  # fmt: skip


def test_every_list_is_read_in_the_order_of_an_index(store, plans):
    with store.begin() as uow:
        for asked in ASKED:
            view.page(uow, asked, limit=50)
            view.page(uow, asked, limit=50, after='["2026-11-24", 7]')

    assert not [step for step in plans if "TEMP B-TREE" in step]
    assert not [step for step in plans if step.startswith("SCAN") and "INDEX" not in step]


def test_a_number_is_found_in_three_indexes(store, plans):
    with store.begin() as uow:
        view.page(uow, Asked(number="R"), limit=50)

    assert "MULTI-INDEX OR" in plans
    assert not [step for step in plans if step.startswith("SCAN")]


def test_pages_of_days_files_and_letters_use_an_index(store, plans):
    with store.begin() as uow:
        view.aged(uow, [FIRST])
        view.of_receipt(uow, "R1")
        view.of_payer(uow, "P1", period=202611)
        view.asked_in(uow, 1)
        reconciliation.by_kind(uow, FIRST)
        reconciliation.by_day(uow, FIRST, FIRST)
        reconciliation.neighbours(uow, FIRST)
        reconciliation.arrived(uow, FIRST)
        letters.page(uow, limit=50)
        letters.reminders(uow, 1)
        letters.item_states(uow, 1)

    loose = [s for s in plans if s in {f"SCAN {name}" for name in metadata.tables}]
    assert loose == ["SCAN letters"]  # latest first, by its own number, a page of them
    assert any("discrepancy_ages" in step and "COVERING" in step for step in plans)
