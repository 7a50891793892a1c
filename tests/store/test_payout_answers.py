"""Answers and their payments on both databases: found in bulk, there once, nobody forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from hub.domain.payout import (
    ItemState,
    ListState,
    PayoutBatch,
    PayoutItem,
    PayoutKind,
    PayoutList,
    Stop,
)
from hub.domain.payout_answer import Answer, Effect, Standing
from hub.store.payout_answers import Stored
from hub.store.payout_outcomes import Change
from tests.store.records import receive

DAY = date(2026, 11, 24)


@pytest.fixture
def items(store, now):
    """Three payments in flight in one batch of one list, the last two to one account."""

    def unit(uow):
        receive(uow, 1, at=now)
        payout = uow.payouts.add(
            PayoutList(
                id=0, key="k", kind=PayoutKind.SOCIAL, fund="pension", title="t", month=202611,
                state=ListState.DRAFT, item_count=3, total_fen=600, stated_count=3,
                stated_fen=600, source_sha256="0" * 64, added_at=now,
            )
        )  # fmt: skip
        uow.payout_items.add(
            PayoutItem(
                id=0, list_id=payout.id, item_no=n, person_id=f"P{n}", person_name="x",
                benefit="b", period=202611, amount_fen=min(n, 2) * 100, bank="alpha",
                account_no=f"A{min(n, 2)}", account_name="x", end_to_end_id=f"E{n}",
            )
            for n in (1, 2, 3)
        )  # fmt: skip
        uow.payout_items.accept(payout.id)
        batch = uow.payout_batches.add(
            PayoutBatch(
                id=0, list_id=payout.id, bank="alpha", kind=PayoutKind.SOCIAL, fund="pension",
                business_on=DAY,
                sequence=uow.payout_batches.next_sequence("alpha", "social", DAY),
                message_id="M1", file_name="F1", item_count=3, total_fen=500, created_at=now,
            )
        )  # fmt: skip
        uow.payout_items.assign(batch.id, list_id=payout.id, bank="alpha", first=1, last=3)
        uow.payout_items.move_batch(batch.id, before=ItemState.LISTED, after=ItemState.IN_FLIGHT)
        return list(uow.payout_items.of_batch(batch.id))

    return store.transact(unit)


def answer(number=1, standing=Standing.PAID, **facts):
    return Answer(
        line=number, bank="alpha", form="delimited", standing=standing, end_to_end_id=f"E{number}",
        mapping_sha256="f" * 64, **facts,
    )  # fmt: skip


def stored(one, item=None, effect=Effect.APPLIED):
    return Stored(
        answer=one, inbox_id=1, layout="result", effect=effect, identity=one.identity(),
        item_id=item.id if item else None, batch_id=item.batch_id if item else None,
    )  # fmt: skip


def test_an_answer_comes_back_as_it_was(store, now, items):
    one = answer(
        1, Standing.REJECTED, raw_code="户名不符", reason="BE01", amount_fen=100, settled_on=DAY,
        item_no=1, reference="R", file_name="F1", raw_status="6", message_id="M1",
    )  # fmt: skip
    store.transact(lambda u: u.payout_answers.add([stored(one, items[0])], at=now))

    with store.read() as uow:
        (found,) = uow.payout_answers.list(Effect.APPLIED, inbox_id=1)
        assert uow.payout_answers.known([one.identity(), "x"]) == {one.identity()}
        assert uow.payout_answers.about([items[0].id, items[1].id]) == {items[0].id: [one]}
        assert uow.payout_answers.about([items[0].id], but={found.id}) == {}
        assert uow.payout_answers.named(1, items[0].batch_id) == {items[0].id}
        assert uow.payout_answers.counts(1) == {Effect.APPLIED: (1, 100)}
    assert found.answer == one
    assert found.evidence == "inbox:1/line:1"


def test_an_answer_is_there_once_whoever_writes_it(store, now, items):
    store.transact(lambda u: u.payout_answers.add([stored(answer(), items[0])], at=now))

    with pytest.raises(IntegrityError):
        store.transact(lambda u: u.payout_answers.add([stored(answer(), items[1])], at=now))


def test_only_what_belongs_to_no_payment_may_lack_one(store, now, items):
    store.transact(lambda u: u.payout_answers.add([stored(answer(), None, Effect.STRAY)], at=now))

    with pytest.raises(IntegrityError):
        store.transact(lambda u: u.payout_answers.add([stored(answer(2), None)], at=now))


def test_payments_are_found_by_id_number_and_account(store, items):
    a, b, c = items
    with store.begin() as uow:
        outcomes = uow.payout_outcomes
        assert outcomes.of_ids(["E2", "E1", "none"]) == {"E1": a, "E2": b}
        assert outcomes.of_numbers(a.batch_id, {1, 3, 4}) == {1: [a], 3: [c]}
        wanted = {"A1", "A2", "none"}
        assert outcomes.of_accounts("alpha", wanted, batch_id=None) == {"A1": [a], "A2": [b, c]}
        assert outcomes.of_accounts("alpha", {"A2"}, batch_id=a.batch_id) == {"A2": [b, c]}
        assert outcomes.of_accounts("beta", wanted, batch_id=None) == {}
        assert outcomes.ids_of_batch(a.batch_id) == [a.id, b.id, c.id]


def test_states_change_together_and_never_backwards(store, now, items):
    a, b, c = items

    def change(item, state, code=None):
        return Change(
            item=item, state=state, evidence="inbox:1/line:1", on=DAY, code=code, raw=code,
            version=None,
        )  # fmt: skip

    store.transact(
        lambda u: u.payout_outcomes.apply(
            [change(a, ItemState.PAID), change(b, ItemState.RETURNED, "BE01")]
        )
    )

    with store.read() as uow:
        assert uow.payout_outcomes.returned(a.batch_id) == {"BE01": (1, 200)}
        assert uow.payout_outcomes.by_benefit([a.id, b.id]) == {(a.batch_id, "b"): 300}
        waiting = {one.item.id: one.since_on for one in uow.payout_outcomes.unpaid()}
        counts = {row["state"]: row["count"] for row in uow.payout_outcomes.success(202611)}
    assert waiting == {b.id: DAY, c.id: DAY}
    assert counts == {"paid": 1, "returned": 1, "in_flight": 1}
    with pytest.raises(ValueError, match="no item goes"):
        store.transact(
            lambda u: u.payout_outcomes.apply(
                [change(replace(b, state=ItemState.RETURNED), ItemState.PAID)]
            )
        )


def test_whose_benefit_is_stopped_waits_for_nothing(store, now, items):
    stop = Stop(person_id="P1", benefit=None, reason="MD07", evidence="inbox:1/line:1", at=now)
    store.transact(lambda u: u.payout_checks.stop(stop))

    with store.read() as uow:
        waiting = {one.item.person_id for one in uow.payout_outcomes.unpaid()}
    assert waiting == {"P2", "P3"}
