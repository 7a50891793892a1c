"""What runs once for every chunk of an answer looks into an index and never reads all payments."""

from __future__ import annotations

import pytest

from tests.store.plans import explaining


@pytest.fixture
def plans(store):
    """Collect how SQLite would carry out each query over items that a test makes."""
    found = []
    with explaining(store, lambda _, steps: found.extend(steps), of="SELECT payout_items"):
        yield found


@pytest.mark.parametrize(
    "ask",
    [
        lambda outcomes: outcomes.of_ids(["E1", "E2"]),
        lambda outcomes: outcomes.of_numbers(1, [1, 2]),
        lambda outcomes: outcomes.of_accounts("alpha", ["A1", "A2"], batch_id=1),
        lambda outcomes: outcomes.of_accounts("alpha", ["A1", "A2"], batch_id=None),
        lambda outcomes: outcomes.of_items([1, 2]),
        lambda outcomes: outcomes.returned(1),
    ],
)
def test_payments_of_an_answer_are_found_by_an_index(store, plans, ask):
    with store.begin() as uow:
        ask(uow.payout_outcomes)

    assert plans
    assert not [step for step in plans if step.startswith("SCAN")]


@pytest.mark.parametrize("count", [1, 500])
def test_a_batch_is_not_read_for_the_accounts_in_it(store, plans, count):
    accounts = [f"A{n}" for n in range(count)]
    with store.begin() as uow:
        uow.payout_outcomes.of_accounts("alpha", accounts, batch_id=1)

    assert any("payout_item_by_account (account_no=? AND batch_id=?)" in step for step in plans)


def test_returns_look_for_their_repairs_by_entitlement(store, plans):
    with store.begin() as uow:
        uow.payout_outcomes.returned(1)

    assert any("(person_id=? AND benefit=? AND period=?" in step for step in plans)
