"""The desk's list of direct debits: checked, signed, cancelled, released, as payouts are."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from hub.domain.payout import BatchState, ItemState, ListState
from hub.errors import Rejected
from hub.flows.payout_approval import cancel, sign
from hub.flows.payout_release import release
from hub.mappings.payout_file import read_back
from hub.store.inbox import InboxState
from hub.store.outbox import OutboxState
from tests.debits import (
    approve,
    batches_of,
    codes_of,
    debit,
    items_of,
    list_bytes,
    of_debits,
    reading,
    row,
    send,
    states_of,
    take_list,
)
from tests.payouts import sent_files


def refusing(office, listed):
    return {number: code for number, code, refuses in codes_of(office, listed) if refuses}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mandate_no": "", "bank": "delta"}, "debit_mandate_missing"),
        ({"mandate_on": "", "bank": "delta"}, "debit_mandate_missing"),
        ({"mandate_no": "授权1"}, "debit_mandate_malformed"),
        ({"mandate_no": "/SQ1"}, "debit_mandate_malformed"),
        ({"mandate_on": "20261125"}, "debit_mandate_not_signed"),
        ({"mandate_until": "20261123"}, "debit_mandate_expired"),
        ({"mandate_no": "S" * 21}, "field_too_long"),  # the bank's file has 20
        ({"account_name": "很长很长很长很长很长的户名"}, "field_too_long"),
        ({"person_id": "330106195803010000"}, "person_id_check_digit"),
        ({"account_no": "12"}, "bank_account_malformed"),
        ({"bank_no": "102100000459"}, "cnaps_check_digit"),
        ({"amount_fen": 0}, "payout_amount_zero"),
        ({"bank": "alpha"}, "debit_item_bank"),  # it pays, but has no layout for debits
    ],
)
def test_what_cannot_be_debited_is_struck_and_the_rest_stays(office, change, code):
    listed = take_list(office, [row(1), row(2, **change)])

    assert code in [code for number, code, refuses in codes_of(office, listed) if number == 2]
    assert states_of(office, listed) == ["listed", "refused"]
    assert (listed.item_count, listed.stated_count, listed.state) == (1, 2, ListState.CHECKED)


def test_a_mandate_counts_on_its_first_and_on_its_last_day(office):
    on = {"mandate_on": "20261124", "mandate_until": "20261124"}

    assert take_list(office, [row(1, **on)]).item_count == 1


def test_a_contribution_is_listed_once_and_a_family_may_share_an_account(office):
    account = row(1)["account_no"]
    listed = take_list(
        office, [row(1), row(2, account_no=account, mandate_no="SQ000001"), row(1, period=202612)]
    )
    again = take_list(office, [row(1), row(1), row(4), row(5, mandate_no="SQ000004")], 2)

    assert refusing(office, listed) == {}
    assert codes_of(office, listed) == []
    assert refusing(office, again) == {
        1: "debit_item_live", 2: "debit_item_live", 3: "debit_mandate_shared",
        4: "debit_mandate_shared",
    }  # fmt: skip


def test_a_list_of_several_funds_or_of_payments_is_refused_whole(office):
    mixed = office.send(
        "contributions-in", "DSMX_20261124_001.csv", list_bytes([row(1), row(2, fund="pension")])
    )
    office.work()

    assert office.received(mixed.id).state is InboxState.REFUSED
    assert office.received(mixed.id).error["code"] == "payout_list_mixed"


def test_a_list_of_payments_has_no_debits(office):
    from tests import payouts

    received = office.send(
        "benefits-in", "FFMX_20261124_001.csv",
        payouts.list_bytes([payouts.row(1, kind="collection")]),
    )  # fmt: skip
    office.work()

    assert office.received(received.id).error["code"] == "payout_list_kind"


@pytest.mark.parametrize(
    "change", ["mandate_no = 'SQ9'", "mandate_on = '2026-02-01'", "amount_fen = 1"]
)
def test_an_approval_is_void_when_a_mandate_or_an_amount_changes(office, change):
    listed = approve(office, take_list(office, [row(1), row(2)]))
    with office.store._engine.begin() as connection:
        connection.execute(text(f"UPDATE debit_items SET {change} WHERE item_no = 1"))

    with pytest.raises(Rejected) as found:
        release(listed.id, person="赵出", services=of_debits(office))

    assert found.value.code == "payout_approval_void"
    with reading(office) as uow:
        assert uow.payouts.get(listed.id).state is ListState.CHECKED
    assert "debit.voided" in office.events()


def test_nobody_signs_twice_and_levels_are_those_of_the_settings(office):
    listed = take_list(office, [row(1)])
    large = take_list(office, [row(2, amount_fen=100_000_000)], 2)
    sign(listed.id, person="李初", services=of_debits(office))

    with pytest.raises(Rejected) as found:
        sign(listed.id, person="李 初", services=of_debits(office))

    assert found.value.code == "approval_same_person"
    assert (listed.approval.levels, large.approval.levels) == (2, 3)


def test_a_cancelled_list_frees_its_contributions(office):
    listed = approve(office, take_list(office, [row(1)]))

    cancel(listed.id, person="王审", reason="名单有误", services=of_debits(office))
    again = take_list(office, [row(1, amount_fen=40_000)], 2)

    assert states_of(office, listed) == ["cancelled"]
    assert again.item_count == 1


def test_batches_go_out_once_with_the_same_bytes(office):
    listed = debit(office, [row(n, bank="delta" if n == 2 else "gamma") for n in range(1, 6)])
    sent = sent_files(office, "gamma")

    batches = [(b.bank, b.sequence, b.item_count, b.state) for b in batches_of(office, listed)]
    assert batches == [
        ("delta", 1, 1, BatchState.SENT),
        ("gamma", 1, 3, BatchState.SENT),
        ("gamma", 2, 1, BatchState.SENT),
    ]
    layout = office.services.catalog.partner("gamma").layout("collection")
    assert [read_back(layout, content)[:2] for content in sent.values()] == [
        (3, 3 * 38_000 + 1 + 3 + 4), (1, 38_005),
    ]  # fmt: skip
    office.work()
    assert sent_files(office, "gamma") == sent
    assert {one.state for one in items_of(office, listed)} == {ItemState.IN_FLIGHT}


def test_late_releases_roll_over_only_if_somebody_says_so(office):
    office.clock.advance(hours=3, minutes=31)
    listed = approve(office, take_list(office, [row(1)]))

    with pytest.raises(Rejected) as found:
        release(listed.id, person="赵出", services=of_debits(office))
    (batch,) = send(office, listed, next_day=True)

    assert found.value.code == "payout_cutoff_passed"
    assert (batch.business_on, batch.state) == (date(2026, 11, 25), BatchState.READY)


def test_a_file_that_is_late_at_the_bank_is_held(office):
    listed = approve(office, take_list(office, [row(1)]))
    release(listed.id, person="赵出", services=of_debits(office))
    office.clock.advance(hours=4, minutes=30)

    with pytest.raises(Rejected) as found:
        office.work()

    assert found.value.code == "payout_deadline_passed"
    with office.store.read() as uow:
        (outgoing,) = uow.outbox.list()
    assert outgoing.state is OutboxState.BLOCKED


def test_a_mandate_that_ends_before_the_day_of_the_debit_stops_the_release(office):
    office.clock.advance(hours=4)
    listed = approve(office, take_list(office, [row(1, mandate_until="20261124")]))

    with pytest.raises(Rejected) as found:
        release(listed.id, person="赵出", services=of_debits(office), next_day=True)

    assert found.value.code == "debit_mandate_not_in_force"


def test_the_guard_asks_where_the_money_is_to_go(office):
    from dataclasses import replace

    from hub.domain.fund_account import AccountKind

    listed = approve(office, take_list(office, [row(1)]))
    rules = [
        replace(rule, only=())
        if rule.account is AccountKind.INCOME and rule.direction.value == "in"
        else rule
        for rule in office.services.books.account_rules
    ]
    books = replace(office.services.books, account_rules=tuple(rules))
    services = replace(of_debits(office), books=books)

    with pytest.raises(Rejected) as found:
        release(listed.id, person="赵出", services=services)

    assert found.value.code == "fund_account_forbids"
