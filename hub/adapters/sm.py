"""National algorithms (国密): SM2 signatures beside a file, and the treasury's SM3 in a comment.

SM2 is worked by OpenSSL's program (3.0 and later), which streams; SM3 by Python's own hashlib.
`sm3_suffix` is SM3 over file and shared secret, as Beijing's treasury bank does it [V-code]: it is
no signature and no HMAC, and whoever knows the secret can make it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import subprocess
from typing import TYPE_CHECKING, Final

from hub.errors import Place, Rejected, Unavailable
from hub.settings.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.settings.protection import ProtectionSettings

OPENSSL: Final = "openssl"
TIMEOUT_S: Final = 3600.0
_CHUNK_BYTES: Final = 1 << 20
_TAIL_BYTES: Final = 256  # the comment, and line ends after it
_COMMENT: Final = re.compile(rb"<!--([0-9a-fA-F]{64})-->\s*\Z")
HOLDS: Final = b"Verified OK"
_ENVIRONMENT: Final = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


class Sm2Protection:
    """Detached SM2 signatures over SM3 (GB/T 32918.2), DER, by bare keys in PEM."""

    def __init__(self, settings: ProtectionSettings) -> None:
        self._settings = settings
        self.signature_of = settings.signature_of
        self.signed_by = settings.signed_by

    def seal(self, plain: Path, folder: Path) -> tuple[Path, Path | None]:
        """Sign a file; the file itself stays as it is."""
        reference = self._settings.sign_with
        if reference is None:
            return plain, None
        signature = folder / "signature"
        done = self._digest("-sign", "/dev/stdin", "-out", str(signature), str(plain),
                            key=Secret(reference).reveal())  # fmt: skip
        if done.returncode != 0:
            raise Rejected("protection_key_unusable", key="sign_with", reference=reference)
        return plain, signature

    def unseal(
        self, sealed: Path, signatures: Sequence[Path], folder: Path, *, file: str
    ) -> tuple[Path, str | None]:
        """Verify a file; an altered one and one by another key cannot be told apart."""
        del folder  # nothing is written
        keys = self._settings.verify_with
        if not keys or (not signatures and not self._settings.required):
            return sealed, None
        if not signatures:
            raise Rejected("signature_missing", place=Place(file=file))
        for key in keys:
            _require_public(key)
            for one in signatures:
                words = ("-verify", str(key), "-signature", str(one), str(sealed))
                if HOLDS in self._digest(*words).stdout:
                    return sealed, f"SM2 {key.name}"
        raise Rejected("signature_broken", place=Place(file=file))

    def prove(self) -> list[str]:
        """Read every key, and sign with ours. Bare keys have no end of their own."""
        for key in self._settings.verify_with:
            _require_public(key)
        reference = self._settings.sign_with
        if reference is not None:
            done = self._digest("-sign", "/dev/stdin", "/dev/null", key=Secret(reference).reveal())
            if done.returncode != 0:
                raise Rejected("protection_key_unusable", key="sign_with", reference=reference)
        return []

    def _digest(self, *words: str, key: str = "") -> subprocess.CompletedProcess[bytes]:
        identity = ("-sigopt", f"distid:{self._settings.sm2_id}")
        return run_program([OPENSSL, "dgst", "-sm3", *identity, *words], (key + "\n").encode())


class Sm3Protection:
    """SM3(file ‖ secret) in hexadecimal, in an XML comment behind the file."""

    def __init__(self, settings: ProtectionSettings) -> None:
        self._settings = settings
        self.signature_of = settings.signature_of
        self.signed_by = settings.signed_by

    def seal(self, plain: Path, folder: Path) -> tuple[Path, Path | None]:
        """Append the comment."""
        digest = self._digest(plain, plain.stat().st_size)
        sealed = folder / "sealed"
        with sealed.open("wb") as out, plain.open("rb") as content:
            while chunk := content.read(_CHUNK_BYTES):
                out.write(chunk)
            out.write(b"<!--" + digest.encode() + b"-->")
        return sealed, None

    def unseal(
        self, sealed: Path, signatures: Sequence[Path], folder: Path, *, file: str
    ) -> tuple[Path, str | None]:
        """Compare the comment, and return the file without it."""
        del signatures
        size = sealed.stat().st_size
        with sealed.open("rb") as content:
            content.seek(max(0, size - _TAIL_BYTES))
            tail = content.read()
        found = _COMMENT.search(tail)
        if found is None:
            if self._settings.required:
                raise Rejected("signature_missing", place=Place(file=file))
            return sealed, None
        length = size - len(tail) + found.start()
        if not hmac.compare_digest(self._digest(sealed, length), found[1].decode().lower()):
            raise Rejected("signature_broken", place=Place(file=file))
        plain = folder / "plain"
        with plain.open("wb") as out, sealed.open("rb") as content:
            while length > 0 and (chunk := content.read(min(length, _CHUNK_BYTES))):
                out.write(chunk)
                length -= len(chunk)
        return plain, "SM3"

    def prove(self) -> list[str]:
        """Look the secret up."""
        Secret(str(self._settings.secret)).reveal()
        return []

    def _digest(self, path: Path, length: int) -> str:
        digest = hashlib.new("sm3")
        with path.open("rb") as content:
            while length > 0 and (chunk := content.read(min(length, _CHUNK_BYTES))):
                digest.update(chunk)
                length -= len(chunk)
        digest.update(Secret(str(self._settings.secret)).reveal().encode())
        return digest.hexdigest()


def _require_public(key: Path) -> None:
    """Refuse what is no public key on the curve SM2."""
    done = run_program([OPENSSL, "pkey", "-pubin", "-in", str(key), "-noout", "-text_pub"], b"")
    if done.returncode != 0 or b"SM2" not in done.stdout:
        raise Rejected("protection_key_unusable", key="verify_with", reference=key.name)


def run_program(words: Sequence[str], content: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run a program with some bytes as its input; `Unavailable` when it is missing or stuck."""
    try:
        return subprocess.run(
            words, input=content, capture_output=True, check=False, timeout=TIMEOUT_S,
            env=_ENVIRONMENT,
        )  # fmt: skip
    except FileNotFoundError as error:
        raise Unavailable("protection_tool_missing", tool=words[0]) from error
    except subprocess.TimeoutExpired:
        raise Unavailable("protection_failed", tool=words[0], reason="timeout") from None
