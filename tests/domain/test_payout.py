"""Payout lists, their signatures, ids, batches and business days, without any store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.adapters import china_calendar
from hub.domain import preflight
from hub.domain.approval import Approval
from hub.domain.banking_day import Slot, is_late, slot
from hub.domain.payout import LIVE, NEXT, ItemState, ListState, PayoutKind, PayoutList
from hub.domain.payout_form import (
    END_TO_END_CHARS,
    MESSAGE_CHARS_MAX,
    SIGNED,
    Target,
    batch_no,
    digest,
    end_to_end_id,
    form_json,
    message_id,
    split,
)
from hub.errors import Rejected
from tests.payouts import account, person

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
SHA = "ab" * 32
LIST = PayoutList(
    id=1, key="benefits/1", kind=PayoutKind.SOCIAL, fund="pension", title="养老金", month=202611,
    state=ListState.CHECKED, item_count=1, total_fen=100, stated_count=1, stated_fen=100,
    source_sha256=SHA, added_at=AT, digest=SHA,
)  # fmt: skip
VALUES = {
    "person_id": person(1), "person_name": "王芳", "benefit": "基本养老金", "period": 202611,
    "amount_fen": 100, "bank": "alpha", "account_no": account(1), "attempt": None,
}  # fmt: skip
TARGET = Target(bank="alpha", layout="payout", layout_sha256=SHA)


def at(*parts):
    return datetime(*parts, tzinfo=ZoneInfo("Asia/Shanghai"))


def item(**values):
    place = preflight.Place(list_id=1, item_no=1, end_to_end_id="E1")
    return preflight.normal(preflight.item_of({**VALUES, **values}, place))


def signed(**values):
    return [getattr(item(**values), name) for name in SIGNED]


def test_signatures_lead_from_checked_to_approved():
    once = LIST.sign("李初", digest=SHA, at=AT)
    twice = once.sign("王审", digest=SHA, at=AT)

    assert [one.state for one in (once, twice)] == [ListState.REVIEWED, ListState.APPROVED]
    assert twice.release().state is ListState.RELEASED
    assert twice.void("c" * 64).approval.signatures == ()
    assert "王审" in form_json(twice).decode()


@pytest.mark.parametrize("state", [ListState.RELEASED, ListState.CLOSED, ListState.CANCELLED])
def test_after_release_nothing_is_signed_or_cancelled(state):
    late = replace(LIST, state=state)

    for action in (
        lambda: late.sign("李初", digest=SHA, at=AT),
        lambda: late.cancel(person="李初", reason="r"),
        late.release,
    ):
        with pytest.raises(Rejected) as found:
            action()
        assert found.value.code == "payout_list_state"


def test_states_never_go_back():
    for state in (ItemState.RETURNED, ItemState.CANCELLED):
        assert NEXT[state] == frozenset()
    assert all(ItemState.LISTED not in NEXT[state] for state in LIVE)
    assert NEXT.keys() == set(ItemState)


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 101}, {"account_no": account(2)}, {"account_name": "王方"},
        {"person_id": person(2)}, {"benefit": "丧葬补助金"}, {"period": 202610}, {"bank": "beta"},
    ],
)  # fmt: skip
def test_the_digest_covers_every_item(change):
    assert digest(LIST, [signed()], [TARGET]) != digest(LIST, [signed(**change)], [TARGET])


def test_the_digest_covers_the_order_the_banks_and_their_layouts():
    known = digest(LIST, [signed()], [TARGET])

    assert digest(LIST, [signed()], [replace(TARGET, layout_sha256="f" * 64)]) != known
    assert digest(LIST, [signed(), signed()], [TARGET]) != known
    assert digest(replace(LIST, fund="medical"), [signed()], [TARGET]) != known
    assert digest(LIST, iter([signed()]), iter([TARGET])) == known


@given(st.integers(1, 10**6), st.integers(1, 9))
def test_an_end_to_end_id_is_short_plain_and_the_same_again(number, attempt):
    found = end_to_end_id(SHA, number, attempt)

    assert found == end_to_end_id(SHA, number, attempt)
    assert found not in (end_to_end_id(SHA, number + 1, attempt), end_to_end_id(SHA, number, 10))
    assert len(found) == END_TO_END_CHARS
    assert set(found) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_message_ids_of_a_day_differ_by_kind_and_sequence():
    day = date(2026, 11, 24)
    found = {message_id("330100", kind, day, n) for kind in PayoutKind for n in (1, 2, 12345)}

    assert len(found) == 3 * len(PayoutKind)
    assert max(map(len, found)) <= MESSAGE_CHARS_MAX
    assert len({batch_no(kind, day, 1) for kind in PayoutKind}) == len(PayoutKind)


@given(st.lists(st.integers(1, 10**9), max_size=40), st.integers(1, 7))
def test_batches_hold_every_item_once(amounts, items_max):
    sizes = [(2 * n, fen) for n, fen in enumerate(amounts, start=1)]

    cut = list(split(sizes, items_max))

    assert sum(count for *_, count, _ in cut) == len(amounts)
    assert sum(total for *_, total in cut) == sum(amounts)
    covered = [n for first, last, *_ in cut for n, _ in sizes if first <= n <= last]
    assert covered == [n for n, _ in sizes]
    assert all(count <= items_max for *_, count, _ in cut)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (at(2026, 11, 24, 15, 29), Slot(business_on=date(2026, 11, 24), rolled_over=False)),
        (at(2026, 11, 24, 15, 30), Slot(business_on=date(2026, 11, 25), rolled_over=True)),
        (at(2026, 11, 27, 16, 0), Slot(business_on=date(2026, 11, 30), rolled_over=True)),
        (at(2026, 11, 28, 9, 0), Slot(business_on=date(2026, 11, 30), rolled_over=True)),
        (at(2026, 9, 30, 18, 0), Slot(business_on=date(2026, 10, 8), rolled_over=True)),
    ],
)
def test_the_business_day_ends_at_our_cutoff_and_skips_days_of_rest(local, expected):
    assert slot(local, cutoff=time(15, 30), calendar=china_calendar.load()) == expected


def test_a_file_is_late_from_the_banks_deadline_on():
    day, deadline = date(2026, 11, 24), time(16, 30)

    assert not is_late(at(2026, 11, 24, 16, 29), business_on=day, deadline=deadline)
    assert is_late(at(2026, 11, 24, 16, 30), business_on=day, deadline=deadline)
    assert is_late(at(2026, 11, 25, 8, 0), business_on=day, deadline=deadline)
    assert not is_late(at(2026, 11, 23, 18, 0), business_on=day, deadline=deadline)


def test_numbers_are_compared_in_one_form():
    found = item(account_no="6222 0200-0000 0000 018", person_id=person(1).lower())

    assert (found.account_no, found.person_id) == ("6222020000000000018", person(1))


@pytest.mark.parametrize("kind", [PayoutKind.UNIT, PayoutKind.REFUND, PayoutKind.TRANSFER])
def test_a_company_may_be_paid_where_the_procedure_says_so(kind):
    company = item(person_id="91330106MA27XK0A6E", account_name="示范制造有限公司")
    codes = [one.code for one in preflight.check(company, kind)]
    for_people = [one.code for one in preflight.check(company, PayoutKind.SOCIAL)]

    assert "person_id_characters" in for_people
    assert codes in ([], ["person_id_characters"], ["credit_code_check_digit"])


def test_a_larger_list_asks_for_more_people():
    large = replace(LIST, approval=Approval(levels=3))

    assert large.sign("李初", digest=SHA, at=AT).sign("周核", digest=SHA, at=AT).state is (
        ListState.REVIEWED
    )
