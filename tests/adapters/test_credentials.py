"""Passwords and one-time codes, against the values of RFC 6238 and with real keys."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from hub.adapters.credentials import SealedCredentials
from hub.errors import Rejected

KEY, OTHER = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
RFC_SECRET = base64.b32encode(b"12345678901234567890")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def known(monkeypatch):
    monkeypatch.setenv("HUB_KEY", KEY)
    return SealedCredentials("env:HUB_KEY", memory_kib=64)


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")]
)
def test_codes_are_those_of_rfc_6238(known, seconds, code):
    sealed = Fernet(KEY).encrypt(RFC_SECRET).decode()

    assert known.code_at(sealed, datetime.fromtimestamp(seconds, UTC)) == code


@pytest.mark.parametrize(
    ("late_s", "good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_code_is_good_for_a_step_before_and_after(known, late_s, good):
    factor = known.new_factor()
    code = known.code_at(factor, NOW)

    assert (known.step_of(factor, code, at=NOW + timedelta(seconds=late_s)) is not None) is good


def test_a_password_is_known_again_and_its_hash_says_how_it_was_made(known):
    hashed = known.hash_password("quiet river")

    assert known.is_password("quiet river", hashed)
    assert not known.is_password("quiet rive", hashed)
    assert not known.is_password("nobody has this password", None)
    assert (
        SealedCredentials("env:HUB_KEY").hash_password("x").startswith("$argon2id$v=19$m=65536,t=3")
    )


def test_a_key_can_be_changed_and_without_the_old_one_a_factor_is_lost(known, monkeypatch):
    factor = known.new_factor()
    code = known.code_at(factor, NOW)
    monkeypatch.setenv("HUB_KEY", f"{OTHER}\n{KEY}")
    both = known.code_at(factor, NOW)
    monkeypatch.setenv("HUB_KEY", OTHER)

    with pytest.raises(Rejected) as lost:
        known.code_at(factor, NOW)

    assert both == code
    assert lost.value.code == "console_key_other"


@pytest.mark.parametrize("key", ["short", "é" * 44, base64.b64encode(b"1" * 31).decode()])
def test_a_key_of_another_size_is_refused(monkeypatch, key):
    monkeypatch.setenv("HUB_KEY", key)

    with pytest.raises(Rejected) as found:
        SealedCredentials("env:HUB_KEY").new_factor()

    assert found.value.code == "console_key_malformed"
