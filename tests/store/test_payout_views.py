"""Lists of payouts and debits in the console look into indexes, and give each row once."""

from __future__ import annotations

import pytest

from hub.domain.payout import ItemState
from hub.domain.way import Way
from hub.store.views import payouts, refunds, returns

WAYS = pytest.mark.parametrize("way", list(Way))


def ask_items(uow, **wanted):
    after = wanted.pop("after", None)
    payouts.items(uow, payouts.ItemsWanted(**wanted), after=after, limit=50)


@WAYS
@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda u: ask_items(u, list_id=1), "list_id=?"),
        (lambda u: ask_items(u, list_id=1, after="[7]"), "list_id=? AND item_no>?"),
        (lambda u: ask_items(u, list_id=1, state="paid", after="[7]"),
         "item_by_state (list_id=? AND state=? AND item_no>?"),
        (lambda u: ask_items(u, batch_id=1, state="paid", after="[7]"),
         "item_by_batch (batch_id=? AND item_no>?"),
        (lambda u: ask_items(u, name="王"), "item_by_name (person_name>? AND person_name<?"),
        (lambda u: ask_items(u, name="王", partner="alpha"),
         "item_by_name (person_name>? AND person_name<?"),
        (lambda u: ask_items(u, after="[7]"), "rowid<?"),
        (lambda u: payouts.batches(u, after=None, limit=50, list_id=1), "batch_by_list"),
        (lambda u: payouts.batches(u, after="[7]", limit=50, partner="alpha"),
         "batch_by_bank (bank=? AND id<?"),
        (lambda u: payouts.findings(u, 1, after=None, limit=50), "finding_by_item (list_id=?"),
        (lambda u: payouts.changes(u, 1, what="new", after="[7]", limit=50),
         "change_of_list (list_id=? AND what=? AND id>?"),
        (lambda u: payouts.answers_of(u, 1), "answer_by_item (item_id=?"),
    ],
)  # fmt: skip
def test_a_page_of_a_list_is_found_by_an_index_and_not_sorted(store, plans, way, ask, index):
    with store.on(way).read() as uow:
        ask(uow)

    assert [step for step in plans if index in step], plans
    assert not [step for step in plans if "TEMP B-TREE" in step], plans


@WAYS
@pytest.mark.parametrize(
    "ask",
    [
        lambda u: returns.open_items(u, returns.Wanted(), after=None, limit=50),
        lambda u: returns.open_items(
            u, returns.Wanted(states=returns.WAITING, codes={"social": ["AC04", None]}),
            after="[7]", limit=50,
        ),
        returns.ages,
        lambda u: returns.months(u, 202601, 202612),
    ],
)  # fmt: skip
def test_what_did_not_arrive_is_found_without_reading_what_did(store, plans, way, ask):
    with store.on(way).read() as uow:
        ask(uow)

    assert plans
    over_items = [step for step in plans if step.startswith("SCAN") and "_items" in step]
    assert [one for one in over_items if "item_troubled" not in one] == []


def test_refunds_are_found_by_their_state(store, plans):
    with store.read() as uow:
        refunds.cases(uow, state="open", after=None, limit=50)

    assert [step for step in plans if "refund_by_state (state=?" in step]
    assert not [step for step in plans if "TEMP B-TREE" in step]


def test_nobody_asks_for_a_state_of_everything(store):
    from hub.errors import Rejected

    with store.read() as uow, pytest.raises(Rejected) as found:
        ask_items(uow, state=ItemState.PAID.value)
    assert found.value.code == "items_of_what"
