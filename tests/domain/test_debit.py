"""Direct debits: mandates by the day, words, and answers that come to the same in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.debit import DebitItem, item_words, state_called
from hub.domain.debit_preflight import check
from hub.domain.payout import BACK, NEXT, BatchState, ItemState, PayoutBatch, PayoutKind
from hub.domain.payout_answer import COUNTED, Answer, Effect, Standing
from hub.domain.payout_form import SIGNED_OF_DEBIT, digest
from hub.domain.payout_return import contradict, decide
from hub.domain.way import Way, way_of

DAY = date(2026, 11, 24)
ITEM = DebitItem(
    id=1, list_id=1, item_no=1, person_id="330106195803010011", person_name="王芳",
    benefit="居民医保", period=202611, amount_fen=100, bank="gamma",
    account_no="6222020000000000018", account_name="王父", end_to_end_id="E",
    state=ItemState.IN_FLIGHT, batch_id=1, mandate_no="SQ1", mandate_on=DAY,
)  # fmt: skip
BATCH = PayoutBatch(
    id=1, list_id=1, bank="gamma", kind=PayoutKind.COLLECTION, fund="medical", business_on=DAY,
    sequence=1, message_id="M", file_name="F", item_count=1, total_fen=100,
    created_at=datetime(2026, 11, 24, tzinfo=UTC), state=BatchState.SENT,
)  # fmt: skip
ANSWERS = st.builds(
    Answer,
    line=st.just(1),
    bank=st.just("gamma"),
    form=st.sampled_from(["delimited", "pain002", "pacs004"]),
    standing=st.sampled_from(list(Standing)),
    reason=st.sampled_from([None, "AM04", "MD06"]),
    settled_on=st.sampled_from([None, DAY, DAY + timedelta(days=1)]),
    amount_fen=st.sampled_from([None, 100]),
)
ENDS = {Standing.PAID: ItemState.PAID, Standing.REJECTED: ItemState.FAILED,
        Standing.RETURNED: ItemState.REVERSED}  # fmt: skip


def run(answers):
    """Return the item, and what each answer did, after answers in an order."""
    item, known, effects = ITEM, [], []
    for one in answers:
        decision = decide(item, BATCH, one, known, Way.DEBIT)
        effects.append(decision.effect)
        if decision.effect in COUNTED:
            known.append(one)
        if decision.state is not None:
            assert decision.state is item.state or decision.state in NEXT[item.state]
            item = replace(item, state=decision.state)
    return item, effects, known


@given(st.lists(ANSWERS, min_size=4, max_size=4, unique_by=lambda a: a.identity()))
def test_answers_in_every_order_end_in_the_same_state(answers):
    ends = set()
    for order in permutations(answers):
        item, effects, known = run(order)
        ends.add((item.state, contradict(known), Effect.TWICE in effects, Effect.HELD in effects))

    assert len(ends) == 1


@pytest.mark.parametrize("standing", list(ENDS))
def test_each_end_has_its_own_state(standing):
    item, effects, _ = run([Answer(line=1, bank="gamma", form="f", standing=standing)])

    assert (item.state, effects) == (ENDS[standing], [Effect.APPLIED])
    assert item.state is not ItemState.RETURNED


def test_a_reversal_after_a_failure_is_noted_and_a_success_no_more():
    said = {s: Answer(line=1, bank="g", form="f", standing=s) for s in ENDS}

    item, effects, _ = run([said[Standing.REJECTED], said[Standing.RETURNED], said[Standing.PAID]])

    assert item.state is ItemState.REVERSED
    assert effects == [Effect.APPLIED, Effect.APPLIED, Effect.CONTRADICTS]


@given(st.integers(-400, 400), st.one_of(st.none(), st.integers(-400, 400)))
def test_a_mandate_counts_from_its_first_to_its_last_day(begun, ends):
    until = None if ends is None else DAY + timedelta(days=ends)
    item = replace(ITEM, mandate_on=DAY + timedelta(days=begun), mandate_until=until)

    codes = {one.code for one in check(item, DAY) if one.refuses}

    assert item.is_covered(DAY) is (begun <= 0 and (ends is None or ends >= 0))
    assert bool(codes) is not item.is_covered(DAY)
    assert codes <= {"debit_mandate_not_signed", "debit_mandate_expired"}


@pytest.mark.parametrize("number", ["SQ 1", "a/b", "(2026)1", "A" * 35])
def test_mandate_numbers_of_the_swift_set_pass(number):
    assert list(check(replace(ITEM, mandate_no=number), DAY)) == []


@pytest.mark.parametrize("number", ["授1", "/a", "a/", "a//b", "A" * 36, "a_b", "ａ1"])
def test_others_do_not(number):
    found = [one.code for one in check(replace(ITEM, mandate_no=number), DAY)]

    assert found == ["debit_mandate_malformed"]


@pytest.mark.parametrize("change", ["mandate_no", "mandate_on", "mandate_until"])
def test_a_signature_covers_the_mandate(change):
    from tests.store.test_debits import listed

    form = listed(datetime(2026, 11, 24, tzinfo=UTC))
    other = replace(ITEM, **{change: "SQ2" if change == "mandate_no" else date(2026, 1, 1)})
    values = [[getattr(one, name) for name in SIGNED_OF_DEBIT] for one in (ITEM, other)]

    digests = {digest(form, [one], [])[0] for one in values}

    assert len(digests) == 2


def test_words_of_states_are_those_of_staff_and_lead_back():
    assert item_words(ItemState.PAID) == ("succeeded", "扣款成功")
    for state in ItemState:
        assert state_called(item_words(state)[0]) is state
    assert state_called("paid") is None


def test_every_kind_goes_one_way():
    assert [kind for kind in PayoutKind if way_of(kind) is Way.DEBIT] == [PayoutKind.COLLECTION]
    assert {after for before in BACK for after in NEXT[before]} == {ItemState.REVERSED}


def test_the_holder_s_identity_is_known_when_the_person_pays():
    assert ITEM.holder_id is None
    assert replace(ITEM, account_name="王芳").holder_id == ITEM.person_id
