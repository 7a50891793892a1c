"""The order of messages, repetitions, answers, and what happens when something does not come."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.domain.discrepancy import Event
from hub.domain.envelope import open_wire
from hub.domain.region_directory import Kind
from hub.domain.region_message import Direction, MessageState
from hub.errors import Rejected, Unavailable
from hub.flows.region_order import skip
from hub.flows.region_receipts import proof_of_delivery
from hub.flows.verify import verify
from hub.store.discrepancies import Wanted
from hub.store.messages import InState
from tests.regions import (
    CHENGDU,
    HANGZHOU,
    WUHAN,
    RegionOffice,
    carry,
    effects,
    refused_with,
    resealed,
    wire,
)


def noted(office):
    return [json.loads(entry.facts)["n"] for entry in effects(office)]


def alarms(office):
    with office.store.read() as uow:
        found = uow.discrepancies.list(Wanted())
    return sorted(d.difference.cause.value for d in found if d.closed_at is None)


def test_a_replayed_message_has_no_second_effect_and_its_receipt_goes_again(offices):
    here, there = offices
    here.post(CHENGDU, body={"n": 1})
    (message,) = here.outgoing()
    there.receive(message)
    (receipt,) = there.outgoing()

    there.receive(wire(message.body, message_id="captured"))
    (again,) = there.outgoing()

    assert noted(there) == [1]
    assert "security.message_repeated" in there.events()
    assert again.body == receipt.body
    assert again.id != receipt.id
    here.receive(receipt, again)
    assert [m.state for m in here.messages() if m.direction is Direction.OUT] == [
        MessageState.DELIVERED
    ]
    for number in range(30):
        there.receive(wire(message.body, message_id=f"flood{number}"))
    assert len(there.outgoing()) == 19  # a flood of replays makes no flood of receipts


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_messages_have_their_effect_in_their_order_however_they_come(offices, order):
    here, there = offices
    for number in range(3):
        here.post(CHENGDU, body={"n": number})
    messages = here.outgoing()

    there.receive(*(messages[index] for index in order))

    assert noted(there) == [0, 1, 2]
    carry(there, here)
    assert {m.state for m in here.messages(peer=CHENGDU) if m.due_at} == {MessageState.DELIVERED}
    assert alarms(here) == alarms(there) == []


def test_what_is_missing_is_asked_for_and_comes_again(offices):
    here, there = offices
    for number in range(4):
        here.post(CHENGDU, body={"n": number})
    first, _lost, _lost_too, last = here.outgoing()

    there.receive(first, last)
    assert noted(there) == [0]
    assert {m.state for m in there.messages(state=MessageState.PARKED)} == {MessageState.PARKED}
    carry(there, here)

    assert noted(there) == [0, 1, 2, 3]
    assert alarms(there) == []


def test_a_gap_that_stays_alarms_and_ends_when_it_closes_or_a_person_says_so(offices):
    here, there = offices
    for number in range(3):
        here.post(CHENGDU, body={"n": number})
    first, lost, last = here.outgoing()
    there.receive(first, last)
    there.outgoing()  # the request is lost too
    there.clock.advance(hours=25)
    there.work()
    assert Event.MESSAGE_GAP in alarms(there)
    assert [m.type for m in there.outgoing()] == ["admin.resend"]

    there.receive(lost)
    assert noted(there) == [0, 1, 2]
    assert alarms(there) == []
    with pytest.raises(Rejected, match="Nothing of region"):
        skip(HANGZHOU, person="王主任", reason="对方数据已失", services=there.services)


def test_a_person_may_pass_over_what_is_lost_for_good(offices):
    here, there = offices
    for number in range(3):
        here.post(CHENGDU, body={"n": number})
    first, lost, last = here.outgoing()
    there.receive(first, last)
    assert skip(HANGZHOU, person="王主任", reason="对方数据已失", services=there.services) == 3
    there.work()
    assert noted(there) == [0, 2]

    (row,) = there.receive(lost)
    assert there.arrival(row).note == "envelope_sequence_reused"
    assert noted(there) == [0, 2]


def test_same_id_or_same_number_with_other_bytes_is_a_security_event(offices):
    here, there = offices
    here.post(CHENGDU, body={"n": 1})
    (message,) = here.outgoing()
    there.receive(message)
    there.outgoing()
    sealed = there.messages()[-1].sealed()

    same_id = resealed(here, sealed, body={"n": 2})
    same_number = resealed(here, sealed, body={"n": 3}, id="3" * 32)

    assert refused_with(there, same_id, "x1") == "envelope_id_reused"
    assert refused_with(there, same_number, "x2") == "envelope_sequence_reused"
    assert noted(there) == [1]


def test_what_comes_too_late_is_refused_with_a_receipt_that_says_so(offices):
    here, there = offices
    here.post(CHENGDU, body={"n": 1})
    (message,) = here.outgoing()
    there.clock.advance(days=30)
    there.receive(message)
    assert noted(there) == []

    carry(there, here)
    (mine,) = (m for m in here.messages() if m.due_at)
    assert (mine.state, mine.code) == (MessageState.DECLINED, "envelope_expired")
    assert proof_of_delivery(mine) == there.clock.now()
    assert alarms(here) == ["message_declined"]
    here.post(CHENGDU, body={"n": 2})  # the refused one has used its number
    carry(here, there)
    assert noted(there) == [2]


def test_a_handler_that_refuses_leaves_nothing_but_the_refusal(offices):
    here, there = offices
    here.post(CHENGDU, body={"n": 1, "refuse": True})
    here.post(CHENGDU, kind="test.unknown", body={"n": 2})
    carry(here, there)

    assert noted(there) == []
    codes = [m.code for m in sorted(here.messages(), key=lambda m: m.envelope.sequence) if m.due_at]
    assert codes == ["reason_unusable", "envelope_type_unknown"]
    assert there.events().count("message.refused") == 2


def test_an_answer_is_bound_to_the_bytes_that_it_answers(offices, tmp_path):
    here, there = offices
    third = RegionOffice(tmp_path / "third", WUHAN, here.clock)
    here.enter(Kind.OFFICE, WUHAN, {"name": "武汉", "road": "regions"})
    here.enter(Kind.KEY, WUHAN, {"public_key": third.key.public.text})
    asked = here.post(CHENGDU, body={"n": 1})
    carry(here, there)
    there.post(HANGZHOU, body={"n": 2}, in_reply_to=asked.id)
    (message,) = there.outgoing()
    sealed = open_wire(message.body)
    wrong = {
        "envelope_request_unknown": resealed(there, sealed, in_reply_to="9" * 32),
        "envelope_request_altered": resealed(there, sealed, request_sha256="9" * 64, sequence=2),
    }
    for number, (code, odd) in enumerate(wrong.items(), start=1):
        changed = open_wire(odd)
        content = resealed(there, changed, id=f"{number}" * 32, sequence=number)
        (row,) = here.receive(wire(content, message_id=code))
        assert here.arrival(row).note == code
    foreign = resealed(
        third, sealed, sender=WUHAN, key_id=third.key.public.id, id="8" * 32, sequence=1
    )
    (row,) = here.receive(wire(foreign, message_id="foreign"))
    assert here.arrival(row).note == "envelope_request_foreign"
    third.store.close()
    assert noted(here) == []
    good = resealed(there, sealed, id="7" * 32, sequence=3)
    here.receive(wire(good, message_id="good"))
    assert noted(here) == [2]
    with pytest.raises(Rejected, match="No message"):
        here.post(CHENGDU, body={}, in_reply_to="9" * 32)


def test_without_a_receipt_the_message_goes_again_and_people_are_told(offices):
    here, there = offices
    sent = here.post(CHENGDU, body={"n": 1})
    here.outgoing()  # lost
    for _ in range(7):
        here.clock.advance(hours=25)
        here.work()
    again = here.outgoing()
    assert alarms(here) == ["message_undelivered"]
    assert len(again) == 5

    there.receive(*again)
    carry(there, here)
    assert noted(there) == [1]
    assert alarms(here) == []
    (mine,) = (m for m in here.messages() if m.id == sent.id)
    assert proof_of_delivery(mine) == sent.created_at + timedelta(hours=25 * 7)


def test_without_our_own_key_nothing_is_sent_and_what_came_waits(offices):
    here, there = offices
    here.post(CHENGDU, body={"n": 1})
    text = there.key.public.text
    yesterday = there.clock.now().date() - timedelta(days=1)
    there.enter(Kind.KEY, CHENGDU, {"public_key": text}, valid_until=yesterday)
    (message,) = here.outgoing()
    with pytest.raises(Unavailable, match="signing_key_unlisted"):
        there.receive(message)
    with pytest.raises(Rejected, match="not in the directory"):
        there.post(HANGZHOU)
    with there.store.read() as uow:
        (row,) = uow.messages.list_in()
    assert row.state is InState.NEW

    there.enter(Kind.KEY, CHENGDU, {"public_key": text})
    there.work()
    assert noted(there) == [1]


@pytest.mark.parametrize("page_rows", [1, 500])
def test_verify_finds_messages_that_were_changed_or_taken_away(offices, monkeypatch, page_rows):
    monkeypatch.setattr("hub.flows.verify_journalled.PAGE_ROWS", page_rows)
    here, there = offices
    for number in range(3):
        here.post(CHENGDU, body={"n": number})
    carry(here, there)
    names = ("message_bytes", "message_numbers", "archive")

    def broken(office):
        return {c.name: c.first for c in verify(office.services) if c.name in names and not c.ok}

    assert broken(here) == broken(there) == {}
    (first, *_) = (m for m in here.messages() if m.envelope.sequence == 2)
    with here.store._engine.begin() as connection:
        for change in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER region_messages_no_{change}"))
        connection.execute(
            text("UPDATE region_messages SET wire = :wire, sha256 = :sha WHERE id = :id"),
            {"wire": first.wire.replace(b"1", b"2"), "sha": "0" * 64, "id": first.id},
        )
    assert list(broken(here)) == ["message_bytes"]
    with here.store._engine.begin() as connection:
        connection.execute(text("DELETE FROM region_messages WHERE id = :id"), {"id": first.id})
    assert broken(here)["message_numbers"] == f"region:{CHENGDU}"
    assert broken(here)["message_bytes"] == f"message:{HANGZHOU}/{first.id}"
