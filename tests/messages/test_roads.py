"""What every road promises: one suite for the broker and for the folder without one."""

from __future__ import annotations

import threading

import pytest

from hub.errors import Unavailable
from hub.ports import MESSAGE_BYTES_MAX, Sent
from tests.messages.roads import QUEUE, A, Taker, all_confirmed, listening, message
from tests.waiting import eventually

pytestmark = pytest.mark.real


def test_what_is_confirmed_arrives_whole_and_in_order(pair) -> None:
    sent = [
        message(body=bytes([n % 256]) * n, headers={"名": "值", "n": str(n)}) for n in range(700)
    ]

    assert all_confirmed(pair.a.send(sent))

    with listening(pair.b) as taker:
        taker.expect(len(sent))
    got = taker.messages
    assert [m.id for m in got] == [m.id for m in sent]
    assert [(m.key, m.type, m.body, m.headers, m.at) for m in got] == [
        (m.key, m.type, m.body, m.headers, m.at) for m in sent
    ]
    assert {m.sender for m in got} == {pair.sender}


def test_messages_that_wait_survive_everybody_leaving(pair) -> None:
    first, second = message(), message()
    pair.a.send([first])
    pair.a.close()
    pair.a.send([second])

    with listening(pair.b) as taker:
        assert taker.expect(2) == [first.id, second.id]


def test_a_key_that_no_queue_wants_is_unroutable_and_stops_no_other(pair) -> None:
    nobody = "999999.transfer.form"
    outcomes = pair.a.send([message(), message(key=nobody), message()])

    assert list(outcomes) == [Sent.CONFIRMED, Sent.UNROUTABLE, Sent.CONFIRMED]


def test_what_was_not_committed_comes_again(pair) -> None:
    sent = [message() for _ in range(3)]
    pair.a.send(sent)
    refusals = iter([Unavailable("store_unavailable", reason="away")] * 2)

    def away(batch):
        error = next(refusals, None) if batch else None
        if error is not None:
            raise error

    taker = Taker()
    taker.before = away
    with listening(pair.b, taker=taker):
        taker.expect(3)

    assert sorted(set(taker.ids)) == sorted(m.id for m in sent)
    assert taker.asked >= 1  # before anything is fetched


def test_nothing_is_fetched_while_the_store_is_away(pair) -> None:
    pair.a.send([message()])
    away = threading.Event()
    away.set()

    def before(_batch):
        if away.is_set():
            raise Unavailable("store_unavailable", reason="away")

    taker = Taker()
    taker.before = before
    with listening(pair.b, taker=taker):
        eventually(lambda: taker.asked >= 2, what="to be asked twice")
        assert taker.batches == []
        away.clear()
        taker.expect(1)


def test_a_crash_between_commit_and_ack_brings_the_batch_again(pair) -> None:
    pair.a.send([message(), message()])

    class Crash(Unavailable):
        pass

    first = Taker()
    crashed = threading.Event()

    def take(batch):
        first(batch)  # committed
        if batch and not crashed.is_set():
            crashed.set()
            raise Crash("store_unavailable", reason="the process ends here")

    with listening(pair.b, taker=take):
        eventually(lambda: len(first.ids) > len(set(first.ids)), what="a redelivery")
        first.expect(2)


def test_an_empty_batch_is_sent_at_once(pair) -> None:
    assert list(pair.a.send([])) == []


def test_the_largest_body_arrives_whole(pair) -> None:
    large = message(body=b"x" * MESSAGE_BYTES_MAX)

    assert all_confirmed(pair.a.send([large]))

    with listening(pair.b) as taker:
        taker.expect(1)
    assert taker.messages[0].body == large.body


def test_two_listeners_of_one_queue_share_and_lose_nothing(pair) -> None:
    one, other = Taker(), Taker()
    sent = [message() for _ in range(50)]
    with listening(pair.b, taker=one), listening(pair.b, taker=other):
        pair.a.send(sent)
        eventually(lambda: len(set(one.ids) | set(other.ids)) == 50, what="all taken")


def test_a_listener_of_nothing_stops_when_told(pair) -> None:
    with listening(pair.b, queue=f"{A}.messages" if pair.kind == "folder" else QUEUE) as taker:
        eventually(lambda: taker.asked, what="to listen")
