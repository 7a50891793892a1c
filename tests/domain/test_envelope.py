"""The envelope: one byte form for one message, and nothing else is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.envelope import Envelope, Sealed, canonical, open_wire, sha256_of
from hub.domain.strict_json import INTEGER_MAX
from hub.errors import Rejected

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
INSTANTS = st.integers(-(10**14), 10**15).map(lambda us: NOON + timedelta(microseconds=us))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
BODIES = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=5,
)


def sealed_of(body, **changes):
    text = canonical(body)
    envelope = Envelope(
        id="0" * 32, type="transfer.form", sender="330100", recipient="510100",
        case_ref="PT-2026-000017", in_reply_to=None, request_sha256=None, sequence=1,
        created_at=NOON, expires_at=NOON + timedelta(days=30), body_sha256=sha256_of(text),
        key_id="a" * 32, algorithm="ed25519",
    )  # fmt: skip
    return Sealed(envelope=replace(envelope, **changes), body=text, signature=b"s" * 64)


@given(body=BODIES, message_id=HEX, sequence=st.integers(0, INTEGER_MAX), at=INSTANTS)
def test_what_is_sealed_is_read_back_and_no_other_way(body, message_id, sequence, at):
    later = at + timedelta(days=1)
    sealed = sealed_of(body, id=message_id, sequence=sequence, created_at=at, expires_at=later)
    again = open_wire(sealed.wire())

    assert again == sealed
    assert again.read_body() == body
    assert again.wire() == sealed.wire()


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(content):
    with pytest.raises(Rejected):
        open_wire(content)


@pytest.mark.parametrize(
    "change",
    [
        {"sender": "33010"}, {"sender": "３３０１００"}, {"id": "X" * 32},
        {"type": "Transfer.Form"},
        {"type": "transfer"}, {"case_ref": ""}, {"case_ref": "../x"}, {"key_id": ""},
        {"sequence": -1}, {"version": 0}, {"expires_at": NOON}, {"request_sha256": "0" * 64},
        {"in_reply_to": "0" * 32}, {"algorithm": "rsa"},
    ],
)  # fmt: skip
def test_a_field_out_of_its_form_is_refused(change):
    with pytest.raises(Rejected) as found:
        open_wire(sealed_of({}, **change).wire())
    assert found.value.code == "envelope_malformed"


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b'{"a": 1}', b'{"a":1.0}', b'{"a":1,"a":2}', b'{"b":1,"a":2}', b"{",
             b'{"a":NaN}', b'{"a":"\\u0000"}', b'{"a":9007199254740993}', b'{"a":"\\u738b"}',
             b"[" * 90_000 + b"]" * 90_000]
)  # fmt: skip
def test_a_body_in_another_form_is_refused(body):
    sealed = replace(sealed_of({}), body=body)
    with pytest.raises(Rejected) as found:
        open_wire(sealed.wire()).read_body()
    assert found.value.code == "envelope_body_malformed"


def test_money_is_whole_and_days_are_text():
    assert canonical({"on": date(2026, 1, 2), "at": NOON, "fen": 5}) == (
        b'{"at":"2026-11-24T04:00:00.000000Z","fen":5,"on":"2026-01-02"}'
    )
    for wrong in (1.5, float("nan"), INTEGER_MAX + 1, "\0", {"a": [2.0]}):
        with pytest.raises(ValueError, match="message"):
            canonical({"x": wrong})
