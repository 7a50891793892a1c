"""Inbox: the four outcomes, and what becomes of a file."""

from __future__ import annotations

import pytest

from hub.errors import Rejected
from hub.store.inbox import InboxState, Novelty
from tests.store.records import read, receive


@pytest.fixture
def do(store):
    return store.transact


def test_new_content_under_a_new_name_is_new(do, now):
    one = do(lambda u: receive(u, 1, at=now))

    assert (one.novelty, one.state, one.earlier_id) == (Novelty.NEW, InboxState.RECEIVED, None)
    assert do(lambda u: u.inbox.get(one.id)) == one


@pytest.mark.parametrize(
    ("name", "channel"), [("1.csv", "tax-in"), ("other.csv", "tax-in"), ("x.csv", "bank-in")]
)
def test_known_content_is_a_repeat_under_any_name_in_any_channel(do, now, name, channel):
    first = do(lambda u: receive(u, 1, at=now))

    for _ in range(2):
        again = do(lambda u: receive(u, 1, at=now, name=name, channel=channel))
        assert (again.novelty, again.state) == (Novelty.REPEAT, InboxState.DUPLICATE)
        assert again.earlier_id == first.id
    assert do(lambda u: u.inbox.get(first.id)) == first


def test_a_known_name_with_other_content_is_held(do, now):
    first = do(lambda u: receive(u, 1, at=now, name="a.csv"))

    second = do(lambda u: receive(u, 2, at=now, name="a.csv"))
    third = do(lambda u: receive(u, 3, at=now, name="a.csv"))
    elsewhere = do(lambda u: receive(u, 4, at=now, name="a.csv", channel="bank-in"))

    assert (second.novelty, second.state) == (Novelty.NAME_REUSED, InboxState.HELD)
    assert second.earlier_id == third.earlier_id == first.id
    assert elsewhere.novelty is Novelty.NEW


def test_content_that_is_held_is_a_repeat_when_it_comes_again(do, now):
    do(lambda u: receive(u, 1, at=now, name="a.csv"))
    held = do(lambda u: receive(u, 2, at=now, name="a.csv"))

    again = do(lambda u: receive(u, 2, at=now, name="b.csv"))

    assert (again.novelty, again.earlier_id) == (Novelty.REPEAT, held.id)


def test_a_name_whose_file_conflicted_later_is_still_taken(do, now):
    first, second = (do(lambda u, n=n: receive(u, n, at=now)) for n in (1, 2))
    do(lambda u: read(u, first, at=now, key="K"))
    do(lambda u: read(u, second, at=now, key="K"))

    third = do(lambda u: receive(u, 3, at=now, name=second.name))

    assert third.novelty is Novelty.NAME_REUSED


def test_a_file_that_was_read_keeps_by_which_layout_and_what_was_odd(do, now):
    one = do(lambda u: receive(u, 1, at=now))

    seen = do(lambda u: read(u, one, at=now, key="K", deviations=[{"text": "GBK in UTF-8"}]))

    assert (seen.state, seen.partner, seen.layout, seen.rows) == (InboxState.READ, "tax", "list", 3)
    assert (seen.business_key, seen.read_at) == ("K", now)
    assert seen.deviations == ({"text": "GBK in UTF-8"},)
    assert do(lambda u: read(u, one, at=now, key="K")).state is InboxState.READ


def test_a_known_business_key_with_other_bytes_is_held_and_nothing_is_marked(do, now):
    first, second = (do(lambda u, n=n: receive(u, n, at=now)) for n in (1, 2))
    do(lambda u: read(u, first, at=now, key="K"))

    conflict = do(lambda u: read(u, second, at=now, key="K"))

    assert (conflict.novelty, conflict.state) == (Novelty.KEY_CONFLICT, InboxState.HELD)
    assert (conflict.rows, conflict.read_at, conflict.earlier_id) == (None, None, first.id)
    assert do(lambda u: read(u, second, at=now, key="K")) == conflict


