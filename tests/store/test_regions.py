"""Directory and messages of regions on both databases: two people, one id, one number."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.domain.envelope import Envelope, Sealed, canonical, sha256_of
from hub.domain.region_directory import Kind, Record, RecordState
from hub.domain.region_message import Direction, MessageState, RegionMessage
from hub.errors import Rejected
from tests.store.threads import THREADS, at_once

PEER = "510100"


def record(now, **changes):
    values = {
        "id": 0, "kind": Kind.REGION, "code": PEER, "ref": "", "valid_from": date(2026, 1, 1),
        "valid_until": None, "facts": {"name": "成都市"}, "state": RecordState.PROPOSED,
        "batch": "b", "proposed_by": "张 提", "proposed_at": now,
    }  # fmt: skip
    return Record(**{**values, **changes})


def message(now, number, *, direction=Direction.OUT, **changes):
    body = canonical({"n": number})
    envelope = Envelope(
        id=f"{number:032x}", type="test.note", sender=PEER, recipient="330100", case_ref="C-1",
        in_reply_to=None, request_sha256=None, sequence=number, created_at=now,
        expires_at=now + timedelta(days=1), body_sha256=sha256_of(body), key_id="0" * 32,
        algorithm="ed25519",
    )  # fmt: skip
    wire = Sealed(envelope=envelope, body=body, signature=b"s").wire()
    return RegionMessage(
        direction=direction, peer=PEER, wire=wire, sha256=sha256_of(wire), envelope=envelope,
        state=MessageState.SENT if direction is Direction.OUT else MessageState.APPLIED, at=now,
        settled_at=None if direction is Direction.OUT else now, **changes,
    )  # fmt: skip


def test_entries_read_back_and_the_database_wants_two_people(store, now):
    proposed = store.transact(lambda u: u.regions.propose(record(now)))
    with store.read() as uow:
        assert uow.regions.get(proposed.id) == proposed
        assert uow.regions.list(batch="b", state=RecordState.PROPOSED) == [proposed]
    for alone in ("张 提", "张提"):
        with pytest.raises(IntegrityError), store._engine.begin() as connection:
            connection.execute(
                text("UPDATE region_records SET state = 'confirmed', decided_by = :by,"
                     " decided_at = proposed_at"), {"by": alone},
            )  # fmt: skip
    done = store.transact(
        lambda u: u.regions.decide(proposed.id, RecordState.CONFIRMED, person="李复", at=now)
    )
    with store.read() as uow:
        assert uow.regions.holding(date(2026, 2, 1)) == [done]
        assert uow.regions.holding(date(2025, 2, 1)) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE region_records SET facts = '{}'",
        "UPDATE region_records SET valid_until = valid_from",
        "UPDATE region_records SET proposed_by = '王'",
        "DELETE FROM region_records",
        "UPDATE region_messages SET wire = sha256",
        "UPDATE region_messages SET peer = '420100'",
        "DELETE FROM region_messages",
    ],
)
def test_what_an_entry_or_a_message_says_is_never_changed_whoever_writes(store, now, change):
    store.transact(lambda u: u.regions.propose(record(now)))
    store.transact(lambda u: u.region_messages.add(message(now, 1)))
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text(change))


def test_a_confirmed_entry_stays_confirmed(store, now):
    proposed = store.transact(lambda u: u.regions.propose(record(now)))
    store.transact(
        lambda u: u.regions.decide(proposed.id, RecordState.CONFIRMED, person="李复", at=now)
    )
    with pytest.raises(DBAPIError), store._engine.begin() as connection:
        connection.execute(text("UPDATE region_records SET decided_by = '孙某'"))


def test_of_people_who_decide_at_once_one_does(store, now):
    proposed = store.transact(lambda u: u.regions.propose(record(now)))

    def decide(number):
        try:
            store.transact(
                lambda u: u.regions.decide(
                    proposed.id, RecordState.CONFIRMED, person=f"复核{number}", at=now
                )
            )
        except Rejected as error:
            return error.code
        return "done"

    outcomes = at_once(decide)
    assert sorted(outcomes) == ["done", *["region_record_decided"] * (THREADS - 1)]


def test_numbers_of_messages_have_no_gap_whoever_writes_at_once(store, now):
    def post(_number):
        def unit(uow):
            number = uow.region_messages.next_sequence(PEER)
            uow.region_messages.add(message(now, number))
            return number

        return store.transact(unit)

    assert sorted(at_once(post)) == list(range(1, THREADS + 1))
    with store.read() as uow:
        between = uow.region_messages.sent_between(PEER, 2, 3)
        assert [m.envelope.sequence for m in between] == [2, 3]
        assert len(uow.region_messages.of_case("C-1")) == THREADS


def test_an_id_and_a_number_are_used_once(store, now):
    first = message(now, 1, direction=Direction.IN)
    store.transact(lambda u: u.region_messages.add(first, arrival=7))
    again = replace(first, envelope=replace(first.envelope, sequence=2))
    other = replace(first, envelope=replace(first.envelope, id="f" * 32))
    for one in (again, other):
        with pytest.raises(Rejected) as found:
            store.transact(lambda u, m=one: u.region_messages.add(m))
        assert found.value.code == "envelope_sequence_reused"
    with store.read() as uow:
        assert uow.region_messages.find(Direction.IN, PEER, first.id) == first
        assert uow.region_messages.list(peer=PEER) == [first]


def test_a_message_is_settled_and_counted(store, now):
    sent = message(now, 1)
    store.transact(lambda u: u.region_messages.add(sent))
    counted = [store.transact(lambda u: u.region_messages.again(sent)) for _ in range(2)]
    store.transact(
        lambda u: u.region_messages.settle(sent, MessageState.DECLINED, at=now, code="x")
    )
    with store.read() as uow:
        found = uow.region_messages.sent(sent.id)
    assert (found.state, found.code, found.settled_at) == (MessageState.DECLINED, "x", now)
    assert counted == [1, 2]
    with pytest.raises(IntegrityError), store._engine.begin() as connection:
        connection.execute(text("UPDATE region_messages SET state = 'sent'"))


def test_a_unit_sees_what_it_did_itself_to_a_message_and_to_an_order(store, now):
    sent = message(now, 1)

    def unit(uow):
        mine = uow.region_messages
        mine.add(sent)
        added = mine.find(Direction.OUT, PEER, sent.id)
        mine.settle(sent, MessageState.DECLINED, at=now, code="x")
        settled = mine.find(Direction.OUT, PEER, sent.id)
        numbers = [mine.lock(PEER), mine.ask_to(PEER, 5), mine.ask_to(PEER, 3)]
        mine.take(PEER, 2)
        return added, settled.state, [*numbers, mine.lock(PEER), mine.asked_to(PEER)]

    assert store.transact(unit) == (sent, MessageState.DECLINED, [0, 0, 5, 2, 5])

    with store.begin() as uow:
        assert uow.region_messages.find(Direction.OUT, PEER, sent.id).code == "x"
        assert (uow.region_messages.lock(PEER), uow.region_messages.asked_to(PEER)) == (2, 5)


def test_a_unit_asks_the_directory_once_and_again_after_a_decision(store, now):
    office = record(now, kind=Kind.OFFICE, facts={"name": "成都市", "road": "regions"})
    proposed = store.transact(lambda u: u.regions.propose(office))
    asked = []

    def listen(_connection, _cursor, statement, *_):
        asked.append("FROM region_records" in statement)

    def unit(uow):
        def ask():
            before = sum(asked)
            found = uow.regions.holding(date(2026, 6, 1), code=PEER, kind=Kind.OFFICE)
            return len(found), sum(asked) - before

        answers = [ask(), ask()]
        uow.regions.decide(proposed.id, RecordState.CONFIRMED, person="李复", at=now)
        return [*answers, ask(), ask()]

    event.listen(store._engine, "before_cursor_execute", listen)
    try:
        assert store.transact(unit) == [(0, 1), (0, 0), (1, 1), (1, 0)]
    finally:
        event.remove(store._engine, "before_cursor_execute", listen)
