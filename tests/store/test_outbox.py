"""Outbox: one lane per channel, in order; what is delivered stays so."""

from __future__ import annotations

import pytest

from hub.errors import Rejected
from hub.store.outbox import OutboxState
from tests.store.records import SHA


@pytest.fixture
def do(store):
    return store.transact


@pytest.fixture
def add(do, now):
    def add(name, *, channel="out", sha256=SHA):
        return do(
            lambda u: u.outbox.add(channel=channel, file_name=name, content_sha256=sha256, at=now)
        )

    return add


def test_a_lane_is_delivered_in_the_order_of_the_decisions(add, do, now):
    first, second = add("b"), add("a")
    add("c", channel="elsewhere")

    assert do(lambda u: u.outbox.next("out")) == first
    for state in (OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.BLOCKED):
        do(lambda u, s=state: u.outbox.mark(first.id, s, at=now))
        assert do(lambda u: u.outbox.next("out")).id == first.id
    do(lambda u: u.outbox.mark(first.id, OutboxState.DELIVERED, at=now))
    assert do(lambda u: u.outbox.next("out")) == second
    do(lambda u: u.outbox.mark(second.id, OutboxState.DELIVERED, at=now))
    assert do(lambda u: u.outbox.next("out")) is None


def test_each_attempt_is_counted_and_the_note_is_the_last(add, do, now):
    one = add("a")
    do(lambda u: u.outbox.mark(one.id, OutboxState.SENDING, at=now))
    do(lambda u: u.outbox.mark(one.id, OutboxState.READY, at=now, note="folder_unavailable"))
    do(lambda u: u.outbox.mark(one.id, OutboxState.SENDING, at=now))

    found = do(lambda u: u.outbox.get(one.id))

    assert (found.attempts, found.state, found.note) == (2, OutboxState.SENDING, None)


def test_the_same_file_again_is_the_one_that_is_there(add):
    assert add("a") == add("a")


def test_a_name_is_given_to_one_content_only(add):
    add("a")
    with pytest.raises(Rejected) as found:
        add("a", sha256="cd" * 32)
    assert found.value.code == "outbox_name_taken"


def test_what_is_delivered_stays_so(add, do, now):
    one = add("a")
    do(lambda u: u.outbox.mark(one.id, OutboxState.DELIVERED, at=now))
    do(lambda u: u.outbox.mark(one.id, OutboxState.DELIVERED, at=now))

    with pytest.raises(Rejected, match="delivered already"):
        do(lambda u: u.outbox.mark(one.id, OutboxState.SENDING, at=now))

    assert do(lambda u: u.outbox.get(one.id)).state is OutboxState.DELIVERED


def test_lists_and_counts(add, do, now):
    one, two = add("a"), add("b")
    other = add("a", channel="elsewhere")
    do(lambda u: u.outbox.mark(one.id, OutboxState.BLOCKED, at=now))

    assert [o.id for o in do(lambda u: u.outbox.list())] == [other.id, two.id, one.id]
    assert [o.id for o in do(lambda u: u.outbox.list(state=OutboxState.BLOCKED))] == [one.id]
    assert [o.id for o in do(lambda u: u.outbox.list(channel="out", limit=1))] == [two.id]
    assert do(lambda u: u.outbox.backlog()) == {
        "out": {"blocked": 1, "ready": 1},
        "elsewhere": {"ready": 1},
    }
    with pytest.raises(Rejected, match="no outgoing file 99"):
        do(lambda u: u.outbox.get(99))
