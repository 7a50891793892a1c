"""SM2 against the curve's own equation, SM3 against OpenSSL: two ways that share no code."""

from __future__ import annotations

import hashlib
import subprocess

import pytest

from hub.adapters.sm import Sm2Protection, Sm3Protection
from hub.errors import Rejected
from hub.settings.protection import SM2_ID, ProtectionSettings
from tests.keys import openssl, sm2_pair

pytestmark = pytest.mark.real

CONTENT = "<CFX><MSG>养老</MSG></CFX>".encode("gb18030") * 1000
NAME = "1000.xml"

# GB/T 32918.5: the recommended curve
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def sm3(content: bytes) -> bytes:
    return hashlib.new("sm3", content).digest()


def add(one, two):
    if one is None or two is None:
        return one or two
    if one[0] == two[0] and (one[1] + two[1]) % P == 0:
        return None
    if one == two:
        slope = (3 * one[0] ** 2 + A) * pow(2 * one[1], -1, P) % P
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(number, point):
    total = None
    while number:
        total = add(total, point) if number & 1 else total
        point, number = add(point, point), number >> 1
    return total


def holds(content: bytes, signature: bytes, public, identity=SM2_ID) -> bool:
    """Verify as GB/T 32918.2 section 7 says, with whole numbers only."""
    r_size = signature[3]
    r = int.from_bytes(signature[4 : 4 + r_size])
    s = int.from_bytes(signature[6 + r_size :])
    numbers = b"".join(n.to_bytes(32) for n in (A, B, *G, *public))
    za = sm3((len(identity) * 8).to_bytes(2) + identity.encode() + numbers)
    e = int.from_bytes(sm3(za + content))
    point = add(times(s, G), times((r + s) % N, public))
    return 0 < r < N and 0 < s < N and (e + point[0]) % N == r


def point_of(public) -> tuple[int, int]:
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", public, "-outform", "DER"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    return int.from_bytes(der[-64:-32]), int.from_bytes(der[-32:])


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    return sm2_pair(tmp_path_factory.mktemp("sm2"))


def file(tmp_path, content, name="file"):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def sm2(pair, **changes):
    said = {"scheme": "sm2", "sign_with": f"file:{pair[0]}", "verify_with": (pair[1],),
            "signature_name": "{name}.sig", **changes}  # fmt: skip
    return Sm2Protection(ProtectionSettings(**said))


def test_our_signature_holds_by_the_standard_s_own_equation(pair, tmp_path):
    path = file(tmp_path, CONTENT)
    sealed, signature = sm2(pair).seal(path, tmp_path)
    assert sealed == path
    assert holds(CONTENT, signature.read_bytes(), point_of(pair[1]))
    assert not holds(CONTENT + b"x", signature.read_bytes(), point_of(pair[1]))

    _, other = sm2(pair, sm2_id="31010000").seal(path, tmp_path)
    assert holds(CONTENT, other.read_bytes(), point_of(pair[1]), "31010000")
    assert not holds(CONTENT, other.read_bytes(), point_of(pair[1]))


def test_what_openssl_signed_is_taken_and_everything_else_refused(pair, tmp_path):
    path, signature = file(tmp_path, CONTENT), tmp_path / "theirs.sig"
    words = ("-sigopt", f"distid:{SM2_ID}", "-out", signature)
    openssl("dgst", "-sm3", "-sign", pair[0], *words, path)
    assert sm2(pair).unseal(path, [signature], tmp_path, file=NAME) == (path, "SM2 sm2.pub.pem")

    altered = file(tmp_path, CONTENT + b"\n", "altered")
    stranger = sm2_pair(tmp_path, "stranger")
    cases = [
        (sm2(pair), altered, [signature], "signature_broken"),
        (sm2(stranger), path, [signature], "signature_broken"),
        (sm2(pair, sm2_id="another"), path, [signature], "signature_broken"),
        (sm2(pair), path, [file(tmp_path, b"junk", "junk")], "signature_broken"),
        (sm2(pair, required=False), altered, [signature], "signature_broken"),
        (sm2(pair), path, [], "signature_missing"),
    ]
    for subject, content, signatures, code in cases:
        with pytest.raises(Rejected) as caught:
            subject.unseal(content, signatures, tmp_path, file=NAME)
        assert caught.value.code == code
    assert sm2(pair, required=False).unseal(path, [], tmp_path, file=NAME) == (path, None)


def test_sm2_keys_are_proven(pair, tmp_path):
    assert sm2(pair).prove() == []
    rsa = tmp_path / "rsa.pem"
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", rsa)
    for changes in (
        {"sign_with": f"file:{pair[1]}"}, {"verify_with": (pair[0],)}, {"verify_with": (rsa,)},
    ):  # fmt: skip
        with pytest.raises(Rejected) as caught:
            sm2(pair, **changes).prove()
        assert caught.value.code == "protection_key_unusable"
        assert "PRIVATE" not in str(caught.value)


@pytest.fixture
def sm3_suffix(monkeypatch):
    monkeypatch.setenv("TREASURY_KEY", "天机0123")

    def make(**changes):
        said = {"scheme": "sm3_suffix", "secret": "env:TREASURY_KEY", **changes}
        return Sm3Protection(ProtectionSettings(**said))

    return make


def test_the_comment_is_openssl_s_sm3_over_file_and_secret(sm3_suffix, tmp_path):
    sealed, signature = sm3_suffix().seal(file(tmp_path, CONTENT), tmp_path)

    both = file(tmp_path, CONTENT + "天机0123".encode(), "both")
    expected = openssl("dgst", "-sm3", "-r", both).split()[0]
    assert signature is None
    assert sealed.read_bytes() == CONTENT + f"<!--{expected}-->".encode()


@pytest.mark.parametrize("tail", [b"", b"\r\n", b"\n \n"])
def test_a_marked_file_is_read_without_its_comment(sm3_suffix, tmp_path, tail):
    mark = sm3(CONTENT + "天机0123".encode()).hex().upper().encode()
    sealed = file(tmp_path, CONTENT + b"<!--" + mark + b"-->" + tail)
    plain, who = sm3_suffix().unseal(sealed, [], tmp_path, file=NAME)
    assert (plain.read_bytes(), who) == (CONTENT, "SM3")


def test_a_marked_file_that_was_changed_or_lacks_its_mark_is_refused(sm3_suffix, tmp_path):
    sealed = sm3_suffix().seal(file(tmp_path, CONTENT), tmp_path)[0].read_bytes()
    cases = {
        "signature_broken": [b" " + sealed, sealed.replace(b"MSG", b"MSH", 1)],
        "signature_missing": [CONTENT, sealed[:-1], b"", sealed + CONTENT],
    }
    for code, contents in cases.items():
        for content in contents:
            path = file(tmp_path, content, "changed")
            with pytest.raises(Rejected) as caught:
                sm3_suffix().unseal(path, [], tmp_path, file=NAME)
            assert caught.value.code == code
            assert "天机" not in str(caught.value)
    plain = file(tmp_path, CONTENT)
    assert sm3_suffix(required=False).unseal(plain, [], tmp_path, file=NAME) == (plain, None)
