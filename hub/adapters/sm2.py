"""SM2 over bytes in memory (GB/T 32918.2, GM/T 0009): keys, signatures, and who made them.

OpenSSL's program works it, as it does for files (`hub.adapters.sm`); nothing touches a disk. A
private key is its number and then the public point, 96 bytes; a signature is r and s, 64 bytes.
`Unavailable("protection_tool_missing")` from each when the program is not there.
"""

from __future__ import annotations

import base64
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from hub.adapters.sm import HOLDS, OPENSSL, run_program
from hub.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBER_BYTES: Final = 32
_SIGNER: Final = ("-sigopt", "distid:1234567812345678")  # the default of GM/T 0009
_DGST: Final = (OPENSSL, "dgst", "-sm3", *_SIGNER)
# DER has one form, and everything in these keys has one length: SEC 1 (RFC 5915), X.509
_NUMBER_AFTER: Final = bytes.fromhex("30770201010420")
_POINT_AFTER: Final = bytes.fromhex("a00a06082a811ccf5501822da14403420004")
_PUBLIC_AFTER: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")


def generate() -> bytes:
    """Return a new private key from OpenSSL's random source."""
    made = run_program([OPENSSL, "genpkey", "-algorithm", "SM2", "-outform", "DER"], b"").stdout
    number = made[len(_NUMBER_AFTER) :][:NUMBER_BYTES]
    key = number + made[-2 * NUMBER_BYTES :]
    if made != _private_der(key):  # an OpenSSL without SM2, or one that writes keys otherwise
        raise Rejected("signing_key_malformed")
    return key


def sign(key: bytes, content: bytes) -> bytes:
    """Return the signature over some bytes; `Rejected("signing_key_malformed")` for no key."""
    private = _pem("EC PRIVATE KEY", _private_der(key))
    with _lent(private, content) as (private_at, content_at):
        done = run_program([*_DGST, "-sign", private_at, content_at], b"")
    if done.returncode != 0:
        raise Rejected("signing_key_malformed")
    r, s = decode_dss_signature(done.stdout)
    return r.to_bytes(NUMBER_BYTES, "big") + s.to_bytes(NUMBER_BYTES, "big")


def is_good(signature: bytes, content: bytes, point: bytes) -> bool:
    """Tell whether a signature over some bytes is one of a public key's owner."""
    r, s = (int.from_bytes(signature[n : n + NUMBER_BYTES], "big") for n in (0, NUMBER_BYTES))
    public = _pem("PUBLIC KEY", _PUBLIC_AFTER + point)
    with _lent(public, encode_dss_signature(r, s), content) as (public_at, signature_at, at):
        done = run_program([*_DGST, "-verify", public_at, "-signature", signature_at, at], b"")
    return done.returncode == 0 and HOLDS in done.stdout


def _private_der(key: bytes) -> bytes:
    return _NUMBER_AFTER + key[:NUMBER_BYTES] + _POINT_AFTER + key[NUMBER_BYTES:]


def _pem(label: str, der: bytes) -> bytes:
    return (
        f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"
    ).encode()


@contextmanager
def _lent(*contents: bytes) -> Iterator[tuple[str, ...]]:
    """Lend bytes to a program that only reads files: they stay in memory, for this process."""
    with ExitStack() as ended:
        paths = []
        for content in contents:
            file = ended.enter_context(os.fdopen(os.memfd_create("hub"), "wb"))
            file.write(content)
            file.flush()
            paths.append(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        yield tuple(paths)
