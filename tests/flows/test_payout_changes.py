"""A list beside the last month's: who is new, who is gone, whose sum changed."""

from __future__ import annotations

from hub.domain.correction import Correction
from hub.domain.way import Way
from hub.flows.payout_approval import cancel
from hub.flows.payout_reissue import draft_reissue
from tests import debits, payouts
from tests.answers import answer, line
from tests.payouts import account, approve, items_of, pay, row, take_list

DECEMBER = {"period": 202612}


def comparison_of(office, listed, way=Way.PAYOUT):
    with office.services.on(way).store.read() as uow:
        return uow.payout_changes.of_list(listed.id)


def test_the_first_month_has_nothing_to_be_compared_with(office):
    assert comparison_of(office, take_list(office, [row(1)])) is None


def test_new_gone_and_changed_are_counted_and_summed(office):
    approve(office, take_list(office, [row(n) for n in range(1, 6)]))
    rows = [
        row(1, **DECEMBER), row(2, **DECEMBER), row(3, amount_fen=400_000, **DECEMBER),
        row(7, **DECEMBER), row(1),  # arrears of November are paid already, and struck
        row(8, period=202610),  # arrears are not compared
    ]  # fmt: skip
    december = take_list(office, rows, sequence=2)

    found = comparison_of(office, december)
    assert (found.month, found.same_count) == (202611, 2)
    assert (found.new_count, found.new_fen) == (1, 300_007)
    assert (found.gone_count, found.gone_fen) == (2, 300_004 + 300_005)
    changed = (found.changed_count, found.changed_before_fen, found.changed_after_fen)
    assert changed == (1, 300_003, 400_000)


def test_a_second_list_of_the_month_counts_for_who_is_gone(office):
    take_list(office, [row(1), row(2), row(3)])
    first = take_list(office, [row(1, **DECEMBER)], sequence=2)
    second = take_list(office, [row(2, **DECEMBER)], sequence=3)

    assert comparison_of(office, first).gone_count == 2
    assert (comparison_of(office, second).gone_count, comparison_of(office, second).new_count) == (
        1, 0,
    )  # fmt: skip


def test_cancelled_lists_and_other_funds_are_no_last_month(office):
    old = take_list(office, [row(1)])
    take_list(office, [row(2, fund="injury")], sequence=2)
    cancel(old.id, person="张发", reason="填错", services=office.services)

    assert comparison_of(office, take_list(office, [row(3, **DECEMBER)], sequence=3)) is None


def test_a_reissue_is_not_compared_and_its_payee_is_not_new_next_month(office):
    (batch,) = pay(office, [row(1), row(2)])
    with office.store.read() as uow:
        (back, paid) = list(uow.payout_items.of_batch(batch.id))
    answer(office, [line(back, "6", "户名不符"), line(paid, "7")])
    again = draft_reissue(
        [Correction(item_id=back.id, account_no=account(77))], person="张发",
        services=office.services,
    )  # fmt: skip
    assert comparison_of(office, again) is None
    assert items_of(office, again)[0].attempt == 2

    december = take_list(office, [row(1, **DECEMBER), row(2, **DECEMBER)], sequence=2)
    found = comparison_of(office, december)
    assert (found.same_count, found.is_same) == (2, True)


def test_debits_are_compared_with_debits(office):
    debits.take_list(office, [debits.row(1), debits.row(2)])
    take_list(office, [payouts.row(1, **DECEMBER)])
    december = debits.take_list(office, [debits.row(2, **DECEMBER)], sequence=2)

    found = comparison_of(office, december, Way.DEBIT)
    assert (found.same_count, found.gone_count, found.new_count) == (1, 1, 0)