def test_keys_belong_to_partners_and_no_key_conflicts_with_nothing(do, now):
    files = [do(lambda u, n=n: receive(u, n, at=now)) for n in range(4)]
    terms = [("tax", "K"), ("bank", "K"), ("tax", None), ("tax", None)]

    states = [
        do(lambda u, f=f, p=p, k=k: read(u, f, at=now, partner=p, key=k)).state
        for f, (p, k) in zip(files, terms, strict=True)
    ]

    assert set(states) == {InboxState.READ}


def test_a_person_can_release_what_is_held_and_then_it_is_read(do, now):
    first = do(lambda u: receive(u, 1, at=now, name="a.csv"))
    do(lambda u: read(u, first, at=now, key="K"))
    second = do(lambda u: receive(u, 2, at=now, name="a.csv"))

    released = do(lambda u: u.inbox.release(second.id, person="王芳", at=now))
    conflict = do(lambda u: read(u, second, at=now, key="K"))
    do(lambda u: u.inbox.release(second.id, person="李娜", at=now))
    seen = do(lambda u: read(u, second, at=now, key="K"))

    assert (released.state, released.released_by) == (InboxState.RECEIVED, "王芳")
    assert (conflict.state, conflict.novelty) == (InboxState.HELD, Novelty.KEY_CONFLICT)
    assert (seen.state, seen.released_by) == (InboxState.READ, "李娜")


def test_only_what_is_held_can_be_released(do, now):
    one = do(lambda u: receive(u, 1, at=now))
    with pytest.raises(Rejected, match="is received, not held"):
        do(lambda u: u.inbox.release(one.id, person="王芳", at=now))
    with pytest.raises(Rejected, match="no received file 99"):
        do(lambda u: u.inbox.release(99, person="王芳", at=now))


def test_a_refused_file_keeps_why_and_can_be_read_again(do, now):
    one = do(lambda u: receive(u, 1, at=now))
    why = {"code": "x", "zh": "错", "en": "wrong", "line": 3}

    refused = do(lambda u: u.inbox.mark_refused(one.id, error=why, at=now))
    reopened = do(lambda u: u.inbox.reopen(one.id))
    seen = do(lambda u: read(u, one, at=now))

    assert (refused.state, refused.error) == (InboxState.REFUSED, why)
    assert reopened.state is InboxState.RECEIVED
    assert (seen.state, seen.error) == (InboxState.READ, None)


def test_holding_is_harmless_twice_and_a_repeat_is_never_read(do, now):
    one = do(lambda u: receive(u, 1, at=now))
    held = do(lambda u: u.inbox.hold(one.id, error={"code": "x"}))
    repeat = do(lambda u: receive(u, 1, at=now, name="again"))

    assert held.state is InboxState.HELD
    assert do(lambda u: u.inbox.hold(one.id)) == held
    with pytest.raises(ValueError, match="is duplicate"):
        do(lambda u: read(u, repeat, at=now))
    with pytest.raises(ValueError, match="cannot be read again"):
        do(lambda u: u.inbox.reopen(repeat.id))


def test_lists_and_counts(do, now):
    one = do(lambda u: receive(u, 1, at=now, name="a"))
    two = do(lambda u: receive(u, 2, at=now, name="a"))
    three = do(lambda u: receive(u, 3, at=now, channel="bank-in"))

    assert do(lambda u: u.inbox.backlog()) == {
        "tax-in": {"received": 1, "held": 1},
        "bank-in": {"received": 1},
    }
    assert do(lambda u: u.inbox.list()) == [three, two, one]
    assert do(lambda u: u.inbox.list(state=InboxState.HELD)) == [two]
    assert do(lambda u: u.inbox.list(channel="tax-in", limit=1)) == [two]
    with pytest.raises(Rejected, match="no received file 99"):
        do(lambda u: u.inbox.get(99))
