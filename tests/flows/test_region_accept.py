"""Messages from other regions: what cannot be proved has no effect, what is good has one."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters.signing import PrivateKey
from hub.domain.envelope import WIRE_BYTES_MAX, canonical, open_wire
from hub.domain.region_directory import Kind
from hub.domain.region_message import MessageState
from hub.errors import Rejected
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


def test_a_message_has_its_effect_and_a_receipt_proves_when_it_came(offices):
    here, there = offices
    sent = here.post(CHENGDU, body={"question": "缴费年限"})
    there.clock.advance(hours=5)
    carry(here, there)

    (effect,) = effects(there)
    (mine,) = (m for m in here.messages() if m.id == sent.id)
    assert json.loads(effect.facts) == {"question": "缴费年限"}
    assert mine.state is MessageState.DELIVERED
    assert mine.settled_at == sent.created_at + timedelta(hours=5)
    assert "message.delivered" in here.events()
    assert there.messages(state=MessageState.SENT) == []  # nobody waits for a receipt's receipt


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("id", "0" * 32, "envelope_signature"),
        ("type", "test.other", "envelope_signature"),
        ("version", 2, "envelope_signature"),
        ("sender", WUHAN, "envelope_sender_unknown"),
        ("recipient", WUHAN, "envelope_not_ours"),
        ("case_ref", "PT-2026-000018", "envelope_signature"),
        ("in_reply_to", "1" * 32, "envelope_malformed"),
        ("request_sha256", "1" * 64, "envelope_malformed"),
        ("sequence", 2, "envelope_signature"),
        ("sequence", 0, "envelope_signature"),
        ("created_at", "2026-11-24T03:59:59.000000Z", "envelope_signature"),
        ("expires_at", "2027-11-24T04:00:00.000000Z", "envelope_signature"),
        ("body_sha256", "0" * 64, "envelope_signature"),
        ("key_id", "0" * 32, "envelope_key_unknown"),
        ("algorithm", "sm2", "envelope_algorithm"),
        ("algorithm", "none", "envelope_malformed"),
    ],
)
def test_every_field_of_the_envelope_is_protected(offices, field, value, code):
    here, there = offices
    here.post(CHENGDU)
    outer = json.loads(here.outgoing()[0].body)
    outer["envelope"][field] = value

    assert refused_with(there, canonical(outer)) == code


def test_body_and_signature_are_protected(offices):
    here, there = offices
    here.post(CHENGDU, body={"amount_fen": 100})
    good = here.outgoing()[0].body
    body = json.loads(good) | {"body": '{"amount_fen":900}'}
    signature = json.loads(good) | {"signature": base64.b64encode(bytes(64)).decode()}

    assert refused_with(there, canonical(body), "x1") == "envelope_body_altered"
    assert refused_with(there, canonical(signature), "x2") == "envelope_signature"
    there.receive(wire(good, message_id="x3"))
    assert len(effects(there)) == 1


def test_no_changed_byte_gets_through(offices):
    here, there = offices
    here.post(CHENGDU, body={"amount_fen": 100, "name": "王芳"})
    good = here.outgoing()[0].body

    @settings(max_examples=60, deadline=None)
    @given(at=st.integers(0, len(good) - 1), flipped=st.integers(1, 255))
    def changed(at, flipped):
        bad = bytes([*good[:at], good[at] ^ flipped, *good[at + 1 :]])
        assert refused_with(there, bad, f"x{len(there.entries())}").startswith("envelope_")

    changed()
    there.receive(wire(good, message_id="good"))
    assert len(effects(there)) == 1


def test_who_signs_for_another_office_is_found_out(offices, tmp_path):
    here, there = offices
    third = RegionOffice(tmp_path / "third", WUHAN, here.clock)
    there.enter(Kind.OFFICE, WUHAN, {"name": "武汉", "road": "regions"})
    there.enter(Kind.KEY, WUHAN, {"public_key": third.key.public.text})
    here.post(CHENGDU)
    sealed = open_wire(here.outgoing()[0].body)

    foreign = resealed(third, sealed, key_id=third.key.public.id)
    claimed = resealed(third, sealed)
    stranger = PrivateKey.generate("ed25519")
    unknown = resealed(here, sealed, key_id=stranger.public.id)
    third.store.close()

    assert refused_with(there, foreign, "x1") == "envelope_key_foreign"
    assert refused_with(there, claimed, "x2") == "envelope_signature"
    assert refused_with(there, unknown, "x3") == "envelope_key_unknown"


def test_a_key_is_good_only_on_its_days_and_two_may_be_at_once(offices):
    here, there = offices
    here.post(CHENGDU)
    sealed = open_wire(here.outgoing()[0].body)
    text = here.key.public.text
    there.enter(Kind.KEY, HANGZHOU, {"public_key": text}, valid_until=date(2026, 11, 23))
    assert refused_with(there, sealed.wire(), "x1") == "envelope_key_not_valid"

    successor = PrivateKey.generate("ed25519")
    there.enter(Kind.KEY, HANGZHOU, {"public_key": successor.public.text})
    there.enter(Kind.KEY, HANGZHOU, {"public_key": text})
    there.receive(wire(sealed.wire(), message_id="x2"))
    here.key = successor
    following = resealed(here, sealed, id="2" * 32, sequence=2, key_id=successor.public.id)
    there.receive(wire(following, message_id="x3"))

    assert len(effects(there)) == 2
    with pytest.raises(Rejected, match="more than 2 keys"):
        there.enter(Kind.KEY, HANGZHOU, {"public_key": PrivateKey.generate("ed25519").public.text})


def test_an_office_may_have_one_account_of_the_broker_and_no_other(offices):
    here, there = offices
    office = {"name": "杭州", "road": "regions", "broker_user": "hub-330100"}
    there.enter(Kind.OFFICE, HANGZHOU, office)
    here.post(CHENGDU)
    (message,) = here.outgoing()

    foreign = replace(message, id="x1", sender="hub-420100")
    (row,) = there.receive(foreign)
    assert there.arrival(row).note == "envelope_account_foreign"
    assert effects(there) == []
    there.receive(replace(message, sender="hub-330100"))
    assert len(effects(there)) == 1


def test_who_stole_a_key_that_was_withdrawn_cannot_date_a_message_back(offices):
    here, there = offices
    here.post(CHENGDU)
    (message,) = here.outgoing()
    last = here.clock.now().date()
    there.enter(Kind.KEY, HANGZHOU, {"public_key": here.key.public.text}, valid_until=last)
    there.clock.advance(days=1)

    assert refused_with(there, message.body) == "envelope_key_not_valid"


def test_what_is_not_written_as_agreed_is_refused_unread(offices):
    here, there = offices
    here.post(CHENGDU)
    good = here.outgoing()[0].body
    bodies = {
        "envelope_too_large": b'{"body":"' + b"x" * WIRE_BYTES_MAX + b'"}',
        "envelope_malformed": b"[" * 100_000,
    }
    odd = [
        b"",
        b"\xff",
        b"null",
        b'{"body":"{}"}',
        good + b"\n",
        good.replace(b'"version":1', b'"version":1.0'),
        good.replace(b'"version":1', b'"version":1,"version":1'),
        good.replace(b'"version":1', b'"version":true'),
        good.replace(b'"version":1', b'"version":NaN'),
        good.replace(b'"body":"{', b'"body":"\\ud800{'),
    ]
    for code, content in bodies.items():
        assert refused_with(there, content, code) == code
    for number, content in enumerate(odd):
        assert refused_with(there, content, f"odd{number}") == "envelope_malformed"
