"""Passwords by Argon2id (argon2-cffi), one-time codes by TOTP (pyotp), sealed by Fernet.

Argon2id with 19 MiB, two passes and one lane is what OWASP names as enough; here it is 64 MiB and
three passes (the second choice of RFC 9106). A second factor is a TOTP secret (RFC 6238): 160
random bits, six digits, 30 seconds. It is sealed with AES-128-CBC and HMAC-SHA-256 (Fernet).
"""

from __future__ import annotations

import base64
import binascii
import gzip
import hmac
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.errors import Rejected
from hub.settings.secrets import Secret

if TYPE_CHECKING:
    from datetime import datetime

PASSWORD_CHARS_MIN: Final = 12
PASSWORD_CHARS_MAX: Final = 128
STEP_S: Final = 30
KEY_BYTES: Final = 32
_EARLIER: Final = 1  # steps that a code may be old or early: clocks differ, people type slowly
_COMMON: Final = "common_passwords.txt.gz"  # 20,000, from Django (BSD), by Royce Williams


class SealedCredentials:
    """Makes and compares what people sign in with. `key` is a secret reference, read when needed.

    The secret has one key in each line: the first seals, all of them open, so that a key can be
    changed.
    """

    def __init__(self, key: str | None, *, memory_kib: int = 64 * 1024) -> None:
        self._secret = None if key is None else Secret(key)
        self._hasher = PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=1)
        self._nobody: str | None = None

    def hash_password(self, password: str) -> str:
        """Return a password's hash, salted, slow on purpose."""
        return self._hasher.hash(_normal(password))

    def is_password(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password is the one of a hash; without a hash that takes as long."""
        if self._nobody is None:
            self._nobody = self._hasher.hash("nobody has this password")
        if len(password) > PASSWORD_CHARS_MAX:
            password, hashed = "", None
        try:
            same = self._hasher.verify(hashed or self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return same and hashed is not None

    def refuse_weak(self, password: str, *words: str) -> None:
        """Refuse a password that is short, common, or made of words that belong to its owner.

        `Rejected`: `password_length`, `password_common`.
        """
        text = _normal(password)
        if not PASSWORD_CHARS_MIN <= len(text) <= PASSWORD_CHARS_MAX:
            raise Rejected("password_length", least=PASSWORD_CHARS_MIN, most=PASSWORD_CHARS_MAX)
        if _essence(text) in _common() or any(
            _is_made_of(text.casefold(), word.casefold()) for word in words if word
        ):
            raise Rejected("password_common")

    def new_factor(self) -> str:
        """Return a new second factor, sealed."""
        return self._sealer().encrypt(pyotp.random_base32().encode()).decode()

    def factor_uri(self, sealed: str, *, name: str, issuer: str) -> str:
        """Return what an authenticator app reads from a square code."""
        return self._totp(sealed).provisioning_uri(name=name, issuer_name=issuer)

    def step_of(self, sealed: str, code: str, *, at: datetime) -> int | None:
        """Return the time step whose one-time code this is, if it is one of about now."""
        totp, given = self._totp(sealed), code.replace(" ", "").encode()
        now, found = int(at.timestamp()) // STEP_S, None
        for step in range(now - _EARLIER, now + _EARLIER + 1):  # all of them: constant work
            if hmac.compare_digest(totp.generate_otp(step).encode(), given):
                found = step
        return found

    def code_at(self, sealed: str, at: datetime) -> str:
        """Return the one-time code of an instant: for demonstrations and tests."""
        return self._totp(sealed).generate_otp(int(at.timestamp()) // STEP_S)

    def _totp(self, sealed: str) -> pyotp.TOTP:
        try:
            return pyotp.TOTP(self._sealer().decrypt(sealed.encode()).decode(), interval=STEP_S)
        except InvalidToken as error:
            raise Rejected("console_key_other") from error

    def _sealer(self) -> MultiFernet:
        if self._secret is None:
            raise Rejected("console_key_missing")
        keys = [_key_of(line) for line in self._secret.reveal().split()]
        return MultiFernet([Fernet(key) for key in keys])


def check_key(reference: str) -> None:
    """Refuse a key that cannot seal: `console_key_malformed`, `secret_missing`."""
    SealedCredentials(reference).new_factor()


def _key_of(line: str) -> bytes:
    try:
        raw = base64.b64decode(line.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise Rejected("console_key_malformed", bytes=KEY_BYTES)
    return base64.urlsafe_b64encode(raw)


def _normal(password: str) -> str:
    # NFKC: an input method may write the same characters in two ways (NIST SP 800-63B 3.1.1.2)
    return unicodedata.normalize("NFKC", password)


@cache
def _common() -> frozenset[str]:
    packed = files("hub.adapters").joinpath(_COMMON).read_bytes()
    return frozenset(_essence(line) for line in gzip.decompress(packed).decode().split())


def _essence(text: str) -> str:
    """Return what a password is without the digits and signs that people put around a word."""
    plain = text.casefold()
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain) or plain


def _is_made_of(text: str, word: str) -> bool:
    """Tell whether little is left of a password without a word that others know too."""
    word = word.replace(" ", "")
    return len(word) > 1 and len(text.replace(word, "")) < PASSWORD_CHARS_MIN // 2
