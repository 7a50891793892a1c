"""A bank that names payments by account and amount: matched if it is one, held if it is several."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hub.domain.correction import Correction
from hub.domain.discrepancy import Event
from hub.domain.payout import BatchState, ItemState
from hub.domain.payout_answer import Effect
from hub.flows.payout_decision import decide
from hub.flows.payout_reissue import draft_reissue
from hub.mappings.catalog import load_catalog
from tests.answers import answer, answering_office, line
from tests.payouts import account, items_of, pay, person, row, take_list

SAME = {"account_no": account(1), "amount_fen": 300_001}


@pytest.fixture
def office(tmp_path):
    found = answering_office(tmp_path / "office")
    yield found
    found.store.close()


def paid(office, *rows):
    (batch,) = pay(office, list(rows))
    with office.store.read() as uow:
        return batch, uow.payouts.get(batch.list_id)


def failed(office, batch, *lines, name=None):
    """Send what failed, named by account and amount, in a file that is named after ours."""
    text = "".join(f"{number}|{fen}|户名不符|\n" for number, fen in lines)
    received = office.send("alpha-in", f"1{name or batch.file_name}", text.encode())
    office.work()
    with office.store.read() as uow:
        return [one.effect for one in uow.payout_answers.list(inbox_id=received.id)]


def states(office, payout):
    return [one.state for one in items_of(office, payout)]


def test_account_and_amount_name_the_one_payment_of_the_batch(office):
    batch, payout = paid(office, row(1), row(2), row(3, account_no=account(1)))

    effects = failed(office, batch, (account(1), 300_001))

    assert effects == [Effect.APPLIED]
    flying = ItemState.IN_FLIGHT
    assert states(office, payout) == [ItemState.RETURNED, flying, flying]


def test_the_same_account_and_amount_of_another_batch_does_not_matter(office):
    _, earlier = paid(office, row(1))
    (batch,) = pay(office, [row(1, period=202612)], sequence=2)

    failed(office, batch, (account(1), 300_001))

    assert states(office, earlier) == [ItemState.IN_FLIGHT]
    with office.store.read() as uow:
        (item,) = uow.payout_items.of_batch(batch.id)
    assert item.state is ItemState.RETURNED


def test_two_that_are_alike_are_both_held_and_neither_is_guessed(office):
    batch, payout = paid(office, row(1), row(2, **SAME), row(3))

    effects = failed(office, batch, (account(1), 300_001))

    assert effects == [Effect.STRAY]
    unknown = ItemState.UNKNOWN
    assert states(office, payout) == [unknown, unknown, ItemState.IN_FLIGHT]
    (found,) = office.discrepancies(Event.PAYOUT_UNKNOWN)
    assert found.difference.count == 2
    first, *_ = items_of(office, payout)
    assert "fits several payments" in first.outcome_raw
    assert first.evidence.startswith("inbox:")
    with office.store.read() as uow:
        assert uow.payout_batches.get(batch.id).state is BatchState.ANSWERED
        assert not [one for one in uow.conservations.of_batches() if one.breach]


def test_what_is_held_cannot_be_paid_again_until_two_people_decide(office):
    batch, payout = paid(office, row(1), row(2, **SAME))
    failed(office, batch, (account(1), 300_001))
    again = take_list(office, [row(1), row(2, **SAME), row(5)], 2)
    assert again.item_count == 1  # the two are locked

    first, second = items_of(office, payout)
    for who in ("钱一", "孙二"):
        decide(
            first.id, ItemState.RETURNED, person=who, reason="电话核实", services=office.services
        )
        decide(second.id, ItemState.PAID, person=who, reason="电话核实", services=office.services)

    assert states(office, payout) == [ItemState.RETURNED, ItemState.PAID]
    correction = Correction(item_id=first.id, account_no=account(9), explanation="账号有误")
    repaired = draft_reissue([correction], person="张发", services=office.services)
    assert repaired.item_count == 1


def test_a_later_clear_answer_settles_what_was_held(office):
    batch, payout = paid(office, row(1), row(2, **SAME))
    failed(office, batch, (account(1), 300_001))
    first, second = items_of(office, payout)

    answer(office, [line(first, 7), line(second, 6, "户名不符")])

    assert states(office, payout) == [ItemState.PAID, ItemState.RETURNED]


def test_the_same_doubt_again_does_not_undo_what_was_decided(office):
    batch, payout = paid(office, row(1), row(2, **SAME))
    failed(office, batch, (account(1), 300_001))
    first, second = items_of(office, payout)
    answer(office, [line(first, 7), line(second, 7)])

    failed(office, batch, (account(1), 300_001), (account(8), 1))  # another file, the old news

    assert states(office, payout) == [ItemState.PAID, ItemState.PAID]


def test_a_list_never_brings_two_alike_to_a_bank_that_could_not_tell_them_apart(office):
    partner = office.services.catalog.partner("alpha")
    head, item, rest = partner.file.read_text("utf-8").partition('tag = "D"')
    fields, answers, tail = rest.partition("[layouts.result]")
    fields = re.sub(r'  \{ name = "(item_no|end_to_end_id)".*\n', "", fields)
    partner.file.write_text(head + item + fields + answers + tail, "utf-8")
    catalog = load_catalog(partner.file.parent.parent)
    office.services = replace(office.services, catalog=catalog)

    payout = take_list(office, [row(1), row(2, **SAME), row(3)])

    assert [one.state for one in items_of(office, payout)].count(ItemState.LISTED) < 3
    assert person(3) in {
        one.person_id for one in items_of(office, payout) if one.state is ItemState.LISTED
    }


def test_an_answer_that_is_named_after_a_file_not_ours_is_about_none_of_our_payments(office):
    batch, payout = paid(office, row(1))

    effects = failed(office, batch, (account(1), 300_001), name="DF_20261124_S_777.txt")

    assert effects == [Effect.STRAY]
    assert states(office, payout) == [ItemState.IN_FLIGHT]
