"""Checks signatures: Ed25519 by cryptography, SM2 by the formulas of GM/T 0003 themselves.

cryptography has SM3 but not the SM2 curve, so its few lines of arithmetic stand here. They only
ever touch public values, so it does not matter that they do not run in constant time.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

KEY_BYTES: Final = {"ed25519": 32, "sm2": 64}

_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A: Final = _P - 3
_B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_G: Final = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_SIGNER: Final = b"1234567812345678"  # the default id of GM/T 0009

Point = tuple[int, int] | None


def parse_key(text: str) -> tuple[str, bytes]:
    """Return algorithm and bytes of `ed25519:BASE64` or `sm2:BASE64`; `ValueError` otherwise."""
    algorithm, _, encoded = text.partition(":")
    value = base64.b64decode(encoded, validate=True)
    if len(value) != KEY_BYTES.get(algorithm, -1):
        raise ValueError("no public key")
    return algorithm, value


def key_id(text: str) -> str:
    """Return the name that a public key has: it follows from the key and nothing else."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def is_good(signature: bytes, content: bytes, key: str) -> bool:
    """Tell whether a signature over some bytes is one of a public key's owner."""
    algorithm, value = parse_key(key)
    if algorithm == "sm2":
        return _sm2_is_good(signature, content, value)
    try:
        Ed25519PublicKey.from_public_bytes(value).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _sm2_is_good(signature: bytes, content: bytes, value: bytes) -> bool:
    public = (int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big"))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % _N
    x, y = public
    on_curve = max(x, y) < _P and (y * y - (x * x * x + _A * x + _B)) % _P == 0
    if len(signature) != 64 or not on_curve or not 0 < r < _N or not 0 < s < _N or t == 0:  # noqa: PLR2004
        return False
    found = _add(_times(s, _G), _times(t, public))
    digest = int.from_bytes(_sm3(_identity(value) + content), "big")
    return found is not None and (digest + found[0]) % _N == r


def _identity(value: bytes) -> bytes:
    """Return Z of GM/T 0003: the digest of the signer's id, the curve and the key."""
    numbers = b"".join(n.to_bytes(32, "big") for n in (_A, _B, *_G))
    length = (len(_SIGNER) * 8).to_bytes(2, "big")
    return _sm3(length + _SIGNER + numbers + value)


def _sm3(content: bytes) -> bytes:
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    (x1, y1), (x2, y2) = one, other
    if x1 == x2:
        if (y1 + y2) % _P == 0:
            return None
        slope = (3 * x1 * x1 + _A) * pow(2 * y1, -1, _P) % _P
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P) % _P
    x3 = (slope * slope - x1 - x2) % _P
    return x3, (slope * (x1 - x3) - y1) % _P


def _times(number: int, point: Point) -> Point:
    total: Point = None
    while number:
        if number & 1:
            total = _add(total, point)
        point = _add(point, point)
        number >>= 1
    return total
