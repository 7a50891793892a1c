"""Signatures: both algorithms, against OpenSSL and against the stand-alone verifier."""

from __future__ import annotations

import base64
import stat
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given
from hypothesis import strategies as st

from hub.adapters.signing import PrivateKey, Signer, own_public_key, sm3, write_key_file
from hub.domain.region_directory import PublicKey
from hub.errors import Rejected
from hub_verify.signatures import is_good as is_good_alone
from hub_verify.signatures import key_id
from tests.conftest import require

SIGNER = Signer(None)
SM2_OPTIONS = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")


@pytest.fixture(params=["ed25519", "sm2"])
def key(request):
    return PrivateKey.generate(request.param)


@given(content=st.binary(max_size=200), other=st.binary(max_size=200))
def test_only_the_owner_and_only_these_bytes(content, other):
    key, stranger = PrivateKey.generate("ed25519"), PrivateKey.generate("ed25519")
    signature = key.sign(content)

    assert SIGNER.is_good(signature, content, key.public)
    assert not SIGNER.is_good(signature, content, stranger.public)
    assert SIGNER.is_good(signature, other, key.public) is (content == other)


def test_both_verifiers_agree_on_good_and_bad(key):
    signature = key.sign(b"message")
    bad = [bytes([*signature[:n], signature[n] ^ 1, *signature[n + 1 :]]) for n in (0, 31, 32, 63)]
    for one, content in [(signature, b"message"), (signature, b"other"), (bytes(64), b"message"),
                         (b"", b"message"), (b"\xff" * 64, b"message"),
                         *((b, b"message") for b in bad)]:  # fmt: skip
        here = SIGNER.is_good(one, content, key.public)
        assert here is is_good_alone(one, content, key.public.text)
        assert here is (one == signature and content == b"message")
    assert key_id(key.public.text) == key.public.id
    nowhere = PublicKey(algorithm=key.algorithm, value=b"\xff" * len(key.public.value))
    assert not SIGNER.is_good(signature, b"message", nowhere)
    assert not is_good_alone(signature, b"message", nowhere.text)


def openssl(folder, *arguments):
    return subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_sm2_understands_openssl_and_openssl_understands_it(tmp_path):
    require(openssl(tmp_path, "genpkey", "-algorithm", "SM2", "-out", "k").returncode == 0, "SM2")
    openssl(tmp_path, "pkey", "-in", "k", "-outform", "DER", "-out", "k.der")
    openssl(tmp_path, "pkey", "-in", "k", "-pubout", "-outform", "DER", "-out", "p.der")
    openssl(tmp_path, "pkey", "-in", "k", "-pubout", "-out", "p")
    private, point = (tmp_path / "k.der").read_bytes(), (tmp_path / "p.der").read_bytes()[-64:]
    begin = private.index(b"\x02\x01\x01\x04\x20") + 5
    key = PrivateKey("sm2", private[begin : begin + 32] + point)
    (tmp_path / "m").write_bytes("转移接续".encode())

    openssl(tmp_path, "pkeyutl", "-sign", "-inkey", "k", "-in", "m", "-out", "s", *SM2_OPTIONS)
    r, s = decode_dss_signature((tmp_path / "s").read_bytes())
    theirs = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    ours = key.sign("转移接续".encode())
    (tmp_path / "t").write_bytes(
        encode_dss_signature(int.from_bytes(ours[:32], "big"), int.from_bytes(ours[32:], "big"))
    )
    verify = ("pkeyutl", "-verify", "-pubin", "-inkey", "p", "-in", "m", "-sigfile", "t")

    assert SIGNER.is_good(theirs, "转移接续".encode(), key.public)
    assert is_good_alone(theirs, "转移接续".encode(), key.public.text)
    assert openssl(tmp_path, *verify, *SM2_OPTIONS).returncode == 0


def test_sm3_is_the_digest_of_the_standard():
    # GM/T 0004, example 1
    assert sm3(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_a_key_file_is_read_by_its_owner_only_and_never_overwritten(tmp_path, key):
    path = tmp_path / "signing.key"
    write_key_file(key, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert own_public_key(f"file:{path}") == key.public
    signer = Signer(f"file:{path}")
    assert (signer.key_id, signer.algorithm) == (key.public.id, key.algorithm)
    assert signer.is_good(signer.sign(b"x"), b"x", key.public)
    with pytest.raises(Rejected, match="overwrites nothing"):
        write_key_file(PrivateKey.generate("ed25519"), path)
    assert key.text not in repr(key)
    assert key.text.partition(":")[2] not in str(signer.__dict__)


@pytest.mark.parametrize(
    "text", ["", "ed25519:", "ed25519:!!", "ed25519:AAAA", "rsa:AAAA", "sm2:AAAA"]
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path, text):
    (tmp_path / "k").write_text(text or " \n")
    with pytest.raises(Rejected) as found:
        Signer(f"file:{tmp_path / 'k'}").sign(b"x")
    assert found.value.code in ("signing_key_malformed", "secret_missing")
    assert "AAAA" not in str(found.value)
    with pytest.raises(Rejected):
        PublicKey.parse(text)
    with pytest.raises(Rejected, match="no signing key"):
        SIGNER.sign(b"x")


def test_an_sm2_key_of_two_halves_that_do_not_belong_together_is_refused(tmp_path):
    one, other = PrivateKey.generate("sm2"), PrivateKey.generate("sm2")
    mixed = base64.b64encode(one.value[:32] + other.value[32:]).decode()
    (tmp_path / "k").write_text(f"sm2:{mixed}")
    with pytest.raises(Rejected) as found:
        Signer(f"file:{tmp_path / 'k'}").sign(b"x")
    assert found.value.code == "signing_key_malformed"
