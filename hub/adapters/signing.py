"""Signatures: Ed25519 (cryptography) and SM2 (GM/T 0003, OpenSSL's program).

A key is one line of text, so that it fits a file and an environment variable alike:
`ed25519:` or `sm2:` and Base64. A private Ed25519 key has 32 bytes; a private SM2 key has 96, its
number and then the public point. SM2 signs with SM3 and the default signer id of GM/T 0009; a
signature is r and s, 32 bytes each, as OpenSSL's `pkeyutl -rawin -digest sm3` makes and checks
them (there in DER).
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.adapters import sm2
from hub.domain.region_directory import PUBLIC_KEY_BYTES, PublicKey
from hub.errors import Rejected
from hub.settings.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

PRIVATE_KEY_BYTES: Final = {"ed25519": 32, "sm2": 96}
SIGNATURE_BYTES: Final = 64  # of either algorithm


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A private key; what it is made of shows in no text."""

    algorithm: str
    value: bytes

    @classmethod
    def parse(cls, text: str) -> PrivateKey:
        """Return the key that a line of text holds; `Rejected("signing_key_malformed")`."""
        algorithm, _, encoded = text.strip().partition(":")
        try:
            value = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if len(value) != PRIVATE_KEY_BYTES.get(algorithm, -1):
            raise Rejected("signing_key_malformed")
        return cls(algorithm, value)

    @classmethod
    def generate(cls, algorithm: str) -> PrivateKey:
        """Return a new key from the system's random source."""
        if algorithm == "sm2":
            return cls("sm2", sm2.generate())
        return cls("ed25519", Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def text(self) -> str:
        """Return the line to be kept in a file that nobody else may read."""
        return f"{self.algorithm}:{base64.b64encode(self.value).decode()}"

    @property
    def public(self) -> PublicKey:
        """Return the public key that belongs to it."""
        if self.algorithm == "sm2":
            return PublicKey(algorithm="sm2", value=self.value[sm2.NUMBER_BYTES :])
        own = Ed25519PrivateKey.from_private_bytes(self.value).public_key()
        return PublicKey(algorithm="ed25519", value=own.public_bytes_raw())

    def sign(self, content: bytes) -> bytes:
        """Return the signature over some bytes."""
        return self.signing()(content)

    def signing(self) -> Callable[[bytes], bytes]:
        """Return what signs with this key, which is parsed only once."""
        if self.algorithm == "sm2":
            return partial(sm2.sign, self.value)
        return Ed25519PrivateKey.from_private_bytes(self.value).sign


class Signer:
    """Signs with the deployment's own key, read when it is needed, and checks what others sign."""

    def __init__(self, reference: str | None) -> None:
        self._secret = None if reference is None else Secret(reference)
        self._keys: tuple[PublicKey, Callable[[bytes], bytes]] | None = None

    @property
    def key_id(self) -> str:
        """Return the id of our own public key."""
        return self._own()[0].id

    @property
    def algorithm(self) -> str:
        """Return how our own key signs."""
        return self._own()[0].algorithm

    def sign(self, content: bytes) -> bytes:
        """Return our signature over some bytes."""
        return self._own()[1](content)

    def is_good(self, signature: bytes, content: bytes, key: PublicKey) -> bool:
        """Tell whether a signature over some bytes was made by the owner of a public key."""
        if len(signature) != SIGNATURE_BYTES or len(key.value) != PUBLIC_KEY_BYTES[key.algorithm]:
            return False
        if key.algorithm == "sm2":
            return sm2.is_good(signature, content, key.value)
        try:
            Ed25519PublicKey.from_public_bytes(key.value).verify(signature, content)
        except (InvalidSignature, ValueError):  # the second: the bytes are no point
            return False
        return True

    def _own(self) -> tuple[PublicKey, Callable[[bytes], bytes]]:
        """Return our public key, and what signs with the private one."""
        if self._secret is None:
            raise Rejected("signing_missing")
        if self._keys is None:
            key = PrivateKey.parse(self._secret.reveal())
            if not self.is_good(key.sign(b""), b"", key.public):
                raise Rejected("signing_key_malformed")  # number and point of two different keys
            self._keys = key.public, key.signing()
        return self._keys


def own_public_key(reference: str | None) -> PublicKey:
    """Return the public key of a deployment; `Rejected("signing_missing")` without one."""
    if reference is None:
        raise Rejected("signing_missing")
    return PrivateKey.parse(Secret(reference).reveal()).public


def is_readable_by_others(reference: str) -> bool:
    """Tell whether a key's file may be read by anybody but its owner."""
    kind, _, target = reference.partition(":")
    return kind == "file" and bool(Path(target).stat().st_mode & 0o077)


def write_key_file(key: PrivateKey, path: Path) -> None:
    """Write a private key to a new file that only its owner may read (0600).

    `Rejected("signing_file_exists")`: a key is never overwritten.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Rejected("signing_file_exists", file=path.name) from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.text + "\n")


def sm3(content: bytes) -> str:
    """Return the SM3 digest (GM/T 0004) as hexadecimal text; some partners' files carry it."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize().hex()
