"""Messages in the store: sent only if committed, kept once for ever, quarantined whole."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from hub.errors import Rejected
from hub.ports import MESSAGE_BYTES_MAX
from hub.store.messages import EventRoad, InState, OutState
from hub.store.quarantine import QuarantineState
from tests.messages.roads import B, message

ROAD, QUEUE = "regions", f"{B}.messages"


def send(store, *messages):
    with store.begin() as uow:
        for one in messages:
            uow.messages.send(one, road=ROAD)


def take(store, now, *messages, queue=QUEUE):
    with store.begin() as uow:
        return uow.message_arrivals.take(ROAD, queue, messages, at=now)


def queued(store, **options):
    with store.read() as uow:
        return uow.messages.queued(ROAD, limit=100, **options)


def test_a_message_is_queued_only_if_its_unit_is_committed(store) -> None:
    kept, lost = message(), message()
    told = []
    store.on_queued = told.append
    send(store, kept)

    def unit(uow):
        uow.messages.send(lost, road=ROAD)
        raise RuntimeError("the unit fails")

    with pytest.raises(RuntimeError):
        store.transact(unit)

    assert [one.message for one in queued(store)] == [kept]
    assert told == [ROAD]


def test_the_same_message_is_queued_once_and_its_id_belongs_to_it(store) -> None:
    one = message()
    send(store, one)
    send(store, one)

    assert len(queued(store)) == 1
    with pytest.raises(Rejected, match="was given to other content"):
        send(store, replace(one, body=b"other"))


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        ({"body": b"x" * (MESSAGE_BYTES_MAX + 1)}, "message_too_large"),
        ({"id": ""}, "message_odd"),
        ({"key": "k" * 300}, "message_odd"),
        ({"headers": {"h": "\x00"}}, "message_odd"),
        ({"headers": {"h": "\ud800"}}, "message_odd"),
        ({"headers": {str(n): "" for n in range(65)}}, "message_odd"),
    ],
)
def test_what_no_road_would_carry_is_refused_before_it_is_queued(store, odd, code) -> None:
    with pytest.raises(Rejected) as caught:
        send(store, message(**odd))

    assert caught.value.code == code
    assert queued(store) == []


def test_the_queue_keeps_its_order_and_can_leave_a_lane_out(store, now) -> None:
    sent = [message(key=f"{region}.transfer.form") for region in ("111111", B, "111111", B)]
    send(store, *sent)
    rows = queued(store)
    with store.begin() as uow:
        uow.messages.mark_out([rows[0].id], OutState.CONFIRMED, at=now)
        uow.messages.mark_out([rows[1].id], OutState.QUEUED, at=now, note="full")

    assert [one.message for one in queued(store)] == sent[1:]
    with store.read() as uow:
        waiting = uow.messages.list_out(state=OutState.QUEUED)
    assert sorted(one.attempts for one in waiting) == [0, 0, 1]
    assert [one.message for one in queued(store, without=[f"{B}.transfer"])] == [sent[2]]


def test_what_is_confirmed_is_never_queued_again_and_only_blocked_ones_are_resent(
    store, now
) -> None:
    send(store, message(), message())
    first, second = queued(store)
    with store.begin() as uow:
        uow.messages.mark_out([first.id], OutState.CONFIRMED, at=now)
        uow.messages.mark_out([second.id], OutState.BLOCKED, at=now)
    with store.begin() as uow:
        uow.messages.mark_out([first.id], OutState.QUEUED, at=now)

    assert queued(store) == []
    with pytest.raises(Rejected), store.begin() as uow:
        uow.messages.resend(first.id, at=now)
    with store.begin() as uow:
        assert uow.messages.resend(second.id, at=now).state is OutState.QUEUED
    assert len(queued(store)) == 1


def test_a_message_counts_once_for_ever_however_it_comes_again(store, now) -> None:
    one, two = message(), message()

    first = take(store, now, one, one, two)
    again = take(store, now, two, one)

    assert ([key for _, key in first.new], first.repeats) == ([one.key, two.key], 1)
    assert (again.new, again.repeats, again.quarantined) == ((), 2, ())
    with store.read() as uow:
        kept = uow.messages.get_in(first.new[0][0])
    assert (kept.message, kept.state, kept.queue) == (one, InState.NEW, QUEUE)


def test_many_deliveries_at_once_make_one_row(store, now) -> None:
    one = message()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(take(store, now, one))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(len(arrived.new) for arrived in found) == 1
    assert sum(arrived.repeats for arrived in found) == 5


def test_the_same_id_from_another_sender_is_another_message(store, now) -> None:
    one = message()

    arrived = take(store, now, replace(one, sender="a"), replace(one, sender="b", body=b"x"))

    assert len(arrived.new) == 2


def test_the_same_id_with_other_content_is_quarantined_and_has_no_effect(store, now) -> None:
    one = message()
    forged = replace(one, body=b"forged")
    take(store, now, one)

    for _ in range(2):  # a redelivery adds nothing
        arrived = take(store, now, forged)
        assert arrived.quarantined == ((one.id, "message_id_reused"),)

    with store.read() as uow:
        [held] = uow.quarantine.list()
        assert (held.reason, held.body, held.message) == ("message_id_reused", b"forged", forged)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"id": ""}, "message_without_id"),
        ({"id": "i" * 300}, "message_name_long"),
        ({"headers": {"h": "v" * 2000}}, "message_headers_large"),
        ({"headers": {"h": "a\x00b\ud800"}}, "message_characters"),
        ({"body": b"x" * (MESSAGE_BYTES_MAX + 1)}, "message_too_large"),
    ],
)
def test_a_poisonous_message_is_put_aside_and_the_batch_goes_on(store, now, odd, reason) -> None:
    good = message()

    arrived = take(store, now, message(**odd), good)

    assert [key for _, key in arrived.new] == [good.key]
    with store.read() as uow:
        [held] = uow.quarantine.list()
    assert held.reason == reason
    assert (held.body is None) is (reason == "message_too_large")


def test_what_the_broker_gave_up_is_quarantined(store, now) -> None:
    arrived = take(store, now, message(), queue=f"{B}.dead")

    assert [reason for _, reason in arrived.quarantined] == ["message_dead"]


def test_a_refused_message_is_readable_in_quarantine_and_an_applied_one_stays_so(
    store, now
) -> None:
    arrived = take(store, now, message(), message())
    (one, _), (two, _) = arrived.new
    error = Rejected("json_invalid", schema="s", reason="r").as_dict()
    with store.begin() as uow:
        uow.messages.mark_refused(one, error=error, at=now)
        uow.messages.mark_applied(two, at=now)

    with store.begin() as uow:
        [held] = uow.quarantine.list()
        assert (held.message_in, held.reason) == (one, "json_invalid")
        uow.messages.reopen(one, at=now)
        assert uow.messages.get_in(one).state is InState.NEW
    with pytest.raises(Rejected, match="had its effect"), store.begin() as uow:
        uow.messages.reopen(two, at=now)


def test_quarantine_ends_once(store, now) -> None:
    take(store, now, message(id=""))
    with store.begin() as uow:
        [held] = uow.quarantine.list()
        uow.quarantine.end(held.id, QuarantineState.DROPPED, person="李", at=now)

    with pytest.raises(Rejected), store.begin() as uow:
        uow.quarantine.end(held.id, QuarantineState.REDRIVEN, person="王", at=now)
    with store.read() as uow:
        assert (uow.quarantine.list(), uow.quarantine.count_open()) == ([], 0)


def test_events_are_queued_where_a_road_carries_them_and_cost_nothing_elsewhere(store, now) -> None:
    facts = {"batch": 1}
    with store.begin() as uow:
        uow.messages.announce("batch.sent", facts, now)
    assert queued(store) == []

    store.events = EventRoad(road=ROAD, region="330100")
    with store.begin() as uow:
        uow.messages.announce("batch.sent", facts, now)

    [event] = queued(store)
    assert event.message.key == "330100.event.batch.sent"
    assert json.loads(event.message.body)["data"] == facts
