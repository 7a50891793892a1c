"""Rules explain lines by open entries: whatever way a bank debits, all is shown and never more."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.bank_entries import Entry, ItemFact, Part, View, netted
from hub.domain.bank_matching import explain, group
from hub.domain.bank_statement import StatementLine

DAY = date(2026, 11, 24)


def entry(no, fen, *, subject="x", on=DAY, event="payout.released", purpose="benefit", **more):
    return Entry(
        voucher_no=no, voucher_line=2, fund="pension", event=event, subject=subject, rule="t@1",
        booked_on=on, amount_fen=fen, open_fen=fen, purpose=purpose, **more,
    )  # fmt: skip


def view_of(*entries, **more):
    return View(entries={one.key: one for one in entries}, **more)


def line(fen, text="", **more):
    return StatementLine(number=1, booked_on=DAY, amount_fen=fen, narrative=text, **more)


def settle(view, one, names=(), **more):
    """Explain a line and let the view know, as a run does."""
    why = explain(one, view, names, **more)
    if why is not None:
        assert sum(part.amount_fen for part in why.parts) == one.amount_fen
        view.take(why.parts)
    return why and why.rule


@given(
    amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
    refused=st.sets(st.integers(0, 5)),
    way=st.sampled_from(["whole", "items", "net"]),
    order=st.randoms(use_true_random=False),
)
def test_whatever_way_a_batch_is_debited_it_is_shown_in_full(amounts, refused, way, order):
    items = {
        f"E{n}": ItemFact(id=n, batch_id=1, benefit="b", amount_fen=fen, is_returned=n in refused,
                          evidence="inbox:9/line:1")
        for n, fen in enumerate(amounts)
    }  # fmt: skip
    back = sum(fen for n, fen in enumerate(amounts) if n in refused)
    entries = [entry("v1", -sum(amounts), subject="payout_batch:1/b")]
    if back:
        entries.append(entry("v2", back, subject="payout_batch:1/b/inbox:9"))

    def rejected(_batch):
        return {("b", "inbox:9"): back} if back else {}

    view = view_of(
        *entries, named_items=items, named_batches={"M1": 1}, rejected=rejected
    )  # fmt: skip
    lines = [(line(-one.amount_fen), [name]) for name, one in items.items()]
    match way:
        case "whole":
            lines = [(line(-sum(amounts)), ["M1"])]
            lines += [(line(one.amount_fen), [n]) for n, one in items.items() if one.is_returned]
        case "net":
            net = sum(amounts) - back
            lines = [(line(-net), ["M1"])] if net else []
        case "items":
            lines = [pair for pair in lines if not items[pair[1][0]].is_returned]
    order.shuffle(lines)

    assert all(settle(view, one, names) is not None for one, names in lines)
    assert netted(view.open(), rejected) == []


@given(st.lists(st.integers(-50, 50).filter(bool), max_size=12), st.data())
def test_no_line_is_ever_explained_by_more_than_an_entry_has(fens, data):
    entries = [
        entry(f"v{n}", fen, subject=f"payout_batch:{n % 3}/b", on=DAY + timedelta(days=n % 2))
        for n, fen in enumerate(fens)
    ]
    view = view_of(*entries)
    for fen in data.draw(st.lists(st.integers(-120, 120).filter(bool), max_size=12)):
        settle(view, line(fen))
    for one in entries:
        left = view.entries[one.key].open_fen
        assert abs(left) <= abs(one.amount_fen)
        assert left == 0 or (left < 0) is (one.amount_fen < 0)


def test_two_entries_of_one_amount_explain_nothing():
    view = view_of(entry("a", 100, subject="1"), entry("b", 100, subject="2"))

    assert settle(view, line(100)) is None


def test_words_keep_a_line_from_an_entry_of_another_purpose():
    view = view_of(entry("a", 100, purpose="returned_payment"))

    assert settle(view, line(100), purpose="own_interest") is None
    assert settle(view, line(100), purpose="returned_payment") == "06-entry@1"


def test_a_payment_or_return_is_shown_once():
    item = ItemFact(id=7, batch_id=1, benefit="b", amount_fen=50, is_returned=False)
    view = view_of(entry("v", -100, subject="payout_batch:1/b"), named_items={"E": item})

    assert settle(view, line(-50), ["E"]) == "02-items-named@1"
    assert settle(view, line(-50), ["E"]) is None
    assert settle(view, line(50), ["E"]) is None  # not known to be returned


def test_a_lump_of_returns_shows_each_of_them():
    items = {
        f"E{n}": ItemFact(id=n, batch_id=1, benefit="b", amount_fen=50 + n, is_returned=True,
                          evidence=f"inbox:{n}/line:3")
        for n in (1, 2)
    }  # fmt: skip
    view = view_of(
        entry("r1", 51, subject="payout_batch:1/b/inbox:1"),
        entry("r2", 52, subject="payout_batch:1/b/inbox:2"),
        named_items=items,
    )
    why = explain(line(103), view, ["E1", "E2"])

    assert why is not None
    assert {(part.voucher_no, part.subject) for part in why.parts} == {
        ("r1", "payout_return:1"), ("r2", "payout_return:2"),
    }  # fmt: skip


def test_vouchers_and_their_reversals_are_nothing_on_the_way():
    first = entry("v1", 500, subject="day")
    undone = replace(entry("v2", -500, subject="day"), reverses_no="v1")

    assert netted([first, undone], lambda _b: {}) == []
    assert netted([replace(undone, open_fen=-500)], lambda _b: {}) != []


def test_lines_of_a_day_make_up_one_entry_or_none():
    view = view_of(entry("c", 300), entry("d", 500))

    assert [one.voucher_no for one in group([line(100), line(200)], view)] == ["c"]
    assert group([line(300)], view) == []
    assert group([line(100), line(100)], view) == []


def test_more_than_an_entry_has_cannot_be_shown():
    view = view_of(entry("v", 100))
    with pytest.raises(ValueError, match="more is shown"):
        view.take([Part(voucher_no="v", voucher_line=2, amount_fen=101)])
