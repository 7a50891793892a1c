"""Many answers are paired with payments at once exactly as one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.payout import ItemState, PayoutItem
from hub.domain.payout_answer import Answer, Standing
from hub.flows.payout_matching import Matching

OPEN = (ItemState.IN_FLIGHT, ItemState.UNKNOWN)
NAMES = {"M1": 1, "M2": 2, "F1": 1, "F2": 2}  # message ids and files of two batches

items = st.builds(
    lambda n, bank, account, fen, batch, state: PayoutItem(
        id=n, list_id=1, item_no=n % 4, person_id="P", person_name="x", benefit="b", period=202611,
        amount_fen=fen, bank=bank, account_no=account, account_name="x", end_to_end_id=f"E{n}",
        batch_id=batch, state=state,
    ),
    st.integers(1, 99), st.sampled_from("ab"), st.sampled_from("XYZ"), st.integers(1, 2),
    st.sampled_from([1, 2]), st.sampled_from([ItemState.IN_FLIGHT, ItemState.PAID]),
)  # fmt: skip
answers = st.builds(
    Answer,
    line=st.just(1),
    bank=st.sampled_from("ab"),
    form=st.just("delimited"),
    standing=st.just(Standing.PAID),
    message_id=st.sampled_from([None, None, "M1", "M2", "other"]),
    file_name=st.sampled_from([None, "F1", "F2", "other"]),
    end_to_end_id=st.one_of(st.none(), st.integers(1, 99).map(lambda n: f"E{n}")),
    item_no=st.one_of(st.none(), st.integers(0, 3)),
    account_no=st.sampled_from([None, "X", "Y", "Q"]),
    amount_fen=st.sampled_from([None, 1, 2]),
)


@dataclass(frozen=True)
class Batch:
    id: int


class Shelf:
    """The payments of one example, and the batches' names, as a unit of work gives them."""

    def __init__(self, known) -> None:
        self.known = known
        self.payout_outcomes = self.payout_batches = self

    def of_message(self, _bank, name):
        return Batch(NAMES[name]) if name in NAMES else None

    def of_file(self, _bank, _name):
        return None

    def of_ids(self, ids):
        return {one.end_to_end_id: one for one in self.known if one.end_to_end_id in ids}

    def of_numbers(self, batch_id, numbers):
        return self._by("item_no", numbers, lambda one: one.batch_id == batch_id)

    def of_accounts(self, bank, accounts, *, batch_id):
        def fits(one):
            within = one.state in OPEN if batch_id is None else one.batch_id == batch_id
            return one.bank == bank and within

        return self._by("account_no", accounts, fits)

    def _by(self, name, wanted, fits):
        found = {}
        for one in self.known:
            if getattr(one, name) in wanted and fits(one):
                found.setdefault(getattr(one, name), []).append(one)
        return found


def one_by_one(answer, known, *, elsewhere):
    """What an answer fits, by the rules as people say them."""
    if answer.end_to_end_id is not None:
        named = [one for one in known if one.end_to_end_id == answer.end_to_end_id]
        return [one for one in named if one.bank == answer.bank]
    told = {NAMES[n] for n in (answer.message_id, answer.file_name) if n in NAMES}
    batch = told.pop() if len(told) == 1 else None
    if batch is None and (answer.message_id or answer.file_name or elsewhere):
        return []
    mine = [one for one in known if batch is None or one.batch_id == batch]
    if batch is not None and answer.item_no is not None:
        return [one for one in mine if one.item_no == answer.item_no]
    return [
        one
        for one in mine
        if answer.account_no is not None
        and (one.bank, one.account_no) == (answer.bank, answer.account_no)
        and (batch is not None or one.state in OPEN)
        and answer.amount_fen in (None, one.amount_fen)
    ]


@given(
    st.lists(items, max_size=12, unique_by=lambda one: one.id),
    st.lists(answers, max_size=12),
    st.booleans(),
)
def test_answers_find_together_what_each_would_find_alone(known, asked, elsewhere):
    found = Matching(Shelf(known), elsewhere=elsewhere).of(asked)

    assert found == [one_by_one(one, known, elsewhere=elsewhere) for one in asked]


def test_an_answer_that_names_two_files_is_about_neither():
    first = PayoutItem(
        id=1, list_id=1, item_no=1, person_id="P", person_name="x", benefit="b", period=202611,
        amount_fen=1, bank="a", account_no="X", account_name="x", end_to_end_id="E1", batch_id=1,
        state=ItemState.IN_FLIGHT,
    )  # fmt: skip
    asked = Answer(
        line=1, bank="a", form="delimited", standing=Standing.PAID, account_no="X", amount_fen=1,
        settled_on=date(2026, 11, 25), message_id="M1", file_name="F1",
    )  # fmt: skip
    matching = Matching(Shelf([first]))

    assert matching.of([asked, replace(asked, file_name="F2")]) == [[first], []]
